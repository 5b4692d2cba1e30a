import { parseSize, type Size } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { EvictionName } from '../memory/eviction.ts';
import type { Cost } from '../model/cost.ts';
import type { Key } from '../model/key.ts';
import type { Store } from '../stores/store.ts';
import type { DependencySource } from '../trace/source.ts';
import { checkNames, demand, type KindDefinition, type KindPolicy, kindPolicy, oneOf } from './kind.ts';

/** Kinds by their names. */
export type Kinds = Readonly<Record<string, KindDefinition>>;

/** The options of `createCache`. Every one has a default. */
export interface CacheOptions<K extends Kinds = Kinds> {
  /** The kinds of entries. `default` always exists, and may be declared to give it options. */
  kinds?: K;
  /** Entries in memory, all kinds and scopes together. Default 10,000. */
  maxEntries?: number;
  /** What they may weigh together. Default 256 MiB. */
  maxBytes?: Size;
  /** A heavier entry is handed over and not kept. Default 16 MiB, or `maxBytes` if that is less. */
  maxEntryBytes?: Size;
  /** Which entry goes when there are too many. Default `'s3-fifo'`. */
  eviction?: EvictionName;
  /** Where `ctx.file` reads; from `openWorkspace` of `holdfast/workspace`. Without one, files are E_NO_WORKSPACE. */
  workspace?: DependencySource;
  /** Where entries outlive the process and are shared: from `sqliteStore` of `holdfast/sqlite`. The cache closes it. */
  store?: Store;
  /**
   * What other processes' invalidations mean for reads of this one. `'bounded'` (the default): they are in force within
   * 100 ms. `'strict'`: every read asks the store first, and `get` gives undefined.
   */
  coherence?: 'bounded' | 'strict';
  /** How many entries of kinds with `refresh: 'on-change'` are brought up to date at the same time. Default 4. */
  refreshConcurrency?: number;
  /**
   * Asked before an entry is brought up to date in the background, with what making it cost the last time; false leaves it to
   * its next reader. Where that throws, the entry counts as unknown, and it is a `workspace.error`. Default: always true.
   */
  refreshBudget?: RefreshBudget;
  /** For tests: where time comes from. Default: the system's clock. */
  clock?: Clock;
  /** For tests: numbers from 0 up to 1, for jitter. Default `Math.random`. */
  random?: () => number;
}

/** Whether an entry may be brought up to date ahead of its next reader. */
export type RefreshBudget = (about: {
  readonly scope: string;
  readonly kind: string;
  readonly key: Key;
  readonly cost: Cost;
}) => boolean;

/** The options of a cache, parsed and with their defaults. */
export interface Settings {
  readonly kinds: ReadonlyMap<string, KindPolicy>;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
  readonly eviction: EvictionName;
  readonly workspace: DependencySource | undefined;
  readonly store: Store | undefined;
  readonly coherence: 'bounded' | 'strict';
  readonly refreshing: { readonly concurrency: number; readonly budget: RefreshBudget | undefined };
  readonly clock: Clock | undefined;
  readonly random: () => number;
  readonly bypassed: boolean;
}

const names: Readonly<Record<keyof CacheOptions, true>> = {
  kinds: true,
  maxEntries: true,
  maxBytes: true,
  maxEntryBytes: true,
  eviction: true,
  workspace: true,
  store: true,
  coherence: true,
  refreshConcurrency: true,
  refreshBudget: true,
  clock: true,
  random: true,
};

/** @throws E_OPTION, E_SIZE or E_DURATION naming the option and the bad value. */
export function parseCacheOptions(options: CacheOptions, environment: NodeJS.ProcessEnv): Settings {
  checkNames(options, names, 'a cache');
  const { maxEntries = 10_000, kinds: declared = {}, clock, workspace, store, random } = options;
  demand(
    typeof declared === 'object' && declared !== null,
    "'kinds'",
    'an object of kinds by name',
    declared,
  );
  if (clock !== undefined) {
    demand(has(clock, ['now', 'wall', 'setTimeout']), "'clock'", 'a clock: { now, wall, setTimeout }', clock);
  }
  if (workspace !== undefined) {
    demand(
      has(workspace, ['normalize', 'read', 'hash', 'exists', 'list', 'glob', 'check']),
      "'workspace'",
      'what openWorkspace resolved to',
      workspace,
    );
  }
  const { watch } = workspace ?? {};
  if (watch !== undefined) {
    demand(
      has(watch, ['holds', 'onRevision', 'subscribe']),
      "'workspace.watch'",
      'what openWorkspace resolved to',
      watch,
    );
  }
  if (store !== undefined) {
    demand(
      has(store, ['read', 'readMany', 'commit', 'acquire', 'subscribe', 'close']),
      "'store'",
      'a store',
      store,
    );
  }
  if (random !== undefined) demand(typeof random === 'function', "'random'", 'a function', random);
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new HoldfastError(
      'E_OPTION',
      `'maxEntries' must be a whole number of 1 or more, not ${String(maxEntries)}`,
    );
  }
  const { refreshConcurrency = 4, refreshBudget } = options;
  if (!Number.isInteger(refreshConcurrency) || refreshConcurrency < 1) {
    throw new HoldfastError(
      'E_OPTION',
      `'refreshConcurrency' must be a whole number of 1 or more, not ${String(refreshConcurrency)}`,
    );
  }
  if (refreshBudget !== undefined) {
    demand(typeof refreshBudget === 'function', "'refreshBudget'", 'a function', refreshBudget);
  }
  const maxBytes = parseSize(options.maxBytes ?? '256MiB', "'maxBytes'");
  const maxEntryBytes = parseSize(
    options.maxEntryBytes ?? Math.min(maxBytes, 16 * 2 ** 20),
    "'maxEntryBytes'",
  );
  if (maxEntryBytes > maxBytes) {
    throw new HoldfastError(
      'E_OPTION',
      `'maxEntryBytes' (${maxEntryBytes}) is more than 'maxBytes' (${maxBytes}): such an entry could never be kept`,
    );
  }
  const kinds = new Map<string, KindPolicy>([['default', kindPolicy('default', {})]]);
  for (const [name, definition] of Object.entries(declared)) {
    if (typeof definition?.options !== 'object' || definition.options === null) {
      throw new HoldfastError('E_OPTION', `kind '${name}' must be made by kind({ … })`);
    }
    kinds.set(name, kindPolicy(name, definition.options));
  }
  return {
    kinds,
    maxEntries,
    maxBytes,
    maxEntryBytes,
    eviction: oneOf(options.eviction ?? 's3-fifo', ['s3-fifo', 'lru'], "'eviction'"),
    workspace: options.workspace,
    store,
    coherence: oneOf(options.coherence ?? 'bounded', ['bounded', 'strict'], "'coherence'"),
    refreshing: { concurrency: refreshConcurrency, budget: refreshBudget },
    clock: options.clock,
    random: options.random ?? Math.random,
    bypassed: environment.HOLDFAST_BYPASS === '1',
  };
}

function has(object: unknown, methods: readonly string[]): boolean {
  return methods.every((name) => typeof (object as Record<string, unknown> | null)?.[name] === 'function');
}
