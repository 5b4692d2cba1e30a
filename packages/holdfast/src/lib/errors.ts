/**
 * Every code that Holdfast can put on an error. Each has a page under `docs/errors/`.
 */
export type ErrorCode =
  | 'E_OPTION'
  | 'E_DURATION'
  | 'E_SIZE'
  | 'E_KEY'
  | 'E_VALUE'
  | 'E_SELECTOR'
  | 'E_SCOPE'
  | 'E_UNKNOWN_KIND'
  | 'E_DUPLICATE_DEFINITION'
  | 'E_UNDEFINED_VALUE'
  | 'E_SCHEMA'
  | 'E_NOTHING_TO_RENEW'
  | 'E_MISSING_KEY'
  | 'E_BULK'
  | 'E_NOT_CACHED'
  | 'E_TIMEOUT'
  | 'E_GENERATION_TIMEOUT'
  | 'E_TOO_MANY_ABANDONED'
  | 'E_REMEMBERED_FAILURE'
  | 'E_CYCLE'
  | 'E_CLOSED'
  | 'E_NO_WORKSPACE'
  | 'E_WORKSPACE_ROOT'
  | 'E_PATH'
  | 'E_OUTSIDE_ROOT'
  | 'E_FILE_ABSENT'
  | 'E_FILE_UNREADABLE'
  | 'E_FILE_TOO_LARGE'
  | 'E_NOT_A_FILE'
  | 'E_NOT_A_DIRECTORY'
  | 'E_NOT_UTF8'
  | 'E_GLOB'
  | 'E_GLOB_TOO_LARGE'
  | 'E_UNSTABLE_INPUTS'
  | 'E_STORE'
  | 'E_UNCONFIRMED'
  | 'E_SHARED_FAILURE'
  | 'E_STORE_OPEN'
  | 'E_PROVIDER'
  | 'E_ANSWER_TOO_LARGE'
  | 'E_PROVIDER_TIMEOUT'
  | 'E_RATE_LIMITED'
  | 'E_OVERLOADED'
  | 'E_CIRCUIT_OPEN'
  | 'E_SPENT';

const mark = Symbol.for('holdfast.error');

export interface ErrorDetails {
  readonly cause?: unknown;
  /** The kind of the entry that the error is about. */
  readonly kind?: string;
  /** First 16 hex digits of the SHA-256 of scope, kind and key: names an entry without showing its key. */
  readonly keyHash?: string;
}

/**
 * The base of every error that Holdfast itself raises. `code` is stable; the message is for people, and never
 * holds a key, a prompt or a value.
 */
export class HoldfastError extends Error {
  override readonly name: string = 'HoldfastError';
  readonly code: ErrorCode;
  declare readonly kind?: string;
  declare readonly keyHash?: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    if (details.kind !== undefined) this.kind = details.kind;
    if (details.keyHash !== undefined) this.keyHash = details.keyHash;
    Object.defineProperty(this, mark, { value: true });
  }

  /** True for a Holdfast error of this or any other copy of the package in the process. */
  static isInstance(error: unknown): error is HoldfastError {
    return typeof error === 'object' && error !== null && mark in error;
  }
}

/** A nested call waits, directly or through others, for the generation that makes it. Code `E_CYCLE`. */
export class HoldfastCycleError extends HoldfastError {
  override readonly name = 'HoldfastCycleError';
  constructor(message: string, details: ErrorDetails) {
    super('E_CYCLE', message, details);
  }
}

/**
 * The key failed a short while ago, and its kind remembers failures (`negativeTtl`). Code `E_REMEMBERED_FAILURE`;
 * `cause` is the failure itself, `retryAt` the time (milliseconds since 1970) from which a call generates again.
 */
export class HoldfastRememberedError extends HoldfastError {
  override readonly name = 'HoldfastRememberedError';
  readonly retryAt: number;
  constructor(
    message: string,
    details: ErrorDetails & { readonly cause: unknown; readonly retryAt: number },
  ) {
    super('E_REMEMBERED_FAILURE', message, details);
    this.retryAt = details.retryAt;
  }
}

/** What other processes learn of a failure: never its message, which may hold a prompt or a key. */
export interface SharedFailure {
  /** The error's name. */
  readonly name: string;
  /** Holdfast's code, if it was an error of Holdfast's. */
  readonly code?: string;
  /** What a provider has answered with. */
  readonly status?: number;
  /** Milliseconds since 1970 from which it may be tried again. */
  readonly retryAt?: number;
}

/** Another process was making the value, and failed. Code `E_SHARED_FAILURE`; `failure` is what it told of that. */
export class HoldfastSharedError extends HoldfastError {
  override readonly name = 'HoldfastSharedError';
  readonly failure: SharedFailure;
  constructor(message: string, details: ErrorDetails & { readonly failure: SharedFailure }) {
    super('E_SHARED_FAILURE', message, details);
    this.failure = details.failure;
  }
}

/** Which time was up: of the whole call, of one attempt, until a body began, or between two of its chunks. */
export type TimeLimit = 'call' | 'attempt' | 'first byte' | 'between chunks';

/** A provider took longer than the guard allows; never a caller's own abort. Code `E_PROVIDER_TIMEOUT`. */
export class HoldfastProviderTimeoutError extends HoldfastError {
  override readonly name = 'HoldfastProviderTimeoutError';
  readonly limit: TimeLimit;
  constructor(limit: TimeLimit, message: string, details?: ErrorDetails) {
    super('E_PROVIDER_TIMEOUT', message, details);
    this.limit = limit;
  }
}

/** Why the guard refused a call before it was sent. */
export type RefusalCode = 'E_RATE_LIMITED' | 'E_OVERLOADED' | 'E_CIRCUIT_OPEN' | 'E_SPENT';

/**
 * The guard refused a call. `retryAt` is the time (milliseconds since 1970) at which it could be let in; `Infinity`
 * if it never can. `cause` is what the provider said, if it was asked.
 */
export class HoldfastRefusedError extends HoldfastError {
  override readonly name = 'HoldfastRefusedError';
  declare readonly code: RefusalCode;
  readonly retryAt: number;
  constructor(code: RefusalCode, message: string, details: ErrorDetails & { readonly retryAt: number }) {
    super(code, message, details);
    this.retryAt = details.retryAt;
  }
}

/** A provider answered with a status of failure. Code `E_PROVIDER`. */
export class HoldfastProviderError extends HoldfastError {
  override readonly name = 'HoldfastProviderError';
  readonly status: number;
  declare readonly headers: Headers;
  /** What it said, at most 64 KiB of it. Not enumerable, as it may repeat the prompt. */
  declare readonly body: string;
  constructor(status: number, headers: Headers, body: string) {
    super('E_PROVIDER', `the provider answered with status ${status}`);
    this.status = status;
    Object.defineProperty(this, 'headers', { value: headers, enumerable: false });
    Object.defineProperty(this, 'body', { value: body, enumerable: false });
  }
}

/**
 * Some keys of a bulk call failed. `errors` holds the failures in the order of the keys, `results` what succeeded,
 * by the keys as given.
 */
export class HoldfastBulkError<K = unknown, V = unknown> extends AggregateError {
  override readonly name = 'HoldfastBulkError';
  readonly code: ErrorCode = 'E_BULK';
  declare readonly results: ReadonlyMap<K, V>;
  constructor(errors: readonly unknown[], results: ReadonlyMap<K, V>, message: string) {
    super(errors, message);
    // Values and keys must not reach a log that prints the error's own properties.
    Object.defineProperty(this, 'results', { value: results, enumerable: false });
    Object.defineProperty(this, mark, { value: true });
  }
}
