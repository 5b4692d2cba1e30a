import { type Duration, parseDuration } from '../../lib/duration.ts';
import { HoldfastError } from '../../lib/errors.ts';
import {
  deadlineExceeded,
  type FailureStatus,
  type GeminiErrorBody,
  internal,
  invalidArgument,
  modelNotFound,
  overloaded,
  type ProtobufDuration,
  permissionDenied,
  quotaExceeded,
} from './errors.ts';
import { Gate } from './gate.ts';
import type { Reply } from './reply.ts';

/** Time until the answer begins, or that and the time before each further chunk of a stream. */
export type Latency = Duration | { readonly first?: Duration; readonly perChunk?: Duration };

/**
 * How one call goes. `latency` and `reply` stand in for those of the fake's options.
 *
 * Where a step fails, hangs or holds, `afterChunks` says when: left out, before anything is answered; 0, after the
 * headers of a 200; n, after n chunks of a stream (or its last, if it has fewer). A failure in mid-stream with a
 * status is an error part. An answer in one piece breaks off in the middle for any n of 1 or more, and a status that
 * comes `afterChunks` replaces the whole of it, as there is nothing else that it could do. An answer that is `cut` ends
 * there as if it were whole; one that is `garbage` has a piece there that is no JSON, and ends. These two are always
 * answers of a 200: left out, `afterChunks` is 0.
 */
export type ScriptedStep = {
  readonly latency?: Latency;
  readonly reply?: Reply;
  readonly afterChunks?: number;
} & (QuotaStep | FailureStep | HangStep | HoldStep | AnswerStep);

interface AnswerStep {
  readonly fail?: never;
  readonly hang?: never;
  readonly hold?: never;
}

interface QuotaStep {
  readonly fail: '429';
  /** `'53s'` unless said. */
  readonly retryDelay?: ProtobufDuration;
  /** The quota of the day, which may stand beside a short `retryDelay`. */
  readonly perDay?: boolean;
  /** Requests a minute (10 unless said) or a day (250). */
  readonly quotaValue?: number;
  readonly hang?: never;
  readonly hold?: never;
}

interface FailureStep {
  readonly fail: Exclude<FailureStatus, '429'> | BrokenAnswer;
  readonly hang?: never;
  readonly hold?: never;
}

/** How an answer of success may be none: its connection breaks, or it ends too soon, or it is no JSON. */
type BrokenAnswer = 'reset' | 'cut' | 'garbage';

/** Never answers; ends when the client leaves. */
interface HangStep {
  readonly hang: true;
  readonly fail?: never;
  readonly hold?: never;
}

/** Goes on when the gate is released. */
interface HoldStep {
  readonly hold: Gate;
  readonly fail?: never;
  readonly hang?: never;
}

/** What befalls a call, checked and ready. */
export type Mishap = { readonly afterChunks: number | undefined } & (
  | {
      readonly kind: 'status';
      readonly status: FailureStatus;
      readonly error: (model: string) => GeminiErrorBody;
    }
  | { readonly kind: BrokenAnswer }
  | { readonly kind: 'hang' }
  | { readonly kind: 'hold'; readonly gate: Gate }
);

/** Milliseconds. */
export interface Pace {
  readonly first: number;
  readonly perChunk: number;
}

/** A checked step. */
export interface Plan {
  readonly pace: Pace | undefined;
  readonly reply: Reply | undefined;
  readonly mishap: Mishap | undefined;
}

const nothingScripted: Plan = { pace: undefined, reply: undefined, mishap: undefined };

/** The steps to come, one for each call in order of arrival, and what holds when they have run out. */
export class Script {
  #steps: Plan[] = [];
  #always = nothingScripted;

  /** @throws E_OPTION and adds none of them if one is bad. */
  next(steps: readonly ScriptedStep[]): void {
    this.#steps.push(...steps.map((step, index) => plan(step, `step ${index + 1} of next()`)));
  }

  always(step: ScriptedStep | undefined): void {
    this.#always = step === undefined ? nothingScripted : plan(step, 'the step of always()');
  }

  take(): Plan {
    return this.#steps.shift() ?? this.#always;
  }

  clear(): void {
    this.#steps = [];
    this.#always = nothingScripted;
  }
}

/** @throws E_OPTION, E_DURATION */
export function parseLatency(latency: Latency, what: string): Pace {
  if (typeof latency !== 'object') return { first: parseDuration(latency, what), perChunk: 0 };
  return {
    first: parseDuration(latency.first ?? 0, `${what}.first`),
    perChunk: parseDuration(latency.perChunk ?? 0, `${what}.perChunk`),
  };
}

function plan(step: ScriptedStep, what: string): Plan {
  return {
    pace: step.latency === undefined ? undefined : parseLatency(step.latency, `latency in ${what}`),
    reply: step.reply,
    mishap: mishapOf(step, what),
  };
}

function mishapOf(step: ScriptedStep, what: string): Mishap | undefined {
  const { fail, hang, hold } = step;
  if ([fail, hang, hold].filter((one) => one !== undefined).length > 1) {
    throw new HoldfastError('E_OPTION', `${what} must have only one of fail, hang and hold`);
  }
  const { afterChunks } = step;
  if (afterChunks !== undefined && !(Number.isSafeInteger(afterChunks) && afterChunks >= 0)) {
    throw new HoldfastError(
      'E_OPTION',
      `afterChunks in ${what} must be a whole number (0 or more), not ${String(afterChunks)}`,
    );
  }
  if (hold !== undefined) {
    if (!(hold instanceof Gate)) throw new HoldfastError('E_OPTION', `hold in ${what} must be a Gate`);
    return { kind: 'hold', gate: hold, afterChunks };
  }
  if (hang === true) return { kind: 'hang', afterChunks };
  if (fail === undefined) {
    if (afterChunks === undefined) return undefined;
    throw new HoldfastError('E_OPTION', `afterChunks in ${what} needs one of fail, hang and hold`);
  }
  if (fail === 'reset') return { kind: 'reset', afterChunks };
  if (fail === 'cut' || fail === 'garbage') return { kind: fail, afterChunks: afterChunks ?? 0 };
  if (fail === '429') {
    return { kind: 'status', status: fail, error: quotaError(step, what), afterChunks };
  }
  const error = typeof fail === 'string' && Object.hasOwn(failures, fail) ? failures[fail] : undefined;
  if (error === undefined) {
    throw new HoldfastError(
      'E_OPTION',
      `fail in ${what} must be one of 429, ${Object.keys(failures).join(', ')}, reset, cut and garbage (as strings), not ${String(fail)}`,
    );
  }
  return { kind: 'status', status: fail, error, afterChunks };
}

const failures: Readonly<Record<Exclude<FailureStatus, '429'>, (model: string) => GeminiErrorBody>> = {
  '400': () => invalidArgument('Request contains an invalid argument.'),
  '403': permissionDenied,
  '404': modelNotFound,
  '500': () => internal(),
  '503': overloaded,
  '504': deadlineExceeded,
};

function quotaError(step: QuotaStep, what: string): (model: string) => GeminiErrorBody {
  const { retryDelay = '53s', perDay = false } = step;
  const quotaValue = step.quotaValue ?? (perDay ? 250 : 10);
  if (!/^\d+(\.\d{1,9})?s$/.test(retryDelay)) {
    throw new HoldfastError(
      'E_OPTION',
      `retryDelay in ${what} must be seconds such as '53s', not '${retryDelay}'`,
    );
  }
  if (!(Number.isSafeInteger(quotaValue) && quotaValue >= 0)) {
    throw new HoldfastError(
      'E_OPTION',
      `quotaValue in ${what} must be a whole number (0 or more), not ${String(quotaValue)}`,
    );
  }
  const quota = perDay ? 'requestsPerDay' : 'requestsPerMinute';
  return (model) => quotaExceeded({ model, retryDelay, quota, quotaValue });
}
