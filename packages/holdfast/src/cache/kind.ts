import { type Duration, type Milliseconds, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { StandardSchema } from '../lib/standard-schema.ts';

/** How strictly a read checks what its value was made from. */
export type Freshness = 'checked' | 'watched';

/** The options of a kind. Every one has a default; with none set a value is kept until evicted or invalidated. */
export interface KindOptions<T> {
  /** How long a value is fresh. Default: no limit. 0 only coalesces concurrent calls. */
  ttl?: Duration;
  /** How long past its ttl (or `expire`) a value is served at once while it is made anew. Default 0. */
  staleWhileRevalidate?: Duration;
  /** How long past its staleness a value is served when its regeneration fails or is too slow. Default 0. */
  staleIfError?: Duration;
  /** Lets `staleWhileRevalidate` serve values whose dependencies changed, too. Default false. */
  serveChanged?: boolean;
  /** Past this fraction of the ttl (0 to 1) a hit starts a refresh in the background. Default: never. */
  refreshAhead?: number;
  /** The largest part (0 to 1) by which a ttl is shortened at random, so that entries do not age together. Default 0.05. */
  jitter?: number;
  /** The longest that a flight may take, restarts included. Default 2 minutes. */
  generationTimeout?: Duration;
  /** How long a failure is remembered and given to later callers, where nothing stale can be served. Default 0: not. */
  negativeTtl?: Duration;
  /** For how long regeneration is held back after a failure while something stale can be served: the first time, and
   * at most, doubling in between. Default `{ first: '1s', longest: '30s' }`. */
  backoff?: { first?: Duration; longest?: Duration };
  /** What happens to a generation that nobody waits for any more. Default `'abort'`. */
  onAbandon?: 'abort' | 'finish';
  /**
   * `'checked'` (the default): every read looks at what the value was made from. `'watched'`: a read looks only if something
   * was heard of it, or while the workspace does not know.
   */
  freshness?: Freshness;
  /**
   * `'on-read'` (the default): a reader finds out that a file has changed. `'on-change'`: once the workspace has heard of it,
   * what was made from it by a definition is brought up to date in the background, if its value was handed to somebody since
   * it was last made or refreshed.
   */
  refresh?: 'on-read' | 'on-change';
  /** `'frozen'` (default) deep-freezes plain objects and arrays that are kept; `'shared'` hands them out as they are. */
  values?: 'frozen' | 'shared';
  /**
   * Who shares a generation: `'machine'` (the default) takes a lease in the store, so that one process generates and the
   * others wait; `'process'` does not, for what is cheaper to make than to ask about. Without a store it has no effect.
   */
  share?: 'process' | 'machine';
  /**
   * What becomes of values that are not plain JSON, texts or bytes in a store. Default: they stay in memory.
   * `'structured'`: V8's structured clone, in which an instance of a class comes back as a plain object.
   */
  codec?: 'structured';
  /** Validates generated and set values; one that fails is not kept and rejects with E_SCHEMA. */
  schema?: StandardSchema<T>;
  /** Bytes of a value, in place of Holdfast's own weighing. */
  weigh?(value: T): number;
  /** A text that is equal for equal values, in place of a hash of the value's JSON. */
  digest?(value: T): string;
}

declare const valueType: unique symbol;
/** A kind as `createCache` takes it; made by `kind<T>(…)`. */
export interface KindDefinition<T = unknown> {
  readonly options: KindOptions<T>;
  readonly [valueType]?: T;
}

/** Declares a kind of entries whose values are `T`. */
export function kind<T = unknown>(options: KindOptions<T> = {}): KindDefinition<T> {
  return { options };
}

/** A kind's options, parsed and with their defaults. Durations are milliseconds. */
export interface KindPolicy {
  readonly ttl: Milliseconds;
  readonly staleWhileRevalidate: Milliseconds;
  readonly staleIfError: Milliseconds;
  readonly serveChanged: boolean;
  /** A fraction of the ttl; 1 for never. */
  readonly refreshAhead: number;
  readonly jitter: number;
  readonly generationTimeout: Milliseconds;
  readonly negativeTtl: Milliseconds;
  readonly backoff: { readonly first: Milliseconds; readonly longest: Milliseconds };
  readonly onAbandon: 'abort' | 'finish';
  readonly freshness: Freshness;
  readonly refresh: 'on-read' | 'on-change';
  readonly freeze: boolean;
  readonly share: 'process' | 'machine';
  readonly codec: 'structured' | undefined;
  readonly schema: StandardSchema | undefined;
  readonly weigh: ((value: unknown) => number) | undefined;
  readonly digest: ((value: unknown) => string) | undefined;
}

const names: Readonly<Record<keyof KindOptions<unknown>, true>> = {
  ttl: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  serveChanged: true,
  refreshAhead: true,
  jitter: true,
  generationTimeout: true,
  negativeTtl: true,
  backoff: true,
  onAbandon: true,
  freshness: true,
  refresh: true,
  values: true,
  share: true,
  codec: true,
  schema: true,
  weigh: true,
  digest: true,
};

/** @throws E_OPTION or E_DURATION naming the kind, the option and the bad value. */
export function kindPolicy(name: string, options: KindOptions<unknown>): KindPolicy {
  const where = (option: string): string => `'${option}' of kind '${name}'`;
  checkNames(options, names, `kind '${name}'`);
  const duration = (
    option: 'ttl' | 'staleWhileRevalidate' | 'staleIfError' | 'negativeTtl',
    fallback: number,
  ) => (options[option] === undefined ? fallback : parseDuration(options[option], where(option)));
  const { weigh, digest, schema, backoff = {} } = options;
  if (weigh !== undefined) demand(typeof weigh === 'function', where('weigh'), 'a function', weigh);
  if (digest !== undefined) demand(typeof digest === 'function', where('digest'), 'a function', digest);
  if (schema !== undefined) {
    const validate: unknown = (schema as Partial<StandardSchema> | null)?.['~standard']?.validate;
    demand(typeof validate === 'function', where('schema'), 'a Standard Schema (standardschema.dev)', schema);
  }
  const serveChanged = options.serveChanged ?? false;
  demand(typeof serveChanged === 'boolean', where('serveChanged'), 'true or false', serveChanged);
  checkNames(backoff, { first: true, longest: true }, where('backoff'));
  const timeout =
    options.generationTimeout === undefined
      ? 120_000
      : parseDuration(options.generationTimeout, where('generationTimeout'));
  if (timeout === 0) {
    throw new HoldfastError(
      'E_OPTION',
      `${where('generationTimeout')} must be more than 0: nothing could be generated`,
    );
  }
  return {
    ttl: duration('ttl', Number.POSITIVE_INFINITY),
    staleWhileRevalidate: duration('staleWhileRevalidate', 0),
    staleIfError: duration('staleIfError', 0),
    negativeTtl: duration('negativeTtl', 0),
    generationTimeout: timeout,
    serveChanged,
    refreshAhead: fraction(options.refreshAhead ?? 1, where('refreshAhead')),
    jitter: fraction(options.jitter ?? 0.05, where('jitter')),
    backoff: {
      first: parseDuration(backoff.first ?? 1_000, where('backoff.first')),
      longest: parseDuration(backoff.longest ?? 30_000, where('backoff.longest')),
    },
    onAbandon: oneOf(options.onAbandon ?? 'abort', ['abort', 'finish'], where('onAbandon')),
    freshness: oneOf(options.freshness ?? 'checked', ['checked', 'watched'], where('freshness')),
    refresh: oneOf(options.refresh ?? 'on-read', ['on-read', 'on-change'], where('refresh')),
    freeze: oneOf(options.values ?? 'frozen', ['frozen', 'shared'], where('values')) === 'frozen',
    share: oneOf(options.share ?? 'machine', ['process', 'machine'], where('share')),
    codec:
      options.codec === undefined ? undefined : oneOf(options.codec, ['structured'] as const, where('codec')),
    schema,
    weigh: weigh === undefined ? undefined : (value) => weigh(value),
    digest: digest === undefined ? undefined : (value) => digest(value),
  };
}

export function checkNames(options: object, known: Readonly<Record<string, true>>, what: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new HoldfastError('E_OPTION', `the options of ${what} must be an object, not ${String(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) {
      throw new HoldfastError(
        'E_OPTION',
        `${what} has no option '${name}'; there are ${Object.keys(known).join(', ')}`,
      );
    }
  }
}

export function oneOf<T extends string>(value: T, allowed: readonly T[], what: string): T {
  if (allowed.includes(value)) return value;
  throw new HoldfastError(
    'E_OPTION',
    `${what} must be ${allowed.map((one) => `'${one}'`).join(' or ')}, not '${value}'`,
  );
}

/** @throws E_OPTION naming what was wanted and the type of what was given. */
export function demand(right: boolean, what: string, wanted: string, given: unknown): void {
  if (right) return;
  const shown = typeof given === 'object' ? (given === null ? 'null' : 'an object') : typeof given;
  throw new HoldfastError('E_OPTION', `${what} must be ${wanted}, not ${shown}`);
}

function fraction(value: number, what: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new HoldfastError('E_OPTION', `${what} must be a number from 0 to 1, not ${String(value)}`);
}
