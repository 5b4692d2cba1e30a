import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Middleware,
} from '@ai-sdk/provider';
import type { Cache } from '../cache/cache.ts';
import { checkScope } from '../cache/definition.ts';
import { askLive } from '../cache/live.ts';
import type { Kinds } from '../cache/options.ts';
import type { Guard } from '../guard/guard.ts';
import { Backing } from '../llm/backing.ts';
import { checkPriceList } from '../llm/price-check.ts';
import { priceOf } from '../llm/price-list.ts';
import { type Ask, askStream, askWhole } from './asking.ts';
import { type AnswerMaker, make } from './making.ts';
import type { MiddlewareOptions } from './options.ts';
import { readQuestion, type Way } from './question.ts';
import type { Recorded } from './recording.ts';

/** A middleware for any model of the AI SDK, and what stands behind it. */
export interface HoldfastMiddleware<K extends Kinds = Kinds>
  extends Required<Pick<LanguageModelV4Middleware, 'specificationVersion' | 'wrapGenerate' | 'wrapStream'>>,
    AsyncDisposable {
  readonly cache: Cache<K>;
  readonly guard: Guard;
  /** Closes the guard and the cache that were made here, which ends what they have under way. */
  close(): Promise<void>;
}

/**
 * A middleware for `wrapLanguageModel` of the AI SDK: equal calls under way share one generation, which ends when the last of
 * them has left; whole answers that ended well are kept; and the model is asked through the guard.
 * @throws E_OPTION, E_DURATION, E_SIZE, E_SCOPE, E_UNKNOWN_KIND
 */
export function holdfastMiddleware<K extends Kinds = Kinds>(
  options: MiddlewareOptions<K> = {},
): HoldfastMiddleware<K> {
  const { scope, prices } = options;
  if (prices !== undefined) checkPriceList(prices);
  if (scope !== undefined) checkScope(scope);
  const backing = new Backing<K>(options);
  const { cache, guard, kind, clock, truncated, maxAnswerBytes, simulated } = backing;
  const maker: AnswerMaker = {
    guard,
    truncated,
    maxAnswerBytes,
    simulated,
    priceOf: (usage) => (prices === undefined ? undefined : priceOf(prices, usage, clock.wall())),
  };

  const asking = (model: LanguageModelV4, params: LanguageModelV4CallOptions, way: Way): Ask => {
    const question = readQuestion(model, params, way, truncated);
    const place = {
      scope: scope ?? question.scope ?? 'ai-sdk',
      kind,
      key: question.key ?? 'ai-sdk:unknown',
    };
    const { ttl, keep = true, mode: wish = 'default' } = question.steering;
    const mode = question.key === undefined && wish !== 'cached' ? 'bypass' : wish;
    const order = { model, question, way, scope: place.scope, keep };
    const call = { mode, ...(ttl !== undefined && { ttl }) };
    return (more, viewer) =>
      askLive<Recorded>(cache, place, (ctx) => make(maker, order, ctx), { ...call, ...more }, viewer);
  };

  const close = (): Promise<void> => backing.close();
  return {
    specificationVersion: 'v4',
    wrapGenerate: async ({ model, params }) =>
      askWhole(params.abortSignal, asking(model, params, 'generate')),
    wrapStream: async ({ model, params }) => askStream(params.abortSignal, asking(model, params, 'stream')),
    cache,
    guard,
    close,
    [Symbol.asyncDispose]: close,
  };
}
