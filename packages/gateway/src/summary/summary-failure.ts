import { HoldfastError } from 'holdfast';

/**
 * Why there is no summary by Gemini. Its message is a sentence for people, made here: never what the provider said, which may
 * repeat the prompt, and without a cause for the same reason.
 */
export class SummaryFailure extends Error {
  override readonly name = 'SummaryFailure';
  /** One of Holdfast's own, or `E_UNREACHABLE`, `E_BAD_ANSWER`, `E_NO_TEXT`. */
  readonly code: string;
  /** Milliseconds since 1970 from which it is worth asking again, if that is known. */
  readonly retryAt?: number;

  constructor(code: string, message: string, retryAt?: number) {
    super(message);
    this.code = code;
    if (retryAt !== undefined && Number.isFinite(retryAt)) this.retryAt = retryAt;
  }
}

const refusals: Readonly<Record<string, string>> = {
  E_RATE_LIMITED: 'the rate limit of Gemini is used up',
  E_OVERLOADED: 'too many summaries are asked for at once',
  E_CIRCUIT_OPEN: 'Gemini failed again and again, and is left alone for a moment',
  E_SPENT: 'what may be spent today is spent',
  E_PROVIDER_TIMEOUT: 'Gemini did not answer in time',
  E_GENERATION_TIMEOUT: 'Gemini did not answer in time',
  E_TOO_MANY_ABANDONED: 'Gemini did not answer many times in a row',
  E_SHARED_FAILURE: 'another process asked Gemini for the same summary, and failed',
  E_UNSTABLE_INPUTS: 'the file changed again and again while it was summarised',
};

/**
 * What an error means for a summary.
 *
 * @returns undefined for what Gemini has no part in
 */
export function summaryFailureOf(error: unknown): SummaryFailure | undefined {
  if (error instanceof SummaryFailure) return error;
  if (HoldfastError.isInstance(error)) {
    const { code, status, retryAt } = error as HoldfastError & { status?: unknown; retryAt?: number };
    if (code === 'E_PROVIDER') return new SummaryFailure(code, statusInWords(status));
    const words = refusals[code];
    return words === undefined ? undefined : new SummaryFailure(code, words, retryAt);
  }
  const why = networkFailure(error);
  return why === undefined
    ? undefined
    : new SummaryFailure('E_UNREACHABLE', `Gemini cannot be reached (${why})`);
}

function statusInWords(status: unknown): string {
  switch (status) {
    case 400:
    case 401:
    case 403:
      return `Gemini refused the request (${status}): look at the key, and whether it may use this model`;
    case 404:
      return 'Gemini has no such model (404)';
    case 429:
      return 'the rate limit of Gemini is used up (429)';
    case 503:
      return 'Gemini is overloaded (503)';
    default:
      return `Gemini failed (${String(status)})`;
  }
}

/** `fetch` wraps what went wrong in a TypeError, whose cause has the code of the system. */
function networkFailure(error: unknown): string | undefined {
  if (!(error instanceof TypeError)) return undefined;
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : error.cause === undefined ? undefined : 'no connection';
}
