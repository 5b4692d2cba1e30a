import { createHash } from 'node:crypto';
import type { ReportedCost } from 'holdfast';
import {
  checkResponse,
  type ExchangeRequest,
  type Guard,
  gemini,
  geminiPrices,
  guard,
  type Provider,
  priceOf,
  type Question,
  type Recording,
  scopeOfKey,
  type TokenUsage,
} from 'holdfast/llm';
import { answerText } from './answer-text.ts';
import type { SummaryPrompt } from './prompt.ts';
import { summaryRequest } from './request.ts';
import { SummaryFailure, summaryFailureOf } from './summary-failure.ts';

export const defaultSummaryModel = 'gemini-2.5-flash';

export interface GeminiSummariesOptions {
  /** Without one nothing is ever sent. */
  readonly key?: string | undefined;
  readonly model?: string;
  /** Google's own address unless said. On this machine nobody is billed: costs are then counted apart from real ones. */
  readonly upstream?: { readonly baseUrl: string; readonly isLoopback: boolean } | undefined;
  /** In place of one of its own; not closed with it. Whose quota is used is the key's, as for exchanges. */
  readonly guard?: Guard;
  readonly fetch?: typeof fetch;
}

/** What Gemini said of a file. */
export interface GeminiSummary {
  /** Empty where there is a problem. */
  readonly summary: string;
  readonly model: string;
  readonly cost: ReportedCost;
  /** Why it cannot be used, although it was paid for; a sentence for people. */
  readonly problem?: string;
}

/** Of an answer that is one paragraph. */
const maxAnswerBytes = 1_048_576;
/** Somebody is waiting for it, who has an outline at hand. */
const callTimeout = '45s';

/**
 * Asks Gemini about files, behind a guard. It keeps no exchange: what asks here is itself a generator of a cache, which keeps the
 * summary and counts what it cost, and a second cache below it would count that twice.
 */
export class GeminiSummaries {
  readonly model: string;
  /** Whom files are sent to: `Google`, or the host of another address. */
  readonly recipient: string;
  /** Tells another address from Google's own, in keys; absent for that. */
  readonly source?: string;
  readonly #key: string | undefined;
  readonly #provider: Provider = gemini();
  readonly #baseUrl: string;
  readonly #isSimulated: boolean;
  readonly #hasListPrices: boolean;
  readonly #fetch: typeof fetch;
  readonly #guard: Guard;
  readonly #isGuardOwn: boolean;

  constructor(options: GeminiSummariesOptions = {}) {
    this.model = options.model ?? defaultSummaryModel;
    this.#key = options.key;
    this.#baseUrl = options.upstream?.baseUrl ?? this.#provider.baseUrl;
    const isGoogle = this.#baseUrl === this.#provider.baseUrl;
    this.recipient = isGoogle ? 'Google' : new URL(this.#baseUrl).host;
    this.#isSimulated = options.upstream?.isLoopback ?? false;
    this.#hasListPrices = isGoogle || this.#isSimulated;
    if (!isGoogle) {
      this.source = createHash('sha256').update(this.#baseUrl).digest('hex').slice(0, 16);
    }
    this.#fetch = options.fetch ?? fetch;
    this.#isGuardOwn = options.guard === undefined;
    this.#guard =
      options.guard ?? guard({ timeout: callTimeout, attemptTimeout: '30s', admission: { concurrency: 4 } });
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** Rejects with a SummaryFailure, and with the reason of the signal. */
  async ask(prompt: SummaryPrompt, signal: AbortSignal): Promise<GeminiSummary> {
    if (this.#key === undefined) throw new SummaryFailure('E_NO_KEY', 'there is no key for Gemini');
    try {
      return await this.#ask(prompt, this.#key, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw summaryFailureOf(error) ?? error;
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    if (this.#isGuardOwn) await this.#guard.close();
  }

  async #ask(prompt: SummaryPrompt, key: string, signal: AbortSignal): Promise<GeminiSummary> {
    const request = summaryRequest(this.model, prompt);
    const question = this.#provider.read(request);
    if (question === undefined) throw new SummaryFailure('E_PROVIDER', 'Gemini has no such model');
    const body = await this.#guard(
      async (own, attempt) => {
        const response = await this.#send(request, key, own, attempt.headers());
        return textOf(attempt.guardBody(await checkResponse(response)));
      },
      {
        model: this.model,
        project: scopeOfKey(key),
        signal,
        timeout: callTimeout,
        estimate: { inputTokens: question.estimatedTokens },
        usage: (text) => this.#judge(question, text).usage,
      },
    );
    const { usage, problem } = this.#judge(question, body);
    const said = problem === undefined ? answerText(body) : '';
    return {
      summary: said,
      model: usage?.model ?? this.model,
      cost: usage === undefined ? { model: this.model } : this.#costOf(usage),
      ...(problem !== undefined ? { problem } : said === '' && { problem: 'Gemini said nothing' }),
    };
  }

  /** A redirect is a failure: it could lead the key and the file elsewhere. */
  #send(
    { method, target, headers, body }: ExchangeRequest,
    key: string,
    signal: AbortSignal,
    more: Readonly<Record<string, string>>,
  ): Promise<Response> {
    return this.#fetch(this.#baseUrl + target, {
      method,
      headers: { ...headers, ...more, ...this.#provider.keyHeaders(key) },
      body: body as Uint8Array<ArrayBuffer>,
      redirect: 'error',
      signal,
    });
  }

  /** By Google's list of prices: of another address nothing is known, and one on this machine plays Google. */
  #costOf(usage: TokenUsage): ReportedCost {
    const { inputTokens, outputTokens, cachedTokens, model } = usage;
    const price = this.#hasListPrices ? priceOf(geminiPrices, usage, Date.now()) : undefined;
    const simulated = this.#isSimulated && { simulated: true };
    return { inputTokens, outputTokens, cachedTokens, model, ...price, ...simulated };
  }

  #judge(
    question: Question,
    body: string,
  ): { readonly usage: TokenUsage | undefined; readonly problem?: string } {
    const recording: Recording = { form: 'document', type: 'application/json', body };
    const judgement = this.#provider.judge(question, recording, {});
    switch (judgement.is) {
      case 'good':
        return { usage: judgement.usage };
      case 'unkept':
        return { usage: judgement.usage, problem: `Gemini's answer cannot be used (${judgement.why})` };
      case 'failure':
        return { usage: undefined, problem: `Gemini failed (${judgement.status})` };
    }
  }
}

/** @throws SummaryFailure for what is far too long to be a paragraph */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxAnswerBytes) throw new SummaryFailure('E_BAD_ANSWER', 'the answer of Gemini is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
