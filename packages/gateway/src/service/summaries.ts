import type { Cost, Definition, Resolution } from 'holdfast';
import type { SummaryAnswer, SummaryOffer } from '../api/index.ts';
import { codeOf } from '../error-code.ts';
import type { Outline } from '../outline/index.ts';
import {
  type GeminiSummaries,
  isSecretName,
  outlineInWords,
  promptVersion,
  type SummaryFailure,
  summaryFailureOf,
} from '../summary/index.ts';
import type { ContextCache } from './context-cache.ts';
import { generateSummary, type Summary, summaryKind } from './summary-definition.ts';

/** Why the outline answers although nothing has failed. */
const reasons = {
  noKey: {
    because: 'no key',
    explanation: 'there is no key for Gemini (GEMINI_API_KEY, GOOGLE_API_KEY or --api-key-file)',
  },
  notAsked: { because: 'not asked', explanation: 'Gemini was not asked about the file as it is now' },
  secret: {
    because: 'secret',
    explanation: 'by its name it may hold secrets, so it is not sent to Gemini',
  },
} as const;

/**
 * The summaries of a folder's files: by Gemini where there is a key and it answers, else the outline in words, with the reason.
 * Nothing is made that nobody asks for, as it costs money.
 */
export class Summaries {
  readonly #context: ContextCache;
  readonly #gemini: GeminiSummaries;
  /** The model is a part of the key, and so is an address that is not Google's own. */
  readonly #definition: Definition<[path: string, model: string, source?: string], Summary>;

  constructor(context: ContextCache, gemini: GeminiSummaries) {
    this.#context = context;
    this.#gemini = gemini;
    this.#definition = context.cache.define({
      kind: summaryKind,
      name: summaryKind,
      version: promptVersion,
      generate: (ctx, path: string, _model: string, _source?: string) =>
        generateSummary(ctx, path, context.outline, gemini),
    });
  }

  get offer(): SummaryOffer {
    const { model, hasKey, recipient } = this.#gemini;
    return { model, hasKey, recipient };
  }

  /**
   * One that is kept and holds, or a new one. One of an earlier state of the file is told, marked, when Gemini fails. Rejects as
   * the outline does.
   *
   * @param path normalized, and of a source file of the folder
   */
  async summary(path: string): Promise<SummaryAnswer> {
    if (isSecretName(path)) return byOutline(path, await this.#checkedOutline(path), reasons.secret);
    try {
      return byGemini(path, await this.#ask(path));
    } catch (error) {
      const why = codeOf(error) === 'E_NOT_CACHED' ? reasons.noKey : reasonOf(summaryFailureOf(error));
      if (why === undefined) throw error;
      return byOutline(path, await this.#checkedOutline(path), why);
    }
  }

  /** One that is kept and holds: nothing is made, and it is no call in the ledger. Rejects as the outline does. */
  async kept(path: string): Promise<SummaryAnswer> {
    if (isSecretName(path)) return byOutline(path, await this.#keptOutline(path), reasons.secret);
    const key = this.#definition.key(...this.#argumentsFor(path));
    const { state, age = 0, cost } = await this.#context.explain(key);
    const value = state === 'fresh' ? this.#context.cache.kind(summaryKind).peek(key)?.value : undefined;
    if (value === undefined) return byOutline(path, await this.#keptOutline(path), reasons.notAsked);
    return byGemini(path, { value, outcome: 'hit', age, stale: false, ...(cost !== undefined && { cost }) });
  }

  close(): Promise<void> {
    return this.#gemini.close();
  }

  #ask(path: string): Promise<Resolution<Summary>> {
    const definition = this.#gemini.hasKey ? this.#definition : this.#definition.with({ mode: 'cached' });
    return definition.resolve(...this.#argumentsFor(path));
  }

  #argumentsFor(path: string): [path: string, model: string, source?: string] {
    const { model, source } = this.#gemini;
    return source === undefined ? [path, model] : [path, model, source];
  }

  #checkedOutline(path: string): Promise<Resolution<Outline>> {
    return this.#context.checkedOutline(path);
  }

  /** Who only looks at what is kept is no caller of the outline either, unless that is not kept. */
  async #keptOutline(path: string): Promise<Resolution<Outline>> {
    const { state, age = 0 } = await this.#context.outline.explain(path);
    const value = state === 'fresh' ? this.#context.keptOutline(path) : undefined;
    return value === undefined ? this.#checkedOutline(path) : { value, outcome: 'hit', age, stale: false };
  }
}

type Reason = Pick<SummaryAnswer, 'because' | 'explanation' | 'retryAt'>;

function reasonOf(failure: SummaryFailure | undefined): Reason | undefined {
  if (failure === undefined) return undefined;
  const { code, message, retryAt } = failure;
  return { because: code, explanation: message, ...(retryAt !== undefined && { retryAt }) };
}

function byOutline(
  path: string,
  { value, outcome, age, stale }: Resolution<Outline>,
  reason: Reason,
): SummaryAnswer {
  return { path, text: outlineInWords(value), by: 'outline', ...reason, outcome, ageMs: age, stale };
}

function byGemini(
  path: string,
  { value, outcome, age, stale, reason, cost }: Resolution<Summary>,
): SummaryAnswer {
  const { text, model, characters, sent } = value;
  return {
    path,
    text,
    by: 'gemini',
    model,
    outcome,
    ageMs: age,
    stale,
    ...(reason !== undefined && { reason }),
    characters,
    sent,
    ...(cost !== undefined && { cost: costOf(cost) }),
  };
}

function costOf({ seconds, inputTokens = 0, outputTokens = 0, usd, simulated }: Cost) {
  return {
    seconds,
    inputTokens,
    outputTokens,
    ...(usd !== undefined && { usd }),
    ...(simulated && { simulated: true as const }),
  };
}
