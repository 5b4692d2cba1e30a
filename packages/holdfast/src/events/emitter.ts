import { type Channel, channel } from 'node:diagnostics_channel';
import { HoldfastError } from '../lib/errors.ts';
import type { EventName, EventOf, HoldfastEvent, Listener } from './event.ts';

/** Every event of every cache of the process is published here, if anybody subscribed. */
export const channelName = 'holdfast:event';

/** The names, for checking what `on` is asked for; `Record` makes the compiler keep it whole. */
const names: Readonly<Record<EventName, true>> = {
  'call.settled': true,
  'generation.started': true,
  'generation.succeeded': true,
  'generation.restarted': true,
  'generation.failed': true,
  'generation.abandoned': true,
  'entry.committed': true,
  'entry.fenced': true,
  'entry.evicted': true,
  'entry.oversized': true,
  'entries.invalidated': true,
  'entries.expired': true,
  'entry.restored': true,
  'dependency.changed': true,
  'dependency.untracked': true,
  'entry.unstorable': true,
  'record.refused': true,
  'store.failed': true,
  'store.recovered': true,
  'refresh.settled': true,
  'store.missed': true,
  'cache.closed': true,
  'workspace.state': true,
  'workspace.changed': true,
  'workspace.warning': true,
  'workspace.error': true,
};

/** The name of every event that there is. */
export const eventNames = Object.keys(names) as readonly EventName[];

/** A subscription: call it, or let `using` end it. */
export interface Subscription extends Disposable {
  (): void;
}

/**
 * Tells listeners of one cache, and the process-wide diagnostics channel. An event object is built only if somebody
 * listens: callers ask `wants(name)` first.
 */
export class Emitter {
  readonly #listeners = new Map<EventName, Set<(event: HoldfastEvent) => unknown>>();
  readonly #channel: Channel = channel(channelName);

  on<N extends EventName>(name: N, listener: Listener<N>): Subscription {
    if (!Object.hasOwn(names, name)) {
      throw new HoldfastError('E_OPTION', `there is no event '${name}'; there are ${eventNames.join(', ')}`);
    }
    if (typeof listener !== 'function') {
      throw new HoldfastError(
        'E_OPTION',
        `the listener of '${name}' must be a function, not ${typeof listener}`,
      );
    }
    // A wrapper, so that one function registered twice is two subscriptions.
    const own = (event: HoldfastEvent): unknown => listener(event as EventOf<N>);
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(own));
    const off = (): void => {
      set.delete(own);
      if (set.size === 0 && this.#listeners.get(name) === set) this.#listeners.delete(name);
    };
    return Object.assign(off, { [Symbol.dispose]: off });
  }

  wants(name: EventName): boolean {
    return this.#channel.hasSubscribers || (this.#listeners.size > 0 && this.#listeners.has(name));
  }

  emit(event: HoldfastEvent): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(event);
    const listeners = this.#listeners.get(event.type);
    if (listeners === undefined) return;
    // A copy: a listener that subscribes anew each time it is told would be told for ever.
    for (const listener of [...listeners]) {
      if (!listeners.has(listener)) continue;
      try {
        const result = listener(event);
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

/** A listener must not change what a caller gets, nor be silently broken. */
function warn({ type }: HoldfastEvent, error: unknown): void {
  process.emitWarning(
    `a listener of '${type}' threw: ${error instanceof Error ? error.name : typeof error}`,
    {
      type: 'HoldfastWarning',
      code: 'W_LISTENER',
    },
  );
}
