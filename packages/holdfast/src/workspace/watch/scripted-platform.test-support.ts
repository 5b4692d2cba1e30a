import type { DirectoryIdentity, Disk } from '../disk.test-support.ts';
import type { Hint, WatchPlatform, WatchReport, WatchSession } from './platform.ts';

type Order =
  | { readonly type: 'arm'; readonly path: string }
  | { readonly type: 'disarm'; readonly path: string }
  | { readonly type: 'sync'; readonly id: number };
type Refusal = Extract<WatchReport, { type: 'refused' }>;

/** What goes wrong on the way of hints, if anything: it gets those of a batch, and what it returns is told. */
export type Mangle = (hints: readonly Hint[]) => readonly Hint[];

const reasons: Readonly<Record<string, Refusal['reason']>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  EACCES: 'forbidden',
};

/**
 * The kernel's and the thread's part on a disk in memory. Nothing happens by itself: a test carries out orders by `work`, and
 * has what the platform says heard by `deliver`, one report at a time and in the order of the kernel.
 */
export class ScriptedPlatform implements WatchPlatform {
  readonly name = 'scripted';
  /** Sessions that were opened, and those that are. */
  opened = 0;
  live = 0;
  /** What `open` throws. */
  failure: Error | undefined;
  /** Why directories are refused, whatever they are. */
  refuse: (path: string) => Pick<Refusal, 'reason' | 'code'> | undefined = () => undefined;
  /** How syncs are answered; `silent`: not at all. */
  answer: 'synced' | 'unwritable' | 'missed' | 'silent' = 'synced';
  /** Orders are not carried out. */
  hangs = false;
  mangle: Mangle = (hints) => hints;
  /** Every directory that was asked for, in order. */
  readonly asked: string[] = [];
  readonly #disk: Disk;
  #session: ScriptedSession | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
    disk.heard = (directory, name, structural) => this.#session?.hear(directory, name, structural);
  }

  open(report: (report: WatchReport) => void): WatchSession {
    if (this.failure !== undefined) throw this.failure;
    this.opened += 1;
    this.live += 1;
    this.#session = new ScriptedSession(this, this.#disk, report);
    return this.#session;
  }

  /** Directories that are armed. */
  get armed(): string[] {
    return this.#session?.armed ?? [];
  }

  /** Whether there is anything to carry out or to deliver. */
  get isBusy(): boolean {
    return this.#session?.isBusy ?? false;
  }

  /** Carries out so many orders. */
  work(most = Number.POSITIVE_INFINITY): void {
    if (!this.hangs) this.#session?.work(most);
  }

  /** Has so many reports heard. */
  deliver(most = Number.POSITIVE_INFINITY): void {
    this.#session?.deliver(most);
  }

  /** Says something that a test wants said, after everything that was said. */
  say(report: WatchReport): void {
    this.#session?.say(report);
  }
}

class ScriptedSession implements WatchSession {
  readonly #platform: ScriptedPlatform;
  readonly #disk: Disk;
  readonly #report: (report: WatchReport) => void;
  readonly #watched = new Map<string, DirectoryIdentity>();
  #hints: Hint[] = [];
  readonly #orders: Order[] = [];
  readonly #outbox: WatchReport[] = [];
  #ended = false;

  constructor(platform: ScriptedPlatform, disk: Disk, report: (report: WatchReport) => void) {
    this.#platform = platform;
    this.#disk = disk;
    this.#report = report;
  }

  get armed(): string[] {
    return [...this.#watched.keys()];
  }

  get isBusy(): boolean {
    const working = this.#orders.length > 0 && !this.#platform.hangs;
    return !this.#ended && (working || this.#hints.length > 0 || this.#outbox.length > 0);
  }

  arm(directories: readonly string[]): void {
    this.#platform.asked.push(...directories);
    this.#orders.push(...directories.map((path) => ({ type: 'arm', path }) as const));
  }

  armFiles(): void {
    throw new Error('no disk in memory has hard links');
  }

  disarm(paths: readonly string[]): void {
    this.#orders.push(...paths.map((path) => ({ type: 'disarm', path }) as const));
  }

  sync(id: number): void {
    this.#orders.push({ type: 'sync', id });
  }

  async close(): Promise<void> {
    this.#end();
  }

  /** What the kernel says of a directory that is watched, by whatever path it was. */
  hear(directory: DirectoryIdentity, name: string | undefined, structural: boolean): void {
    for (const [path, identity] of this.#watched) {
      if (identity === directory) this.#hints.push({ directory: path, name, structural });
    }
  }

  work(most: number): void {
    this.#flush();
    for (let count = 0; count < most && this.#orders.length > 0 && !this.#ended; count += 1) {
      this.#carryOut(this.#orders.shift() as Order);
    }
  }

  deliver(most: number): void {
    this.#flush();
    for (let count = 0; count < most && this.#outbox.length > 0 && !this.#ended; count += 1) {
      const report = this.#outbox.shift() as WatchReport;
      // A test may have it say what no platform should.
      if ((report as WatchReport | undefined)?.type === 'died') this.#end();
      this.#report(report);
    }
  }

  say(report: WatchReport): void {
    this.#flush();
    this.#outbox.push(report);
  }

  /** As the thread does: a directory that is not what it was is lost, and armed anew if it is there. */
  #flush(): void {
    const hints = this.#platform.mangle(this.#hints);
    this.#hints = [];
    if (hints.length > 0) this.#outbox.push({ type: 'touched', hints });
    for (const { directory, name } of hints) {
      if (name === undefined && this.#watched.has(directory)) this.#look(directory);
    }
  }

  #look(path: string): void {
    try {
      if (this.#disk.watched(path) === this.#watched.get(path)) return;
    } catch (error) {
      // A directory that may not be read any more is still told of.
      if (codeOf(error) === 'EACCES') return;
    }
    this.#watched.delete(path);
    this.#outbox.push({ type: 'lost', directory: path, code: undefined });
  }

  #carryOut(order: Order): void {
    if (order.type === 'arm') this.#outbox.push(this.#arm(order.path));
    else if (order.type === 'disarm') this.#watched.delete(order.path);
    else if (this.#platform.answer === 'synced') this.#outbox.push({ type: 'synced', id: order.id });
    else if (this.#platform.answer !== 'silent') {
      this.#outbox.push({ type: 'unsynced', id: order.id, reason: this.#platform.answer });
    }
  }

  #arm(path: string): WatchReport {
    const refusal = this.#platform.refuse(path);
    this.#watched.delete(path);
    if (refusal !== undefined) return { type: 'refused', directory: path, ...refusal };
    try {
      this.#watched.set(path, this.#disk.watched(path));
      return { type: 'armed', directories: [path] };
    } catch (error) {
      const code = codeOf(error);
      return { type: 'refused', directory: path, reason: reasons[code] ?? 'failed', code };
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#platform.live -= 1;
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'UNKNOWN';
}
