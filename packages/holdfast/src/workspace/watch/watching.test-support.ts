import { expect, onTestFinished } from 'vitest';
import type { SourceChange, WatchState, WorkspaceEvent } from '../../events/event.ts';
import type { SourceDependency } from '../../model/dependency.ts';
import { ManualClock, settled } from '../../testing/manual-clock.ts';
import { Disk } from '../disk.test-support.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../index.ts';
import type { WatchReport } from './platform.ts';
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

/** A workspace with these files, each with its own path as its content. It is closed when the test is over. */
export async function openWatching(
  files: readonly string[],
  options: WorkspaceOptions = {},
): Promise<Watching> {
  const disk = new Disk();
  disk.directory('/r');
  const made = new Set(['/r']);
  for (const path of files) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const directory = `/r/${path.slice(0, slash)}`;
      if (!made.has(directory)) disk.directory(directory);
      made.add(directory);
    }
    disk.file(`/r/${path}`, path);
  }
  const watching = await Watching.open(disk, options);
  onTestFinished(() => watching.close());
  return watching;
}

export async function read(watching: Watching, ...paths: string[]): Promise<SourceDependency[]> {
  const readings = paths.map((path) => watching.workspace.read(path));
  return (await watching.finish(Promise.all(readings))).map(({ dependency }) => dependency);
}

/** Read, and known by watching. */
export async function watched(watching: Watching, ...paths: string[]): Promise<SourceDependency[]> {
  const dependencies = await read(watching, ...paths);
  await watching.sync();
  expect(watching.watch.holds(dependencies, -1)).toBe(true);
  return dependencies;
}

export const stateOf = ({ workspace }: Watching) => workspace.status().state;
export const told = ({ changes }: Watching) => changes.map(({ type, name }) => `${type} ${name}`);

/** A hint in the root. */
export const touched = (name: string, structural = false): WatchReport => ({
  type: 'touched',
  hints: [{ directory: '/r', name, structural }],
});
