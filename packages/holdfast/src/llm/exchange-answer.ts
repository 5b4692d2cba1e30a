import type { Mode } from '../cache/call-options.ts';
import { causesOf } from '../lib/causes.ts';
import {
  HoldfastError,
  HoldfastProviderError,
  HoldfastRefusedError,
  HoldfastRememberedError,
  HoldfastSharedError,
} from '../lib/errors.ts';
import type { Cost } from '../model/cost.ts';
import type { Outcome, Resolution } from '../model/outcome.ts';
import type { Exchange, Form } from './exchange.ts';
import type { LiveAnswer } from './making.ts';
import { named } from './named-headers.ts';
import type { Provider, ProviderFailure } from './provider.ts';
import { sendable } from './shared-bytes.ts';

/** What the caller of an exchange gets, failures of the provider and the guard included. */
export interface ExchangeAnswer {
  readonly status: number;
  /**
   * Names in lower case. Besides what the provider may say: `holdfast-outcome`; `holdfast-age`, in seconds; `holdfast-stale`
   * (`aged` or `changed`); `holdfast-saved-usd`, or `holdfast-simulated-usd` where it is no real money.
   */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The whole of it, or what comes of it: its `return` leaves, and the last one who leaves ends the request. The bytes may be those
   * of other callers, too: they are not to be written to.
   */
  readonly body: Uint8Array | AsyncIterableIterator<Uint8Array>;
}

/** Why an answer is none for who waits for it in a form; undefined where it is one. */
export function refusalOf(value: Exchange, form: Form): HoldfastError | undefined {
  if (value.isBroken && value.form !== form) {
    return new HoldfastError('E_PROVIDER', "the provider's answer broke off");
  }
  return undefined;
}

/** Of a value that is whole: from memory, a store, or a flight that has landed. */
export function wholeAnswer(provider: Provider, found: Resolution<Exchange>, form: Form): ExchangeAnswer {
  const { value } = found;
  const { type, bytes } = sendable(provider, value, form);
  return { status: 200, headers: { 'content-type': type, ...outcomeHeaders(found) }, body: bytes };
}

/** What is told of a value that is whole. */
export function outcomeHeaders({ outcome, age, stale, cost }: Resolution<unknown>): Record<string, string> {
  const headers: Record<string, string> = { 'holdfast-outcome': outcome };
  if (outcome !== 'generated' && outcome !== 'bypassed') {
    headers['holdfast-age'] = String(Math.floor(age / 1_000));
    if (cost?.usd !== undefined) headers[savedHeader(cost)] = decimal(cost.usd);
  }
  if (stale !== false) headers['holdfast-stale'] = stale;
  return headers;
}

/** Of a value that is on its way. */
export function liveAnswer(
  { headers }: LiveAnswer,
  outcome: Outcome,
  body: AsyncIterableIterator<Uint8Array>,
): ExchangeAnswer {
  return { status: 200, headers: { ...headers, 'holdfast-outcome': outcome }, body };
}

/**
 * A failure as an answer: what the provider has said as it came, so that its own client takes it as it would without us, and
 * everything else in its words. Undefined for what is no failure of the provider, nor of what stands before it: a mistake, a
 * closed cache, the caller's own abort.
 * @param mode of the call that failed
 * @param wall milliseconds since 1970
 */
export function failureAnswer(
  provider: Provider,
  error: unknown,
  mode: Mode,
  wall: number,
): ExchangeAnswer | undefined {
  const isRemembered = error instanceof HoldfastRememberedError;
  const failure = isRemembered ? error.cause : error;
  const times = [retryAtOf(failure), retryAtOf(error)].filter((time) => time !== undefined);
  const retryAfter = times.length === 0 ? undefined : Math.max(0, Math.max(...times) - wall);
  const told = toldBy(provider, failure) ?? inWords(provider, failure, retryAfter);
  if (told === undefined) return undefined;
  const headers: Record<string, string> = {
    ...told.headers,
    'holdfast-outcome': outcomeOfFailure(error, mode),
  };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter / 1_000)));
  return { status: told.status, headers, body: Buffer.from(told.body) };
}

/** Undefined where it is not known, or never. */
function retryAtOf(error: unknown): number | undefined {
  const told = error instanceof HoldfastSharedError ? error.failure : error;
  const { retryAt } = (HoldfastError.isInstance(error) ? told : {}) as Partial<HoldfastRefusedError>;
  return Number.isFinite(retryAt) ? retryAt : undefined;
}

/** As the ledger counts the call. */
function outcomeOfFailure(error: unknown, mode: Mode): Outcome {
  if (mode === 'bypass') return 'bypassed';
  if (!HoldfastError.isInstance(error)) return 'failed';
  if (error.code === 'E_NOT_CACHED') return 'missed';
  return error.code === 'E_REMEMBERED_FAILURE' ? 'negative' : 'failed';
}

interface ToldFailure {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What the provider said itself; a limit of its that is used up is a refusal that has that as its cause. */
function toldBy(provider: Provider, error: unknown): ToldFailure | undefined {
  const isLimit = error instanceof HoldfastRefusedError && error.code === 'E_RATE_LIMITED';
  const said = isLimit ? error.cause : error;
  if (!(said instanceof HoldfastProviderError) || said.body === '') return undefined;
  if (isLimit && said.status !== 429) return undefined;
  const headers = named(said.headers, provider.responseHeaders);
  return { status: said.status, headers, body: said.body };
}

function inWords(
  provider: Provider,
  error: unknown,
  retryAfter: number | undefined,
): ToldFailure | undefined {
  const failure = failureOf(error);
  if (failure === undefined) return undefined;
  const { type, body } = provider.explain({ ...failure, retryAfter });
  return { status: failure.status, headers: { 'content-type': type }, body };
}

const statuses: Readonly<Record<string, number>> = {
  E_PROVIDER: 502,
  E_ANSWER_TOO_LARGE: 502,
  E_SHARED_FAILURE: 502,
  E_PROVIDER_TIMEOUT: 504,
  E_GENERATION_TIMEOUT: 504,
  E_TIMEOUT: 504,
  E_NOT_CACHED: 504,
  E_RATE_LIMITED: 429,
  E_SPENT: 429,
  E_OVERLOADED: 503,
  E_CIRCUIT_OPEN: 503,
  E_TOO_MANY_ABANDONED: 503,
};

function failureOf(error: unknown): ProviderFailure | undefined {
  if (HoldfastError.isInstance(error)) {
    if (error instanceof HoldfastProviderError) return { status: error.status, message: error.message };
    const shared = error instanceof HoldfastSharedError ? error.failure : undefined;
    const status = shared?.status ?? statuses[shared?.code ?? error.code] ?? statuses[error.code];
    return status === undefined ? undefined : { status, message: `${error.code}: ${error.message}` };
  }
  const code = connectionCode(error);
  if (code === undefined) return undefined;
  return { status: 502, message: `E_PROVIDER: the provider cannot be reached (${code})` };
}

/** The system's code of a request that failed on its way. */
function connectionCode(error: unknown): string | undefined {
  let isFetch = false;
  for (const cause of causesOf(error)) {
    const { code } = cause as { readonly code?: unknown };
    isFetch ||= cause instanceof TypeError && cause.message === 'fetch failed';
    if (typeof code === 'string' && /^[A-Z][A-Z_0-9]+$/.test(code)) return code;
  }
  return isFetch ? 'fetch failed' : undefined;
}

function savedHeader({ simulated }: Cost): string {
  return simulated ? 'holdfast-simulated-usd' : 'holdfast-saved-usd';
}

/** To a billionth of a dollar, without an exponent. */
function decimal(usd: number): string {
  return usd.toFixed(9).replace(/\.?0+$/, '');
}
