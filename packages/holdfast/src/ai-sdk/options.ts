import type { Kinds } from '../cache/options.ts';
import type { BackingOptions } from '../llm/backing.ts';
import type { PriceList } from '../llm/price-list.ts';

export interface MiddlewareOptions<K extends Kinds = Kinds> extends BackingOptions<K> {
  /**
   * Whose answers are shared. Unless said, those of all who ask through this middleware: a model does not tell whose key it
   * uses. Calls with a key among their own headers share with those of the same key alone.
   */
  readonly scope?: string;
  /** Of the models that are asked; costs are shown as unpriced unless said. */
  readonly prices?: PriceList;
}
