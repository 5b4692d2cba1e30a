import type { Clock } from '../lib/clock.ts';
import { type Duration, parseDuration } from '../lib/duration.ts';
import { HoldfastError, HoldfastRefusedError } from '../lib/errors.ts';

export interface BreakerOptions {
  /** Failures in a row that open it; 5 unless said. */
  readonly consecutive?: number;
  /** Share of failures in the window that opens it, 0 to 1; 0.5 unless said. */
  readonly failureRate?: number;
  /** `'30s'` unless said. */
  readonly window?: Duration;
  /** Calls that the window must have before its rate counts; 20 unless said. */
  readonly minimum?: number;
  /** How long it stays open at first; doubles with each probe that fails; `'5s'` unless said. */
  readonly rest?: Duration;
  /** `'1m'` unless said. */
  readonly longestRest?: Duration;
  /** Calls let through at the same time to try the provider, and successes that close the breaker; 2 unless said. */
  readonly probes?: number;
}

/** What the breaker is in; times are monotonic milliseconds. */
export type BreakerState =
  | { readonly kind: 'closed'; consecutive: number; readonly window: Window }
  | { readonly kind: 'open'; readonly until: number; readonly rest: number }
  | { readonly kind: 'half-open'; probing: number; succeeded: number; readonly rest: number };

/** One call through the breaker: it ends once; later ends are ignored, as are those of a state that is gone. */
export interface Passage {
  /** `unknown` says nothing of the provider. */
  end(health: 'well' | 'sick' | 'unknown'): void;
}

/** Stops asking a provider that fails, and finds out when it is well again. */
export class Breaker {
  readonly #clock: Clock;
  readonly #model: string;
  readonly #options: ParsedBreaker;
  readonly #changed: (state: BreakerState['kind']) => void;
  #state: BreakerState;

  constructor(
    clock: Clock,
    model: string,
    options: ParsedBreaker,
    changed: (state: BreakerState['kind']) => void = () => {},
  ) {
    this.#clock = clock;
    this.#model = model;
    this.#options = options;
    this.#changed = changed;
    this.#state = this.#closed();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** It knows nothing that a new one would not. */
  get isAtRest(): boolean {
    const { state } = this;
    return state.kind === 'closed' && state.consecutive === 0 && state.window.isEmpty(this.#clock.now());
  }

  /** Refuses where `enter` would, and takes no place. @throws E_CIRCUIT_OPEN */
  check(): void {
    const { state } = this;
    const now = this.#clock.now();
    if (state.kind === 'open' && state.until > now) throw this.#refusal(state.until - now);
    if (state.kind === 'half-open' && state.probing >= this.#options.probes) throw this.#refusal(state.rest);
  }

  /** @throws E_CIRCUIT_OPEN */
  enter(): Passage {
    this.check();
    if (this.#state.kind === 'open') {
      this.#become({ kind: 'half-open', probing: 0, succeeded: 0, rest: this.#state.rest });
    }
    const entered = this.#state;
    if (entered.kind === 'half-open') entered.probing += 1;
    let over = false;
    return {
      end: (health) => {
        if (over) return;
        over = true;
        if (this.#state === entered) this.#end(entered, health);
      },
    };
  }

  #end(state: BreakerState, health: 'well' | 'sick' | 'unknown'): void {
    if (state.kind === 'half-open') {
      state.probing -= 1;
      if (health === 'well') state.succeeded += 1;
      if (health === 'sick') this.#open(Math.min(state.rest * 2, this.#options.longestRest));
      else if (state.succeeded >= this.#options.probes) this.#become(this.#closed());
      return;
    }
    if (state.kind === 'open' || health === 'unknown') return;
    const { consecutive, failureRate, minimum } = this.#options;
    state.consecutive = health === 'sick' ? state.consecutive + 1 : 0;
    const { calls, failures } = state.window.add(this.#clock.now(), health === 'sick');
    const isOften = calls >= minimum && failures / calls >= failureRate;
    if (health === 'sick' && (state.consecutive >= consecutive || isOften)) this.#open(this.#options.rest);
  }

  #open(rest: number): void {
    this.#become({ kind: 'open', until: this.#clock.now() + rest, rest });
  }

  #closed(): BreakerState {
    return { kind: 'closed', consecutive: 0, window: new Window(this.#options.window) };
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#changed(state.kind);
  }

  #refusal(milliseconds: number): HoldfastRefusedError {
    return new HoldfastRefusedError(
      'E_CIRCUIT_OPEN',
      `model '${this.#model}' has been failing and is left alone: it is tried again in ${Math.ceil(milliseconds)} ms`,
      { retryAt: this.#clock.wall() + milliseconds },
    );
  }
}

const tenths = 10;

/** Calls and failures of the last while, to a tenth of it. */
export class Window {
  readonly #width: number;
  readonly #counts: { tenth: number; calls: number; failures: number }[] = [];

  constructor(milliseconds: number) {
    this.#width = milliseconds / tenths;
  }

  isEmpty(now: number): boolean {
    const last = this.#counts.at(-1);
    return last === undefined || last.tenth <= Math.floor(now / this.#width) - tenths;
  }

  add(now: number, failed: boolean): { readonly calls: number; readonly failures: number } {
    const tenth = Math.floor(now / this.#width);
    while ((this.#counts[0]?.tenth ?? tenth) <= tenth - tenths) this.#counts.shift();
    let last = this.#counts.at(-1);
    if (last?.tenth !== tenth) {
      last = { tenth, calls: 0, failures: 0 };
      this.#counts.push(last);
    }
    last.calls += 1;
    if (failed) last.failures += 1;
    let calls = 0;
    let failures = 0;
    for (const count of this.#counts) {
      calls += count.calls;
      failures += count.failures;
    }
    return { calls, failures };
  }
}

export interface ParsedBreaker {
  readonly consecutive: number;
  readonly failureRate: number;
  readonly window: number;
  readonly minimum: number;
  readonly rest: number;
  readonly longestRest: number;
  readonly probes: number;
}

/** @throws E_OPTION, E_DURATION */
export function parseBreaker(options: BreakerOptions = {}): ParsedBreaker {
  const { consecutive = 5, failureRate = 0.5, minimum = 20, probes = 2 } = options;
  for (const [name, value] of Object.entries({ consecutive, minimum, probes })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    const text = `breaker.${name} must be a whole number (1 or more), not ${String(value)}`;
    throw new HoldfastError('E_OPTION', text);
  }
  if (!(failureRate > 0 && failureRate <= 1)) {
    const text = `breaker.failureRate must be more than 0 and at most 1, not ${String(failureRate)}`;
    throw new HoldfastError('E_OPTION', text);
  }
  const window = parseDuration(options.window ?? '30s', 'breaker.window');
  if (!(window > 0 && window < Number.POSITIVE_INFINITY)) {
    throw new HoldfastError('E_OPTION', `breaker.window must be more than 0 and have an end, not ${window}`);
  }
  const rest = parseDuration(options.rest ?? '5s', 'breaker.rest');
  const longestRest = Math.max(rest, parseDuration(options.longestRest ?? '1m', 'breaker.longestRest'));
  return { consecutive, failureRate, window, minimum, rest, longestRest, probes };
}
