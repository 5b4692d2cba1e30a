/** One request to a provider, as it came: nothing of it is trusted yet. */
export interface ExchangeRequest {
  /** In capitals. */
  readonly method: string;
  /** Below the provider's base URL, with its query: `/v1beta/models/gemini-2.5-flash:generateContent?alt=sse`. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How an answer is written: one JSON document, server-sent events, or one JSON array that grows. */
export type Form = 'document' | 'events' | 'array';

/** The body of an answer of success, whole. */
export interface Recording {
  readonly form: Form;
  /** Its content type. */
  readonly type: string;
  /** Exactly what came: as UTF-8 these are the same bytes. */
  readonly body: string;
}

/** What is kept of an exchange: plain JSON. */
export interface Exchange extends Recording {
  /** Of this shape. */
  readonly version: 1;
  /** It is not whole, and so never kept: it goes to those who wait for it, in its own form and no other. */
  readonly isBroken?: boolean;
}

/** Tokens of one exchange, by what they cost. */
export interface TokenUsage {
  /** The model that answered, as the provider names it, or else the one that was asked. */
  readonly model: string;
  /** Everything that was read: cached tokens and the results of tools included. */
  readonly inputTokens: number;
  /** Of these, those that the provider had cached. */
  readonly cachedTokens: number;
  /** Everything that was written: thoughts included. */
  readonly outputTokens: number;
  /** Of the input tokens, those of sound, and of these the cached ones: they may have a price of their own. */
  readonly audioTokens?: number;
  readonly cachedAudioTokens?: number;
  /** Tokens that the price list has no price for, such as those of pictures that were made: the exchange has no known price. */
  readonly isUnpriceable?: boolean;
}
