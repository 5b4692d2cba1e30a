import { type Cache, createCache } from '../cache/cache.ts';
import { engineOf } from '../cache/engines.ts';
import type { Kinds } from '../cache/options.ts';
import type { BodyLimits } from '../guard/body.ts';
import { type Guard, type GuardOptions, guard } from '../guard/guard.ts';
import { parseSize, type Size } from '../lib/bytes.ts';
import { type Clock, SystemClock } from '../lib/clock.ts';
import { parseDuration } from '../lib/duration.ts';
import { exchange } from './exchange-kind.ts';

/** A guard's options are those of the guard that is made where none is handed in. */
export interface BackingOptions<K extends Kinds = Kinds> extends GuardOptions {
  /** Where answers are kept: a cache in which `kind` was declared by `exchange()`. One of its own in memory unless said. */
  readonly cache?: Cache<K>;
  /** `'exchange'` unless said. */
  readonly kind?: string;
  /** In place of the guard's options; not closed here. */
  readonly guard?: Guard;
  /** Counts costs as simulated: never with real ones. */
  readonly simulated?: boolean;
  /** Keeps answers that were cut at the length that the request allows. False unless said. */
  readonly truncated?: boolean;
  /** A longer answer is given up; 64 MiB unless said. One over the cache's `maxEntryBytes` is handed over and not kept. */
  readonly maxAnswerBytes?: Size;
}

/** What stands behind those who ask models: where answers are kept, and what they are asked through. */
export class Backing<K extends Kinds> {
  readonly cache: Cache<K>;
  readonly kind: string;
  readonly guard: Guard;
  readonly clock: Clock;
  /** Milliseconds of one attempt. */
  readonly attemptTimeout: number;
  readonly body: BodyLimits;
  readonly simulated: boolean;
  readonly truncated: boolean;
  readonly maxAnswerBytes: number;
  readonly #own: readonly { close(): Promise<void> }[];

  /** @throws E_OPTION, E_DURATION, E_SIZE, E_UNKNOWN_KIND */
  constructor(options: BackingOptions<K>) {
    const { kind = 'exchange', clock, simulated = false, truncated = false } = options;
    this.kind = kind;
    this.clock = clock ?? new SystemClock();
    this.simulated = simulated;
    this.truncated = truncated;
    this.maxAnswerBytes = parseSize(options.maxAnswerBytes ?? '64MiB', "'maxAnswerBytes'");
    // A model that thinks takes longer than what a guard allows unless said.
    const { attemptTimeout = '5m' } = options;
    this.attemptTimeout = parseDuration(attemptTimeout, 'attemptTimeout');
    this.body = { firstByte: '2m', betweenChunks: '1m', ...options.body };
    this.guard = options.guard ?? guard({ timeout: '10m', ...options, attemptTimeout, body: this.body });
    // `K` is told by the cache that is handed in: where there is none, it is any.
    this.cache =
      options.cache ??
      (createCache<Kinds>({ kinds: { [kind]: exchange() }, ...(clock && { clock }) }) as unknown as Cache<K>);
    engineOf(this.cache).policyOf(kind);
    this.#own = [...(options.guard ? [] : [this.guard]), ...(options.cache ? [] : [this.cache])];
  }

  /** Closes the guard and the cache that were made here, which ends what they have under way. */
  async close(): Promise<void> {
    for (const part of this.#own) await part.close();
  }
}
