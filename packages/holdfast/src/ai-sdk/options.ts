import type { Cache } from '../cache/cache.ts';
import type { Kinds } from '../cache/options.ts';
import type { Guard, GuardOptions } from '../guard/guard.ts';
import type { Size } from '../lib/bytes.ts';
import type { PriceList } from '../llm/price-list.ts';

/** A guard's options are those of the guard that is made where none is handed in. */
export interface MiddlewareOptions<K extends Kinds = Kinds> extends GuardOptions {
  /** Where answers are kept: a cache in which `kind` was declared by `exchange()`. One of its own in memory unless said. */
  readonly cache?: Cache<K>;
  /** `'exchange'` unless said. */
  readonly kind?: string;
  /** In place of the guard's options; not closed here. */
  readonly guard?: Guard;
  /**
   * Whose answers are shared. Unless said, those of all who ask through this middleware: a model does not tell whose key it
   * uses. Calls with a key among their own headers share with those of the same key alone.
   */
  readonly scope?: string;
  /** Of the models that are asked; costs are shown as unpriced unless said. */
  readonly prices?: PriceList;
  /** Counts costs as simulated: never with real ones. */
  readonly simulated?: boolean;
  /** Keeps answers that were cut at the length that the request allows. False unless said. */
  readonly truncated?: boolean;
  /** A longer answer is given up; 64 MiB unless said. One over the cache's `maxEntryBytes` is handed over and not kept. */
  readonly maxAnswerBytes?: Size;
}
