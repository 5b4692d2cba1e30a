import { HoldfastError } from '../lib/errors.ts';

export interface RetryBudgetOptions {
  /** Retries for each call that the provider was asked for, 0 to 1; 0.1 unless said. */
  readonly share?: number;
  /** Most that can be saved up, and what there is at the start; 10 unless said. */
  readonly burst?: number;
}

/**
 * A bucket of tokens: every call that the provider was asked for puts in a share of one, every retry takes one. However
 * sick the provider is, it sees no more than `burst` + `share` × calls retries.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #burst: number;
  #balance: number;

  /** @throws E_OPTION */
  constructor({ share = 0.1, burst = 10 }: RetryBudgetOptions = {}) {
    if (!(share >= 0 && share <= 1)) throw bad('retry.budget.share', 'from 0 to 1', share);
    if (!(burst >= 0)) throw bad('retry.budget.burst', 'of 0 or more', burst);
    this.#share = share;
    this.#burst = burst;
    this.#balance = burst;
  }

  /** Retries that could be made now. */
  get balance(): number {
    return this.#balance;
  }

  /** As many as there were at the start. */
  get isFull(): boolean {
    return this.#balance >= this.#burst;
  }

  call(): void {
    this.#balance = Math.min(this.#burst, this.#balance + this.#share);
  }

  /** Whether there is one; if so, it is spent. */
  take(): boolean {
    // Ten tenths are a little less than one.
    if (this.#balance < 1 - 1e-9) return false;
    this.#balance = Math.max(0, this.#balance - 1);
    return true;
  }
}

function bad(name: string, range: string, value: unknown): HoldfastError {
  return new HoldfastError('E_OPTION', `${name} must be a number ${range}, not ${String(value)}`);
}
