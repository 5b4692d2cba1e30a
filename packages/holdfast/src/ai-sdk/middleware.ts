import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Middleware,
} from '@ai-sdk/provider';
import { type Cache, createCache } from '../cache/cache.ts';
import { engineOf } from '../cache/engines.ts';
import { askLive } from '../cache/live.ts';
import type { Kinds } from '../cache/options.ts';
import { type Guard, guard } from '../guard/guard.ts';
import { parseSize } from '../lib/bytes.ts';
import { SystemClock } from '../lib/clock.ts';
import { exchange } from '../llm/exchange-kind.ts';
import { checkPriceList } from '../llm/price-check.ts';
import { priceOf } from '../llm/price-list.ts';
import { type Ask, askStream, askWhole } from './asking.ts';
import { type Maker, make } from './making.ts';
import type { MiddlewareOptions } from './options.ts';
import { readQuestion, type Way } from './question.ts';
import type { Recorded } from './recording.ts';

/** A middleware for any model of the AI SDK, and what stands behind it. */
export interface HoldfastMiddleware<K extends Kinds = Kinds>
  extends Required<Pick<LanguageModelV4Middleware, 'specificationVersion' | 'wrapGenerate' | 'wrapStream'>>,
    AsyncDisposable {
  readonly cache: Cache<K>;
  readonly guard: Guard;
  /** Ends what is under way, and closes the cache and the guard that were made here. */
  close(): Promise<void>;
}

/**
 * A middleware for `wrapLanguageModel` of the AI SDK: equal calls under way share one generation, which ends when the last of
 * them has left; whole answers that ended well are kept; and the model is asked through the guard.
 * @throws E_OPTION, E_DURATION, E_SIZE, E_UNKNOWN_KIND
 */
export function holdfastMiddleware<K extends Kinds = Kinds>(
  options: MiddlewareOptions<K> = {},
): HoldfastMiddleware<K> {
  const { kind = 'exchange', clock = new SystemClock(), scope, prices, truncated, simulated } = options;
  const maxAnswerBytes = parseSize(options.maxAnswerBytes ?? '64MiB', "'maxAnswerBytes'");
  if (prices !== undefined) checkPriceList(prices);
  // A model that thinks takes longer than what a guard allows unless said.
  const patience = { timeout: '10m', attemptTimeout: '5m' } as const;
  const body = { firstByte: '2m', betweenChunks: '1m', ...options.body } as const;
  const gate = options.guard ?? guard({ ...patience, ...options, body });
  const cache =
    options.cache ??
    (createCache<Kinds>({
      kinds: { [kind]: exchange() },
      ...(options.clock && { clock }),
    }) as unknown as Cache<K>);
  engineOf(cache).policyOf(kind);
  const maker: Maker = {
    guard: gate,
    truncated: truncated ?? false,
    maxAnswerBytes,
    simulated: simulated ?? false,
    priceOf: (usage) => (prices === undefined ? undefined : priceOf(prices, usage, clock.wall())),
  };

  const asking = (model: LanguageModelV4, params: LanguageModelV4CallOptions, way: Way): Ask => {
    const question = readQuestion(model, params, way);
    const place = {
      scope: scope ?? question.scope ?? 'ai-sdk',
      kind,
      key: question.key ?? 'ai-sdk:unknown',
    };
    const { ttl, keep = true, mode = 'default' } = question.steering;
    const order = { model, question, way, scope: place.scope, keep };
    const call = {
      mode: question.key === undefined && mode !== 'cached' ? 'bypass' : mode,
      ...(ttl !== undefined && { ttl }),
    } as const;
    return (more, viewer) =>
      askLive<Recorded>(cache, place, (ctx) => make(maker, order, ctx), { ...call, ...more }, viewer);
  };

  const close = async (): Promise<void> => {
    if (options.guard === undefined) await gate.close();
    if (options.cache === undefined) await cache.close();
  };
  return {
    specificationVersion: 'v4',
    wrapGenerate: async ({ model, params }) =>
      askWhole(params.abortSignal, asking(model, params, 'generate')),
    wrapStream: async ({ model, params }) => askStream(params.abortSignal, asking(model, params, 'stream')),
    cache,
    guard: gate,
    close,
    [Symbol.asyncDispose]: close,
  };
}
