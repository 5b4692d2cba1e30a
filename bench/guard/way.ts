/** Ways to call a provider. */
export type WayName = 'unprotected' | 'p-retry' | 'cockatiel' | 'holdfast';

/** The same for everybody. */
export interface Terms {
  /** Milliseconds from the call on after which nobody wants the answer any more. */
  readonly deadline: number;
  /** Requests at a time that the provider is known to take. */
  readonly concurrency: number;
  /** Callers that may wait for one of them to end. */
  readonly queue: number;
  /** Milliseconds of the first back-off at most; it doubles. */
  readonly backOff: number;
  readonly retries: number;
  /** Milliseconds that a breaker stays open at first, and at most. */
  readonly rest: number;
  readonly longestRest: number;
}

export type Work = (signal: AbortSignal) => Promise<string>;

export interface Way {
  call(work: Work, scope: string): Promise<string>;
}

/** Each loads its library only when it is asked for. */
export const ways: Readonly<Record<WayName, (terms: Terms) => Promise<Way>>> = {
  unprotected: async (terms) => (await import('./unprotected.ts')).unprotected(terms),
  'p-retry': async (terms) => (await import('./p-retry.ts')).retrying(terms),
  cockatiel: async (terms) => (await import('./cockatiel.ts')).withCockatiel(terms),
  holdfast: async (terms) => (await import('./holdfast.ts')).withHoldfast(terms),
};

/** What a provider's client throws where the status is none of success. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the provider answered ${status}`);
    this.status = status;
  }
}
