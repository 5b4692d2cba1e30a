import { Cookies } from './cookies.ts';
import type { Kernel } from './kernel.ts';
import type { WatchReport } from './platform.ts';

type Answer = Extract<WatchReport, { type: 'synced' | 'unsynced' }>;

/** The kernel tells within milliseconds; in milliseconds. */
const patience = 2_000;

interface Group {
  readonly ids: readonly number[];
  cookie: number;
  state: 'waiting' | 'seen' | 'late';
  stopTimer(): void;
}

/** Those who wait for a cookie. The ones that asked in the same turn share one. */
export class Syncs {
  readonly #kernel: Kernel;
  readonly #cookies: Cookies;
  readonly #wake: () => void;
  #groups: Group[] = [];
  #asked: number[] = [];
  #again = false;

  /** @param places directories for cookies. @param wake asks for a turn. @param made told of what is to be removed */
  constructor(
    kernel: Kernel,
    places: readonly string[],
    wake: () => void,
    made: (directory: string) => void,
  ) {
    this.#kernel = kernel;
    this.#wake = wake;
    this.#cookies = new Cookies(kernel, places, {
      seen: (cookie) => this.#see(cookie),
      lost: () => this.leaveAgain(),
      made,
    });
  }

  ask(id: number): void {
    this.#asked.push(id);
  }

  /** The cookies that were left may never be seen. Others are left: what is told of them comes later still. */
  leaveAgain(): void {
    this.#again = this.#groups.length > 0;
    if (this.#again) this.#wake();
  }

  /** At the end of a turn. @returns what is to be told after everything else of it */
  settle(): Answer[] {
    const settled = this.#groups.filter(({ state }) => state !== 'waiting');
    const reports = settled.flatMap((group): Answer[] =>
      group.state === 'seen'
        ? group.ids.map((id) => ({ type: 'synced', id }))
        : unsynced(group.ids, 'missed'),
    );
    this.#drop(settled);
    if (this.#again) reports.push(...this.#leaveForAll());
    if (this.#asked.length > 0) reports.push(...this.#leaveForAsked());
    return reports;
  }

  close(): void {
    this.#drop(this.#groups);
    this.#cookies.close();
  }

  #leaveForAsked(): Answer[] {
    const ids = this.#asked;
    this.#asked = [];
    const cookie = this.#cookies.leave();
    if (cookie === undefined) return unsynced(ids, 'unwritable');
    const stopTimer = this.#kernel.after(patience, () => {
      // If the process was stopped, what the kernel has told meanwhile is read before the turn.
      if (group.state === 'waiting') group.state = 'late';
      this.#wake();
    });
    const group: Group = { ids, cookie, state: 'waiting', stopTimer };
    this.#groups.push(group);
    return [];
  }

  #leaveForAll(): Answer[] {
    this.#again = false;
    if (this.#groups.length === 0) return [];
    const cookie = this.#cookies.leave();
    if (cookie !== undefined) {
      for (const group of this.#groups) group.cookie = cookie;
      return [];
    }
    const groups = this.#groups;
    this.#drop(groups);
    return unsynced(
      groups.flatMap(({ ids }) => ids),
      'unwritable',
    );
  }

  #see(cookie: number): void {
    for (const group of this.#groups) if (group.cookie <= cookie) group.state = 'seen';
    this.#wake();
  }

  #drop(groups: readonly Group[]): void {
    for (const group of groups) group.stopTimer();
    this.#groups = this.#groups.filter((group) => !groups.includes(group));
  }
}

function unsynced(ids: readonly number[], reason: 'missed' | 'unwritable'): Answer[] {
  return ids.map((id) => ({ type: 'unsynced', id, reason }));
}
