import { type Channel, channel } from 'node:diagnostics_channel';
import type { Subscription } from '../events/emitter.ts';
import type { RefusalCode } from '../lib/errors.ts';
import type { BreakerState } from './breaker.ts';
import type { Failure } from './failure.ts';
import type { RetryDecision } from './retry.ts';

/** Every event of every guard of the process is published here, if anybody subscribed. */
export const guardChannelName = 'holdfast:guard';

interface Target {
  readonly project: string;
  readonly model: string;
}

/** Everything that happens in a guard. Times are milliseconds; no prompt and no answer is in any. */
export type GuardEvent =
  | (Target & { readonly type: 'attempt.started'; readonly scope: string; readonly attempt: number })
  | (Target & {
      readonly type: 'attempt.succeeded';
      readonly scope: string;
      readonly attempt: number;
      readonly took: number;
    })
  | (Target & {
      readonly type: 'attempt.failed';
      readonly scope: string;
      readonly attempt: number;
      readonly took: number;
      /** `aborted`: its caller left. */
      readonly failure: Failure | { readonly kind: 'aborted' };
    })
  /** What follows from a failure. */
  | (Target & { readonly type: 'retry.decided'; readonly scope: string; readonly decision: RetryDecision })
  | (Target & {
      readonly type: 'call.refused';
      readonly scope: string;
      readonly code: RefusalCode;
      readonly retryAt: number;
    })
  /** The provider said when to come back: nothing is sent until then. */
  | (Target & { readonly type: 'model.parked'; readonly milliseconds: number; readonly perDay: boolean })
  | { readonly type: 'breaker.changed'; readonly model: string; readonly state: BreakerState['kind'] }
  /** The counts of the limits could not be told what a provider had said. */
  | (Target & { readonly type: 'quota.failed'; readonly error: unknown })
  | { readonly type: 'guard.closed' };

export type GuardListener = (event: GuardEvent) => void;

/** Tells the listeners of one guard, and the process-wide channel. */
export class GuardEvents {
  readonly #listeners = new Set<{ readonly tell: GuardListener }>();
  readonly #channel: Channel = channel(guardChannelName);

  on(listener: GuardListener): Subscription {
    const own = { tell: listener };
    this.#listeners.add(own);
    const off = (): void => {
      this.#listeners.delete(own);
    };
    return Object.assign(off, { [Symbol.dispose]: off });
  }

  /** Whether an event is worth building. */
  get isHeard(): boolean {
    return this.#listeners.size > 0 || this.#channel.hasSubscribers;
  }

  emit(event: GuardEvent): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(event);
    for (const own of [...this.#listeners]) {
      if (!this.#listeners.has(own)) continue;
      try {
        const result: unknown = own.tell(event);
        // An asynchronous listener throws by rejecting, and nobody else looks at its promise.
        if (result instanceof Promise) result.catch((error: unknown) => warn(event, error));
      } catch (error) {
        warn(event, error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}

function warn({ type }: GuardEvent, error: unknown): void {
  const what = error instanceof Error ? error.name : typeof error;
  process.emitWarning(`a listener of the guard threw at '${type}': ${what}`, {
    type: 'HoldfastWarning',
    code: 'W_LISTENER',
  });
}
