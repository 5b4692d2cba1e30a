import { modeUnder } from '../cache/ask.ts';
import type { Cache } from '../cache/cache.ts';
import type { CallOptions, Mode } from '../cache/call-options.ts';
import { checkScope } from '../cache/definition.ts';
import { engineOf } from '../cache/engines.ts';
import { askLive } from '../cache/live.ts';
import type { Kinds } from '../cache/options.ts';
import type { Viewer } from '../cache/viewer.ts';
import type { Guard } from '../guard/guard.ts';
import { canonical, sha256 } from '../lib/canonical.ts';
import type { Clock } from '../lib/clock.ts';
import type { Duration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { Resolution } from '../model/outcome.ts';
import { Backing, type BackingOptions } from './backing.ts';
import type { Exchange, ExchangeRequest, Form } from './exchange.ts';
import { type ExchangeAnswer, failureAnswer, liveAnswer, refusalOf, wholeAnswer } from './exchange-answer.ts';
import { type ExchangeMaker, LiveAnswer, make } from './making.ts';
import { passOn } from './passing.ts';
import { checkPriceList } from './price-check.ts';
import { type PriceList, priceOf } from './price-list.ts';
import type { Provider, Question } from './provider.ts';
import { scopeOfKey } from './scope-name.ts';
import { steeringOf } from './steering.ts';
import { Upstream } from './upstream.ts';
import { View } from './view.ts';

export interface ExchangesOptions<K extends Kinds = Kinds> extends BackingOptions<K> {
  readonly provider: Provider;
  /** Where all requests go; the provider's own address unless said. */
  readonly baseUrl?: string;
  /** How that is reached; the global `fetch` unless said. */
  readonly fetch?: typeof fetch;
  /** Whose answers are shared: those of clients with the same key unless said. */
  readonly scope?: string | ((key: string | undefined) => string);
  /**
   * What tokens cost: the provider's own list unless said, for its own address; none for another one, or with `false`. What has
   * no price is counted as unpriced.
   */
  readonly prices?: PriceList | false;
}

/** Over what the request's own headers say. */
export interface AskOptions {
  /** The caller leaves: its answer, or what is left of it, rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  readonly scope?: string;
  /** Sent upstream in place of the request's own. */
  readonly key?: string;
  readonly mode?: Mode;
  readonly ttl?: Duration;
  /** False: whoever waits shares the answer, and nothing is kept. */
  readonly keep?: boolean;
}

/** Exchanges with one provider: each asked once however many want it, kept where it is good, and guarded. */
export class Exchanges<K extends Kinds = Kinds> implements AsyncDisposable {
  readonly provider: Provider;
  readonly #backing: Backing<K>;
  readonly #maker: ExchangeMaker;
  readonly #scopeOf: (key: string | undefined) => string;
  readonly #closing = new AbortController();

  /** @throws E_OPTION, E_DURATION, E_SIZE, E_SCOPE, E_UNKNOWN_KIND */
  constructor(options: ExchangesOptions<K>) {
    const { provider, scope, baseUrl = provider.baseUrl, fetch = globalThis.fetch } = options;
    if (typeof scope === 'string') checkScope(scope);
    this.provider = provider;
    this.#scopeOf = typeof scope === 'function' ? scope : scope === undefined ? scopeOfKey : () => scope;
    const upstream = new Upstream({ provider, baseUrl, fetch });
    this.#backing = new Backing(options);
    const { guard, truncated, maxAnswerBytes, simulated, clock } = this.#backing;
    const priceOf = pricing(options, upstream.baseUrl, clock);
    this.#maker = {
      provider,
      upstream,
      guard,
      allowances: { truncated },
      maxAnswerBytes,
      simulated,
      priceOf,
    };
  }

  get cache(): Cache<K> {
    return this.#backing.cache;
  }

  get guard(): Guard {
    return this.#backing.guard;
  }

  get kind(): string {
    return this.#backing.kind;
  }

  /** Where requests go; what a request names as its target stands below it. */
  get baseUrl(): string {
    return this.#maker.upstream.baseUrl;
  }

  /**
   * The answer to a request, failures of the provider and of the guard included. Rejects with `signal.reason`, E_OPTION and
   * E_DURATION for headers that steer wrongly, E_SCOPE, E_CLOSED.
   */
  async ask(request: ExchangeRequest, options: AskOptions = {}): Promise<ExchangeAnswer> {
    const { provider } = this;
    const { key: own, request: bare } = provider.takeKey(request);
    const key = options.key ?? own;
    const question = provider.read(bare);
    if (question !== undefined) return this.#exchange(bare, question, key, options);
    const { upstream, maxAnswerBytes } = this.#maker;
    const { clock, attemptTimeout: timeout, body } = this.#backing;
    const { signal } = options;
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    const passing = passOn(bare, { upstream, clock, timeout, body, maxAnswerBytes, key, signals });
    return this.#told(passing, 'bypass', signal);
  }

  async #exchange(
    request: ExchangeRequest,
    question: Question,
    key: string | undefined,
    options: AskOptions,
  ): Promise<ExchangeAnswer> {
    const { kind } = this;
    const steering = steeringOf(request);
    const scope = checkScope(options.scope ?? this.#scopeOf(key));
    const { mode = steering.mode ?? 'default', ttl = steering.ttl, keep = steering.keep ?? true } = options;
    const order = { question, request, key, scope, keep };
    const call: CallOptions = { mode, ...(ttl !== undefined && { ttl }) };
    const place = { scope, kind, key: keyOf(this.#maker, question) };
    const ask = (more: CallOptions, viewer: Viewer): Promise<Resolution<Exchange>> =>
      askLive<Exchange>(
        this.cache,
        place,
        (ctx) => make(this.#maker, order, ctx),
        { ...call, ...more },
        viewer,
      );
    const answering = this.#answer(question.form, options.signal, ask);
    return this.#told(answering, modeUnder(engineOf(this.cache), mode), options.signal);
  }

  /** Failures of the provider, and of what stands before it, are answers. */
  async #told(
    asking: Promise<ExchangeAnswer>,
    mode: Mode,
    signal: AbortSignal | undefined,
  ): Promise<ExchangeAnswer> {
    try {
      return await asking;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const answer = failureAnswer(this.provider, error, mode, this.#backing.clock.wall());
      if (answer === undefined) throw error;
      return answer;
    }
  }

  /** The call of who reads a stream lasts as long as it reads what is still coming. */
  async #answer(
    form: Form,
    signal: AbortSignal | undefined,
    ask: (more: CallOptions, viewer: Viewer) => Promise<Resolution<Exchange>>,
  ): Promise<ExchangeAnswer> {
    const refusal = (value: unknown) => refusalOf(value as Exchange, form);
    if (form === 'document') {
      const view = new View(() => undefined, refusal);
      return wholeAnswer(this.provider, await ask(signal === undefined ? {} : { signal }, view), form);
    }
    const view = new View(
      (unfinished) => (unfinished instanceof LiveAnswer && unfinished.form === form ? unfinished : undefined),
      refusal,
    );
    const sight = await view.look(signal, (leaving) => ask({ signal: leaving }, view));
    if (sight.is === 'whole') return wholeAnswer(this.provider, sight.whole, form);
    const { answer, outcome, reading } = sight;
    return liveAnswer(answer, outcome, answer.tape.read(reading));
  }

  /**
   * Ends what is only handed on, and closes the guard and the cache that were made here, which ends what they have under way.
   */
  close(): Promise<void> {
    this.#closing.abort(new HoldfastError('E_CLOSED', 'the exchanges are closed'));
    return this.#backing.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** @throws E_OPTION for what is no price list */
function pricing<K extends Kinds>(
  { provider, prices, simulated }: ExchangesOptions<K>,
  baseUrl: string,
  clock: Clock,
): ExchangeMaker['priceOf'] {
  if (prices === false) return () => undefined;
  // What is simulated costs nothing: at which prices it is counted is only an illustration.
  const own = baseUrl === provider.baseUrl || simulated === true ? provider.prices : undefined;
  const list = prices === undefined ? own : checkPriceList(prices);
  return list === undefined ? () => undefined : (usage) => priceOf(list, usage, clock.wall());
}

/** Raise it when the same question would be answered by another exchange. */
const keyVersion = 1;

function keyOf(
  { provider: { name }, upstream: { baseUrl }, allowances }: ExchangeMaker,
  { identity: asked }: Question,
): string {
  // What was kept by allowance is nothing for those who do not allow it.
  const identity = allowances.truncated ? ['truncated', asked] : asked;
  return `${name}:${sha256(canonical([keyVersion, name, baseUrl, identity], 'an exchange'))}`;
}
