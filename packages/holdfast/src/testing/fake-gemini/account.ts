import { HoldfastError } from '../../lib/errors.ts';
import type { GeminiMethod } from './address.ts';
import type { FailureStatus } from './errors.ts';
import { dollarsOf, type PriceTable, type TokenCounts } from './price.ts';
import type { UsageMetadata } from './usage.ts';

/**
 * How a request failed: by a status, by a broken connection, by no answer until its client left, by an answer that ended
 * before it was whole, or by one that was no JSON.
 */
export type FailureKind = FailureStatus | 'reset' | 'hang' | 'cut' | 'garbage';

/** How a request ended. `disconnected`: its client left before the answer was whole. */
export type RequestEnd = 'answered' | 'disconnected' | FailureKind;

export interface ModelStats {
  readonly calls: number;
  readonly tokens: TokenCounts;
  /** At list price; `null` where the price table does not name the model. */
  readonly dollars: number | null;
}

/**
 * What the fake was asked, and how it went, since its start or the last `reset()`; plain JSON.
 * Always `requests = inFlight + answered + disconnected + the sum of failures`.
 */
export interface FakeGeminiStats {
  /** HTTP requests, malformed and refused ones included. */
  readonly requests: number;
  readonly inFlight: number;
  /** The most requests that were ever in flight at the same moment. */
  readonly maxInFlight: number;
  readonly answered: number;
  readonly disconnected: number;
  readonly failures: Readonly<Record<FailureKind, number>>;
  /** Well-formed requests by method, whatever became of them. */
  readonly calls: Readonly<Record<GeminiMethod, number>>;
  readonly models: Readonly<Record<string, ModelStats>>;
  /** Of whole answers, and of streams as far as they were sent. Nothing for failures, nor for `countTokens`. */
  readonly tokens: TokenCounts;
  /** At list price, over the models that the price table names; `null` without a price table. */
  readonly dollars: number | null;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type Tokens = Mutable<TokenCounts>;

class Counts {
  requests = 0;
  inFlight = 0;
  maxInFlight = 0;
  answered = 0;
  disconnected = 0;
  readonly failures: Record<FailureKind, number> = {
    '400': 0,
    '403': 0,
    '404': 0,
    '429': 0,
    '500': 0,
    '503': 0,
    '504': 0,
    reset: 0,
    hang: 0,
    cut: 0,
    garbage: 0,
  };
  readonly calls: Record<GeminiMethod, number> = {
    generateContent: 0,
    streamGenerateContent: 0,
    countTokens: 0,
  };
  readonly models = new Map<string, { calls: number; tokens: Tokens }>();

  get wellFormed(): number {
    return this.calls.generateContent + this.calls.streamGenerateContent + this.calls.countTokens;
  }
}

/** One request in the account: counted when it comes, and once more by how it ends. */
export interface Visit {
  /** Counts a well-formed call; returns its ordinal, from 1. */
  call(method: GeminiMethod, model: string): number;
  /** What the client has been sent so far; counted at the end. */
  spent(model: string, usage: UsageMetadata): void;
  /** The first end counts, later ones are ignored. */
  end(how: RequestEnd): void;
}

interface Waiter {
  readonly reached: (counts: Counts) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: HoldfastError) => void;
}

export class Account {
  readonly #prices: PriceTable | undefined;
  readonly #waiters = new Set<Waiter>();
  #counts = new Counts();
  #closed = false;

  constructor(prices: PriceTable | undefined) {
    this.#prices = prices;
  }

  arrive(): Visit {
    // A visit stays with the counts that it began in: what a reset cut off must not appear in the new ones.
    const counts = this.#counts;
    counts.requests += 1;
    counts.inFlight += 1;
    counts.maxInFlight = Math.max(counts.maxInFlight, counts.inFlight);
    let spent: { readonly model: string; readonly usage: UsageMetadata } | undefined;
    let ended = false;
    return {
      call: (method, model) => {
        counts.calls[method] += 1;
        modelOf(counts, model).calls += 1;
        this.#wake();
        return counts.wellFormed;
      },
      spent: (model, usage) => {
        spent = { model, usage };
      },
      end: (how) => {
        if (ended) return;
        ended = true;
        counts.inFlight -= 1;
        if (how === 'answered' || how === 'disconnected') counts[how] += 1;
        else counts.failures[how] += 1;
        if (spent !== undefined) add(modelOf(counts, spent.model).tokens, spent.usage);
        this.#wake();
      },
    };
  }

  /** Resolves once `count` well-formed calls have come, at once if they have. */
  received(count: number): Promise<void> {
    return this.#until((counts) => counts.wellFormed >= count, `received(${count})`);
  }

  /** Resolves once no request is in flight. */
  idle(): Promise<void> {
    return this.#until((counts) => counts.inFlight === 0, 'idle()');
  }

  reset(): void {
    this.#counts = new Counts();
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.reject(closedBefore('what was waited for came about'));
    this.#waiters.clear();
  }

  snapshot(): FakeGeminiStats {
    const counts = this.#counts;
    const tokens = noTokens();
    let dollars = 0;
    const models: [string, ModelStats][] = [];
    for (const [name, model] of counts.models) {
      const price =
        this.#prices !== undefined && Object.hasOwn(this.#prices, name) ? this.#prices[name] : undefined;
      const cost = price === undefined ? null : dollarsOf(model.tokens, price);
      dollars += cost ?? 0;
      for (const kind of Object.keys(tokens) as (keyof Tokens)[]) tokens[kind] += model.tokens[kind];
      models.push([name, { calls: model.calls, tokens: { ...model.tokens }, dollars: cost }]);
    }
    return {
      requests: counts.requests,
      inFlight: counts.inFlight,
      maxInFlight: counts.maxInFlight,
      answered: counts.answered,
      disconnected: counts.disconnected,
      failures: { ...counts.failures },
      calls: { ...counts.calls },
      models: Object.fromEntries(models),
      tokens,
      dollars: this.#prices === undefined ? null : dollars,
    };
  }

  #until(reached: (counts: Counts) => boolean, what: string): Promise<void> {
    if (this.#closed) return Promise.reject(closedBefore(what));
    if (reached(this.#counts)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.add({ reached, resolve, reject });
    });
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.reached(this.#counts)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}

function closedBefore(what: string): HoldfastError {
  return new HoldfastError('E_CLOSED', `the fake Gemini was closed before ${what}`);
}

function noTokens(): Tokens {
  return { prompt: 0, cached: 0, candidates: 0, thoughts: 0, total: 0 };
}

function modelOf(counts: Counts, name: string): { calls: number; tokens: Tokens } {
  let model = counts.models.get(name);
  if (model === undefined) {
    model = { calls: 0, tokens: noTokens() };
    counts.models.set(name, model);
  }
  return model;
}

function add(tokens: Tokens, usage: UsageMetadata): void {
  tokens.prompt += usage.promptTokenCount;
  tokens.cached += usage.cachedContentTokenCount ?? 0;
  tokens.candidates += usage.candidatesTokenCount;
  tokens.thoughts += usage.thoughtsTokenCount ?? 0;
  tokens.total += usage.totalTokenCount;
}
