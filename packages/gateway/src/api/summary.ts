/** Without a key the outline answers. */
export interface SummaryOffer {
  /** As Gemini names it. */
  readonly model: string;
  readonly hasKey: boolean;
  /** Whom a file is sent to: `Google`, or the host of another upstream. */
  readonly recipient: string;
}

/**
 * `GET /api/summary?path=src/a.ts`: a file in a paragraph, by Gemini, or its outline in words, and why. With `&mode=cached` Gemini
 * is not asked: the answer is what is kept of the file as it is now.
 */
export interface SummaryAnswer {
  readonly path: string;
  /** One paragraph in one line. */
  readonly text: string;
  readonly by: 'gemini' | 'outline';
  /** By Gemini: the model that answered, as it names itself. */
  readonly model?: string;
  /**
   * By the outline, why: `no key`, `not asked`, `secret` (a name that holds secrets by custom), or a code: `E_RATE_LIMITED`,
   * `E_PROVIDER_TIMEOUT`, `E_PROVIDER`, `E_UNREACHABLE`, `E_BAD_ANSWER`, `E_NO_TEXT`, …
   */
  readonly because?: string;
  /** The same in a sentence for people. */
  readonly explanation?: string;
  /** Milliseconds since 1970 from which it is worth asking again, where that is known. */
  readonly retryAt?: number;
  /** Of the summary, or of the outline that stands in for it. */
  readonly outcome: string;
  readonly ageMs: number;
  readonly stale: false | 'aged' | 'changed';
  /** Why a stale one was told. */
  readonly reason?: string;
  /** By Gemini: UTF-16 code units of the file, and how many of them it was sent. */
  readonly characters?: number;
  readonly sent?: number;
  /** What it had cost to make it; `usd` is absent where no price is known. */
  readonly cost?: {
    readonly seconds: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly usd?: number;
    /** Whoever answered was no provider that bills. */
    readonly simulated?: true;
  };
}
