import type { AdmissionStatus } from './admission.ts';
import type { Breaker } from './breaker.ts';
import type { Parts } from './call.ts';
import type { LineStatus } from './rate-limiter.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { ScopeSpending } from './spending-cap.ts';

export type BreakerStatus =
  | { readonly kind: 'closed'; readonly consecutive: number }
  /** Milliseconds until it is tried again; 0 when the next call tries it. */
  | { readonly kind: 'open'; readonly triedIn: number }
  | { readonly kind: 'half-open'; readonly probing: number; readonly succeeded: number };

/** What a guard is doing; plain JSON. */
export interface GuardStatus {
  readonly closed: boolean;
  readonly admission: AdmissionStatus;
  /** Each project and model that was asked for. */
  readonly lines: readonly LineStatus[];
  readonly breakers: Readonly<Record<string, BreakerStatus>>;
  /** Retries that each model has left. */
  readonly retries: Readonly<Record<string, number>>;
  /** Dollars today. */
  readonly spending: Readonly<Record<string, ScopeSpending>>;
}

export interface Watched {
  readonly parts: Parts;
  readonly breakers: Iterable<[string, Breaker]>;
  readonly budgets: Iterable<[string, RetryBudget]>;
  readonly isClosed: boolean;
}

export async function collectStatus({ parts, breakers, budgets, isClosed }: Watched): Promise<GuardStatus> {
  const now = parts.clock.now();
  return {
    closed: isClosed,
    admission: parts.admission.status(),
    lines: await parts.limiter.status(),
    breakers: Object.fromEntries([...breakers].map(([model, breaker]) => [model, statusOf(breaker, now)])),
    retries: Object.fromEntries([...budgets].map(([model, budget]) => [model, budget.balance])),
    spending: parts.spending.status(),
  };
}

function statusOf({ state }: Breaker, now: number): BreakerStatus {
  switch (state.kind) {
    case 'closed':
      return { kind: 'closed', consecutive: state.consecutive };
    case 'open':
      return { kind: 'open', triedIn: Math.max(0, state.until - now) };
    case 'half-open':
      return { kind: 'half-open', probing: state.probing, succeeded: state.succeeded };
  }
}
