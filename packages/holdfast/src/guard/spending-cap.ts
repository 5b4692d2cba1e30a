import type { Clock } from '../lib/clock.ts';
import { HoldfastError, HoldfastRefusedError } from '../lib/errors.ts';
import { Average } from './average.ts';
import { nextPacificMidnight } from './pacific-day.ts';

/** Money set aside for one call. */
export interface Reservation {
  /** What it cost, in dollars; the estimate if that is not known. Counts once. */
  settle(usd?: number): void;
  /** It cost nothing. */
  cancel(): void;
}

export interface ScopeSpending {
  readonly spent: number;
  /** Set aside for calls under way. */
  readonly reserved: number;
  readonly cap: number;
}

interface Account {
  spent: number;
  reserved: number;
}

/** Dollars that each scope may spend in a day, from midnight to midnight in Los Angeles as the provider counts days. */
export class SpendingCap {
  readonly #clock: Clock;
  readonly #capOf: (scope: string) => number;
  readonly #accounts = new Map<string, Account>();
  readonly #usd = new Average();
  #resetsAt: number;

  /** @param cap dollars a day of every scope, or of each; `Infinity` for none. @throws E_OPTION */
  constructor(clock: Clock, cap: number | ((scope: string) => number)) {
    this.#clock = clock;
    this.#capOf = typeof cap === 'function' ? (scope) => checkCap(cap(scope)) : () => cap;
    if (typeof cap === 'number') checkCap(cap);
    this.#resetsAt = nextPacificMidnight(clock.wall());
  }

  /**
   * @param estimate dollars; the average of the last calls unless said
   * @throws E_SPENT where the estimate does not fit into what is left of the day, or nothing is left.
   */
  reserve(scope: string, estimate = this.#usd.value): Reservation {
    this.#turnDay();
    const cap = this.#capOf(scope);
    const account = this.#accounts.get(scope) ?? { spent: 0, reserved: 0 };
    const left = cap - account.spent - account.reserved;
    if (left <= 0 || estimate > left) {
      throw new HoldfastRefusedError(
        'E_SPENT',
        `the scope has no dollars left for this call today: its cap is $${cap}, spent or set aside are $${(account.spent + account.reserved).toFixed(4)}`,
        { retryAt: cap <= 0 || estimate > cap ? Number.POSITIVE_INFINITY : this.#resetsAt },
      );
    }
    this.#accounts.set(scope, account);
    account.reserved += estimate;
    let over = false;
    const end = (usd: number) => {
      if (over) return;
      over = true;
      account.reserved -= estimate;
      // A call that ends after midnight is paid by the day that it ends in.
      this.#turnDay();
      const today = this.#accounts.get(scope) ?? { spent: 0, reserved: 0 };
      this.#accounts.set(scope, today);
      today.spent += usd;
    };
    const settle = (usd?: number) => {
      if (usd !== undefined && !over) this.#usd.add(usd);
      end(usd ?? estimate);
    };
    return { settle, cancel: () => end(0) };
  }

  status(): Record<string, ScopeSpending> {
    this.#turnDay();
    const entries = [...this.#accounts].map(([scope, account]) => [
      scope,
      { ...account, cap: this.#capOf(scope) },
    ]);
    return Object.fromEntries(entries) as Record<string, ScopeSpending>;
  }

  #turnDay(): void {
    const wall = this.#clock.wall();
    if (wall < this.#resetsAt) return;
    for (const [scope, account] of this.#accounts) {
      if (account.reserved > 0) account.spent = 0;
      else this.#accounts.delete(scope);
    }
    this.#resetsAt = nextPacificMidnight(wall);
  }
}

function checkCap(cap: number): number {
  if (cap >= 0) return cap;
  throw new HoldfastError('E_OPTION', `dollarsPerDay must be 0 or more, not ${String(cap)}`);
}
