import type { ExchangeRequest, Form, Recording, TokenUsage } from './exchange.ts';
import type { PriceList } from './price-list.ts';

/** What a request asks a model for. */
export interface Question {
  /** As the request names it. */
  readonly model: string;
  /** How the answer is to be written. */
  readonly form: Form;
  /**
   * A canonical text of all that decides the answer, base URL and scope aside: two requests with the same text may share one
   * answer. Without keys, trace headers, time-outs, labels, and without the name of a prefix cache; the form is no part of it.
   */
  readonly identity: string;
  /** Why its answer may be shared while it is made, and not be kept; undefined where it may. */
  readonly unkept: string | undefined;
  /** Input tokens, roughly, before they are counted: what a rate limit reserves. */
  readonly estimatedTokens: number;
  /** Shapes the answer must have, for `judge`; the provider's own. */
  readonly expectation: unknown;
}

/** What an answer of success is worth. */
export type Judgement =
  | { readonly is: 'good'; readonly usage: TokenUsage | undefined }
  /** It is handed to whoever waits, and never kept. */
  | {
      readonly is: 'unkept';
      readonly why: string;
      readonly usage: TokenUsage | undefined;
      /** It breaks off, or is no answer at all: written in another form it would look like one that is whole. */
      readonly isBroken?: boolean;
    }
  /** It says of itself that it failed: an error part in a stream. */
  | {
      readonly is: 'failure';
      readonly status: number;
      readonly body: string;
      readonly usage: TokenUsage | undefined;
    };

/** Answers that are never good for later callers, unless allowed. */
export interface Allowances {
  /** Keeps answers that were cut at the length that the request allows (MAX_TOKENS). */
  readonly truncated?: boolean;
}

/** A failure in the words of the provider, so that its own client understands it. */
export interface ProviderFailure {
  readonly status: number;
  readonly message: string;
  /** Milliseconds after which it may be asked again. */
  readonly retryAfter?: number | undefined;
}

/**
 * A provider of models, as the exchange layer needs it: what a request means, what an answer is worth, and how one form of
 * an answer is written in another. All of it is pure; the network is not its business.
 */
export interface Provider {
  /** In keys, messages and reports: `gemini`. */
  readonly name: string;
  /** Where requests go unless said: no trailing slash. */
  readonly baseUrl: string;
  /** What its models cost at that address; undefined where that is not known. */
  readonly prices?: PriceList | undefined;
  /** Names in lower case. Of a request only these are sent on, and of an answer only these are handed back. */
  readonly requestHeaders: ReadonlySet<string>;
  readonly responseHeaders: ReadonlySet<string>;
  /** What a request asks; undefined for one that is passed on as it is, neither shared nor kept. */
  read(request: ExchangeRequest): Question | undefined;
  /** The key that a request carries, if any, and the request without it: in its headers, or in its address. */
  takeKey(request: ExchangeRequest): { readonly key: string | undefined; readonly request: ExchangeRequest };
  /** The headers that carry a key. */
  keyHeaders(key: string): Readonly<Record<string, string>>;
  judge(question: Question, recording: Recording, allowances: Allowances): Judgement;
  /** The same answer in another form; the recording itself where the form is the same. */
  write(recording: Recording, form: Form): Recording;
  /** A failure as the body of an answer in the provider's words. */
  explain(failure: ProviderFailure): { readonly type: string; readonly body: string };
}
