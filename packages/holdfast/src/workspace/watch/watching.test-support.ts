import type { SourceChange, WatchState, WorkspaceEvent } from '../../events/event.ts';
import { ManualClock, settled } from '../../testing/manual-clock.ts';
import type { Disk } from '../disk.test-support.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../index.ts';
import { ScriptedPlatform } from './scripted-platform.test-support.ts';
import type { Watcher } from './watcher.ts';

/** A workspace on a disk in memory that is watched, and everything that it told. */
export class Watching {
  readonly disk: Disk;
  readonly clock = new ManualClock();
  readonly platform: ScriptedPlatform;
  readonly changes: SourceChange[] = [];
  readonly states: WatchState[] = [];
  /** Each that was told, with the state at that moment. */
  readonly revisions: (readonly [WatchState['state'], number])[] = [];
  readonly warnings: Extract<WorkspaceEvent, { type: 'workspace.warning' }>[] = [];
  readonly errors: unknown[] = [];
  workspace!: Workspace;
  watch!: Watcher;
  #turns: (() => void)[] = [];

  private constructor(disk: Disk) {
    this.disk = disk;
    this.platform = new ScriptedPlatform(disk);
  }

  static async open(disk: Disk, options: WorkspaceOptions = {}): Promise<Watching> {
    const watching = new Watching(disk);
    const { clock, platform } = watching;
    const workspace = await openWorkspace('/r', {
      fileSystem: disk,
      clock: {
        now: () => clock.now(),
        wall: () => disk.wall,
        setTimeout: (callback, milliseconds) => clock.setTimeout(callback, milliseconds),
      },
      scheduler: { immediate: (callback) => void watching.#turns.push(callback) },
      watchPlatform: platform,
      paranoid: false,
      ...options,
    });
    watching.workspace = workspace;
    watching.watch = workspace.watch as Watcher;
    const { revisions } = watching;
    watching.watch.subscribe((event) => watching.#note(event));
    watching.watch.onRevision(() => {
      revisions.push([workspace.status().state, watching.watch.revision]);
    });
    return watching;
  }

  /** Lets the event loop go round, if something waits for that. */
  turn(): void {
    const turns = this.#turns;
    this.#turns = [];
    for (const callback of turns) callback();
  }

  /** Lets everything go on that does not wait for time. @throws where that has no end */
  async rest(): Promise<void> {
    let left = 1_000;
    do {
      left -= 1;
      if (left === 0) throw new Error(`it never rests: ${JSON.stringify(this.workspace.status())}`);
      this.platform.work();
      this.platform.deliver();
      this.turn();
      await settled();
    } while (this.platform.isBusy || this.#turns.length > 0);
  }

  /** The same, for so many milliseconds, in steps of so many. */
  async pass(milliseconds: number, step = 5): Promise<void> {
    await this.rest();
    for (let left = milliseconds; left > 0; left -= step) {
      await this.clock.advance(Math.min(step, left));
      await this.rest();
    }
  }

  /** Time passes until it settles; no longer than 30 s. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    await this.rest();
    for (let passed = 0; !done; passed += 50) {
      if (passed > 30_000) throw new Error(`still waiting, ${JSON.stringify(this.workspace.status())}`);
      await this.clock.advance(50);
      await this.rest();
    }
    return work;
  }

  sync(): Promise<void> {
    return this.finish(this.workspace.sync());
  }

  /** @throws where a timer is left */
  async close(): Promise<void> {
    await this.finish(this.workspace.close());
    await settled();
    if (this.clock.timers > 0) throw new Error(`${this.clock.timers} timers are left`);
    if (this.platform.live > 0) throw new Error('a session is left open');
  }

  #note(event: WorkspaceEvent): void {
    if (event.type === 'workspace.state') this.states.push(event.status);
    else if (event.type === 'workspace.changed') this.changes.push(...event.changes);
    else if (event.type === 'workspace.warning') this.warnings.push(event);
    else this.errors.push(event.error);
  }
}
