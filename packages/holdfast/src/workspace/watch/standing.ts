import type { WatchState } from '../../events/event.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Telling } from './telling.ts';

/** How the watching stands, and how much was heard: what everybody else goes by. */
export class Standing {
  /** As in `Watch`. */
  revision = -1;
  #status: WatchState = { state: 'UNKNOWN', epoch: 0, reason: 'nothing is watched yet' };
  #count = 0;
  readonly #telling: Telling;
  readonly #clock: Pick<Clock, 'setTimeout'>;
  readonly #onRevision = new Set<() => void>();
  readonly #whenMoved = new Set<() => void>();

  constructor(telling: Telling, clock: Pick<Clock, 'setTimeout'>) {
    this.#telling = telling;
    this.#clock = clock;
  }

  get status(): WatchState {
    return this.#status;
  }

  get isOff(): boolean {
    return this.#status.state === 'OFF';
  }

  /** A revision that nobody was told of: later than whatever was. */
  next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** Puts the revision where everybody sees it. */
  publish(): void {
    const revision = this.#status.state === 'LIVE' ? this.#count : -1;
    if (revision === this.revision) return;
    this.revision = revision;
    for (const listener of [...this.#onRevision]) this.#telling.guard(listener);
  }

  enter(status: WatchState): void {
    this.#status = status;
    this.publish();
    this.#telling.tell({ type: 'workspace.state', status });
    const waiting = [...this.#whenMoved];
    this.#whenMoved.clear();
    for (const wake of waiting) wake();
  }

  onRevision(listener: () => void): () => void {
    // A wrapper, so that one function registered twice is two listeners.
    const own = (): void => listener();
    this.#onRevision.add(own);
    return () => void this.#onRevision.delete(own);
  }

  /** Resolves when the state is another one, or so many milliseconds have passed. Keeps the process alive until then. */
  moved(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#whenMoved.delete(wake);
        resolve();
      };
      const timer = this.#clock.setTimeout(wake, limit);
      this.#whenMoved.add(wake);
    });
  }

  clear(): void {
    this.#onRevision.clear();
  }
}
