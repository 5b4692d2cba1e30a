import type { Clock, Timer } from '../../lib/clock.ts';
import type { WatchPlatform, WatchReport, WatchSession } from './platform.ts';

const firstRestart = 250;
const longestRestart = 30_000;
/** So many deaths in a row are often. */
const manyDeaths = 3;
/** Whoever has lived for so long starts afresh. */
const fullLife = 60_000;
/** Milliseconds that a session has to say something in; and to say something at all, as starting may be slow on a busy machine. */
const answerTime = 5_000;
const startTime = 30_000;

/** What a lifeline tells. None of these may throw. */
export interface LifelineListener {
  hear(report: WatchReport): void;
  /** A session is open, in which nothing is armed. */
  begun(): void;
  /** @param often there were several in a row; it is started again all the same, after a while */
  died(error: Error, often: boolean): void;
}

export type SyncAnswer = 'synced' | 'unwritable' | 'missed' | 'gone';

/** Keeps a session of a platform open: when it dies, another one is started, after 0.25 s, then twice as long, up to 30 s. */
export class Lifeline {
  readonly #platform: WatchPlatform;
  readonly #clock: Pick<Clock, 'now' | 'setTimeout'>;
  readonly #listener: LifelineListener;
  #session: WatchSession | undefined;
  /** Sessions that are on their way out. */
  readonly #ending = new Set<Promise<void>>();
  /** It has said something, so that it has started. */
  #hasSpoken = false;
  #isClosed = false;
  #timer: Timer | undefined;
  #deaths = 0;
  #aliveSince = Number.POSITIVE_INFINITY;
  #lastSync = 0;
  readonly #syncs = new Map<number, (answer: SyncAnswer) => void>();
  #onHeard: (() => void)[] = [];

  constructor(platform: WatchPlatform, clock: Pick<Clock, 'now' | 'setTimeout'>, listener: LifelineListener) {
    this.#platform = platform;
    this.#clock = clock;
    this.#listener = listener;
  }

  get name(): string {
    return this.#platform.name;
  }

  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  open(): void {
    if (this.#session !== undefined || this.#isClosed) return;
    let session: WatchSession | undefined;
    const report = (heard: WatchReport): void => {
      if (session !== undefined && this.#session !== session) return;
      try {
        this.#hear(heard);
      } catch (error) {
        this.#listener.hear({ type: 'error', error: asError(error) });
      }
    };
    try {
      session = this.#platform.open(report);
    } catch (error) {
      this.#lose(asError(error));
      return;
    }
    this.#session = session;
    this.#hasSpoken = false;
    this.#listener.begun();
  }

  arm(directories: readonly string[]): void {
    this.#session?.arm(directories);
  }

  armFiles(files: readonly string[]): void {
    this.#session?.armFiles(files);
  }

  disarm(directories: readonly string[]): void {
    this.#session?.disarm(directories);
  }

  /** Asks the session to tell everything that has happened. Never rejects. */
  sync(limit: number): Promise<SyncAnswer> {
    const session = this.#session;
    if (session === undefined) return Promise.resolve('gone');
    this.#lastSync += 1;
    const id = this.#lastSync;
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => this.#answer(id, 'missed'), limit);
      this.#syncs.set(id, (answer) => {
        timer.cancel();
        resolve(answer);
      });
      session.sync(id);
    });
  }

  /**
   * Resolves when anything is heard, or nothing will be any more: a session that says nothing for too long is as good as
   * dead. @param alive keeps the process alive meanwhile
   */
  heard(alive: boolean): Promise<void> {
    if (this.#session === undefined) return Promise.resolve();
    const limit = this.#hasSpoken ? answerTime : startTime;
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => {
        if (this.#session === undefined) return;
        this.#lose(new Error(`the platform has not answered for ${limit} ms`));
      }, limit);
      if (!alive) timer.unref();
      this.#onHeard.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Watching works: deaths are counted from the beginning, if it goes on to. */
  lives(): void {
    this.#aliveSince = Math.min(this.#aliveSince, this.#clock.now());
  }

  /** No session is opened any more. Resolves when none is left; never rejects. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#isClosed = true;
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#end(session);
    this.#wake('gone');
    await Promise.all(this.#ending);
  }

  #hear(report: WatchReport): void {
    this.#hasSpoken = true;
    if (report.type === 'died') this.#lose(report.error);
    else if (report.type === 'synced') this.#answer(report.id, 'synced');
    else if (report.type === 'unsynced') this.#answer(report.id, report.reason);
    else this.#listener.hear(report);
    const waiting = this.#onHeard;
    this.#onHeard = [];
    for (const callback of waiting) callback();
  }

  #answer(id: number, answer: SyncAnswer): void {
    const resolve = this.#syncs.get(id);
    this.#syncs.delete(id);
    resolve?.(answer);
  }

  #wake(answer: SyncAnswer): void {
    for (const id of [...this.#syncs.keys()]) this.#answer(id, answer);
    const waiting = this.#onHeard;
    this.#onHeard = [];
    for (const callback of waiting) callback();
  }

  #lose(error: Error): void {
    if (this.#session !== undefined) this.#end(this.#session);
    this.#session = undefined;
    if (this.#clock.now() - this.#aliveSince > fullLife) this.#deaths = 0;
    this.#aliveSince = Number.POSITIVE_INFINITY;
    this.#deaths += 1;
    const wait = Math.min(longestRestart, firstRestart * 2 ** (this.#deaths - 1));
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => this.open(), wait);
    this.#timer.unref();
    this.#listener.died(error, this.#deaths >= manyDeaths);
    this.#wake('gone');
  }

  #end(session: WatchSession): void {
    const end = async (): Promise<void> => {
      try {
        await session.close();
      } catch (error) {
        this.#listener.hear({ type: 'error', error: asError(error) });
      }
    };
    const ended = end().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
