import { type Cache, createCache } from '../cache/cache.ts';
import type { CallOptions, Mode } from '../cache/call-options.ts';
import { engineOf } from '../cache/engines.ts';
import { askLive } from '../cache/live.ts';
import type { Kinds } from '../cache/options.ts';
import type { Viewer } from '../cache/viewer.ts';
import { type Guard, type GuardOptions, guard } from '../guard/guard.ts';
import { parseSize, type Size } from '../lib/bytes.ts';
import { canonical, sha256 } from '../lib/canonical.ts';
import { type Clock, SystemClock } from '../lib/clock.ts';
import type { Duration } from '../lib/duration.ts';
import type { Resolution } from '../model/outcome.ts';
import type { Exchange, ExchangeRequest, Form } from './exchange.ts';
import { type ExchangeAnswer, failureAnswer, liveAnswer, wholeAnswer } from './exchange-answer.ts';
import { exchange } from './exchange-kind.ts';
import { LiveAnswer, type Maker, make } from './making.ts';
import { passOn } from './passing.ts';
import { checkPriceList } from './price-check.ts';
import { type PriceList, priceOf } from './price-list.ts';
import type { Provider, Question } from './provider.ts';
import { scopeOfKey } from './scope-name.ts';
import { steeringOf } from './steering.ts';
import { Upstream } from './upstream.ts';

/** A guard's options are those of the guard that is made where none is handed in. */
export interface ExchangesOptions<K extends Kinds = Kinds> extends GuardOptions {
  readonly provider: Provider;
  /** Where answers are kept: a cache in which `kind` was declared by `exchange()`. One of its own in memory unless said. */
  readonly cache?: Cache<K>;
  /** `'exchange'` unless said. */
  readonly kind?: string;
  /** In place of the guard's options; not closed here. */
  readonly guard?: Guard;
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
  /** Counts costs as simulated: never with real ones. */
  readonly simulated?: boolean;
  /** Keeps answers that were cut at the length that the request allows. False unless said. */
  readonly truncated?: boolean;
  /** A longer answer is given up; 64 MiB unless said. One over the cache's `maxEntryBytes` is handed over and not kept. */
  readonly maxAnswerBytes?: Size;
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
  readonly cache: Cache<K>;
  readonly guard: Guard;
  readonly kind: string;
  readonly #maker: Maker;
  readonly #clock: Clock;
  readonly #scopeOf: (key: string | undefined) => string;
  readonly #options: ExchangesOptions<K>;

  /** @throws E_OPTION, E_DURATION, E_SIZE, E_UNKNOWN_KIND */
  constructor(options: ExchangesOptions<K>) {
    const { provider, scope, truncated, simulated = false, kind = 'exchange', clock } = options;
    const { baseUrl = provider.baseUrl, fetch = globalThis.fetch } = options;
    this.#options = options;
    this.#clock = clock ?? new SystemClock();
    this.provider = provider;
    this.kind = kind;
    this.#scopeOf = typeof scope === 'function' ? scope : scope === undefined ? scopeOfKey : () => scope;
    const upstream = new Upstream({ provider, baseUrl, fetch });
    const maxAnswerBytes = parseSize(options.maxAnswerBytes ?? '64MiB', "'maxAnswerBytes'");
    // A model that thinks takes longer than what a guard allows unless said.
    const patience = { timeout: '10m', attemptTimeout: '5m' } as const;
    const body = { firstByte: '2m', betweenChunks: '1m', ...options.body } as const;
    this.guard = options.guard ?? guard({ ...patience, ...options, body });
    this.cache =
      options.cache ??
      (createCache<Kinds>({ kinds: { [kind]: exchange() }, ...(clock && { clock }) }) as unknown as Cache<K>);
    engineOf(this.cache).policyOf(kind);
    this.#maker = {
      provider,
      upstream,
      guard: this.guard,
      allowances: { truncated: truncated ?? false },
      maxAnswerBytes,
      simulated,
      priceOf: pricing(options, upstream.baseUrl, this.#clock),
    };
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
    try {
      const question = provider.read(bare);
      if (question !== undefined) return await this.#exchange(bare, question, key, options);
      const { upstream, maxAnswerBytes } = this.#maker;
      const body = this.#options.body ?? {};
      const { signal } = options;
      return await passOn(bare, { upstream, clock: this.#clock, body, maxAnswerBytes, key, signal });
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      const answer = failureAnswer(provider, error, this.#clock.wall());
      if (answer === undefined) throw error;
      return answer;
    }
  }

  async #exchange(
    request: ExchangeRequest,
    question: Question,
    key: string | undefined,
    options: AskOptions,
  ): Promise<ExchangeAnswer> {
    const { provider, kind } = this;
    const steering = steeringOf(request);
    const scope = options.scope ?? this.#scopeOf(key);
    const { mode = steering.mode, ttl = steering.ttl, keep = steering.keep ?? true } = options;
    const order = { question, request, key, scope, keep };
    const call: CallOptions = { ...(mode !== undefined && { mode }), ...(ttl !== undefined && { ttl }) };
    const place = { scope, kind, key: keyOf(this.baseUrl, provider, question) };
    const ask = (more: CallOptions, viewer?: Viewer): Promise<Resolution<Exchange>> =>
      askLive<Exchange>(
        this.cache,
        place,
        (ctx) => make(this.#maker, order, ctx),
        { ...call, ...more },
        viewer,
      );
    const { signal } = options;
    if (question.form !== 'document') return this.#stream(question.form, mode, signal, ask);
    return wholeAnswer(provider, await ask(signal === undefined ? {} : { signal }), question.form);
  }

  /** The caller's call lasts as long as it reads what is still coming. */
  async #stream(
    form: Form,
    mode: Mode | undefined,
    signal: AbortSignal | undefined,
    ask: (more: CallOptions, viewer: Viewer) => Promise<Resolution<Exchange>>,
  ): Promise<ExchangeAnswer> {
    const leaving = new AbortController();
    const leave = () => leaving.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', leave, { once: true });
    const view = new View(form);
    const asking = ask({ signal: leaving.signal }, view);
    const settled = asking.finally(() => signal?.removeEventListener('abort', leave));
    // Who reads along is told by the tape.
    settled.catch(() => undefined);
    const first = await Promise.race([view.shown, settled]);
    if (!(first instanceof Shown)) return wholeAnswer(this.provider, first, form);
    const { answer, leads } = first;
    const left = () => leaving.abort(new DOMException('nobody reads on', 'AbortError'));
    const outcome = mode === 'bypass' ? 'bypassed' : leads ? 'generated' : 'coalesced';
    return liveAnswer(answer, outcome, answer.tape.read({ left, signal }));
  }

  /** Ends what is under way, and closes the cache and the guard that were made here. */
  async close(): Promise<void> {
    if (this.#options.guard === undefined) await this.guard.close();
    if (this.#options.cache === undefined) await this.cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class Shown {
  readonly answer: LiveAnswer;
  readonly leads: boolean;
  constructor(answer: LiveAnswer, leads: boolean) {
    this.answer = answer;
    this.leads = leads;
  }
}

/** Takes an answer that is on its way, if it comes in the form that is wanted; of another one the whole is waited for. */
class View implements Viewer {
  readonly #form: Form;
  readonly #resolvers = Promise.withResolvers<Shown>();
  isCommitted = false;

  constructor(form: Form) {
    this.#form = form;
  }

  get shown(): Promise<Shown> {
    return this.#resolvers.promise;
  }

  show(unfinished: unknown, leads: boolean): void {
    if (!(unfinished instanceof LiveAnswer) || unfinished.form !== this.#form) return;
    this.isCommitted = true;
    this.#resolvers.resolve(new Shown(unfinished, leads));
  }
}

/** @throws E_OPTION for what is no price list */
function pricing<K extends Kinds>(
  { provider, prices, simulated }: ExchangesOptions<K>,
  baseUrl: string,
  clock: Clock,
): Maker['priceOf'] {
  if (prices === false) return () => undefined;
  // What is simulated costs nothing: at which prices it is counted is only an illustration.
  const own = baseUrl === provider.baseUrl || simulated === true ? provider.prices : undefined;
  const list = prices === undefined ? own : checkPriceList(prices);
  return list === undefined ? () => undefined : (usage) => priceOf(list, usage, clock.wall());
}

/** Raise it when the same question would be answered by another exchange. */
const keyVersion = 1;

function keyOf(baseUrl: string, { name }: Provider, { identity }: Question): string {
  return `${name}:${sha256(canonical([keyVersion, name, baseUrl, identity], 'an exchange'))}`;
}
