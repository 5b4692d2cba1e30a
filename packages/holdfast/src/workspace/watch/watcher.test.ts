import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WorkspaceEvent } from '../../events/event.ts';
import type { SourceDependency } from '../../model/dependency.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Disk } from '../disk.test-support.ts';
import { openWorkspace, type WorkspaceOptions } from '../index.ts';
import { Arming } from './arming.ts';
import { DirectoryMap } from './directory-map.ts';
import type { Inspector } from './inspection.ts';
import { Place } from './place.ts';
import type { WatchReport } from './platform.ts';
import { Settling } from './settling.ts';
import { Standing } from './standing.ts';
import { Telling } from './telling.ts';
import { Watching } from './watching.test-support.ts';

let disk: Disk;
const opened: Watching[] = [];

afterEach(async () => {
  for (const watching of opened.splice(0)) await watching.close();
});

/** `/r` with these files. */
async function open(files: readonly string[], options: WorkspaceOptions = {}): Promise<Watching> {
  disk = new Disk();
  disk.directory('/r');
  for (const path of files) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const directory = `/r/${parts.slice(0, depth).join('/')}`;
      if (!exists(directory)) disk.directory(directory);
    }
    disk.file(`/r/${path}`, path);
  }
  const watching = await Watching.open(disk, options);
  opened.push(watching);
  return watching;
}

function exists(path: string): boolean {
  try {
    disk.lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function read(watching: Watching, ...paths: string[]): Promise<SourceDependency[]> {
  const readings = paths.map((path) => watching.workspace.read(path));
  return (await watching.finish(Promise.all(readings))).map(({ dependency }) => dependency);
}

/** Read, and known by watching. */
async function watched(watching: Watching, ...paths: string[]): Promise<SourceDependency[]> {
  const dependencies = await read(watching, ...paths);
  await watching.sync();
  expect(watching.watch.holds(dependencies, -1)).toBe(true);
  return dependencies;
}

const state = ({ workspace }: Watching) => workspace.status().state;
const told = ({ changes }: Watching) => changes.map(({ type, name }) => `${type} ${name}`);
const touched = (name: string, structural = false): WatchReport => ({
  type: 'touched',
  hints: [{ directory: '/r', name, structural }],
});

describe('what is known by watching', () => {
  it('is what was looked at, and what a check found before it was looked at', async () => {
    const watching = await open(['a']);
    const [a] = await watched(watching, 'a');
    const before = watching.watch.revision;
    watching.platform.say(touched('a'));
    watching.platform.deliver();
    expect(watching.watch.holds([a as SourceDependency], before)).toBe(false);
    const since = watching.watch.revision;
    expect(since).toBeGreaterThan(before);
    expect(await watching.workspace.check([a as SourceDependency])).toEqual({ state: 'same' });
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(true);
  });

  it('is another revision when a look finds what nobody has told of', async () => {
    const watching = await open(['a']);
    const [a] = await watched(watching, 'a');
    watching.platform.say(touched('a'));
    watching.platform.deliver();
    const since = watching.watch.revision;
    await watching.workspace.check([a as SourceDependency]);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(true);
    // By another hard link, as it were.
    const { heard } = disk;
    disk.heard = () => {};
    disk.write('/r/a', 'other');
    disk.heard = heard;
    await watching.pass(50);
    expect(watching.watch.revision).toBeGreaterThan(since);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(false);
    expect(told(watching)).toEqual(['file a']);
  });

  it('is nothing of a place that makes room for others, and of its return nothing that was found before', async () => {
    const watching = await open(['a', 'b', 'c'], { maxWatched: 2 });
    const [a] = await watched(watching, 'a');
    const before = watching.watch.revision;
    await read(watching, 'b', 'c');
    expect(watching.watch.revision).toBeGreaterThan(before);
    expect(watching.watch.holds([a as SourceDependency], before)).toBe(false);
    disk.write('/r/a', 'changed while it was not watched');
    await watching.sync();
    const since = watching.watch.revision;
    await watching.workspace.check([a as SourceDependency]);
    await watching.sync();
    expect(watching.watch.holds([a as SourceDependency], before)).toBe(false);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(false);
    expect(watching.workspace.status().places).toBeLessThanOrEqual(2);
  });

  it('does not count what a check found on a way on which nothing was heard yet', async () => {
    const watching = await open(['b', 'c']);
    disk.link('/r/a', 'b');
    await watched(watching, 'a', 'b', 'c');
    disk.link('/r/a', 'c');
    watching.platform.deliver();
    const since = watching.watch.revision;
    const [c] = await read(watching, 'a');
    expect(await watching.workspace.check([c as SourceDependency])).toEqual({ state: 'same' });
    disk.write('/r/c', 'changed before the way was looked at');
    await watching.sync();
    expect(watching.watch.holds([c as SourceDependency], since)).toBe(false);
  });

  it('follows a folder in whose place a link is put', async () => {
    const watching = await open(['d/a', 'e/a']);
    await watched(watching, 'd/a');
    disk.link('/r/d', 'e');
    await watching.sync();
    expect(watching.platform.armed).toContain('/r/e');
    disk.write('/r/e/a', 'through the link');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/a', 'file d/a']);
    expect(watching.platform.armed).not.toContain('/r/d');
  });

  it('follows a way that has changed before its directories were armed', async () => {
    const watching = await open([]);
    disk.link('/r/d', 'a');
    watching.platform.hangs = true;
    await read(watching, 'd/c');
    await watching.pass(50);
    disk.directory('/r/a');
    watching.platform.hangs = false;
    await watching.sync();
    disk.write('/r/a/c', 'new');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/c']);
  });

  it('follows a folder that a link passes by `..`', async () => {
    const watching = await open(['a', 'd/x']);
    disk.link('/r/b', './d/../a');
    await watched(watching, 'b');
    disk.remove('/r/d');
    await watching.sync();
    expect(watching.changes).toMatchObject([{ name: 'b', now: 'absent' }]);
  });

  it('is as much of a search that follows links to where it does not search', async () => {
    const watching = await open(['d/x']);
    disk.link('/r/l', 'd/x');
    await watching.finish(watching.workspace.glob('*'));
    await watching.sync();
    disk.remove('/r/d/x');
    await watching.sync();
    expect(told(watching)).toEqual(['glob *']);
  });

  it('leaves out what happened in a new directory while a search was under way, until it has searched again', async () => {
    const watching = await open(['d/a', 'x']);
    await watched(watching, 'd/a', 'x');
    const searching = watching.workspace.glob('**/*');
    disk.file('/r/d/b');
    await watching.finish(searching);
    let entered = false;
    disk.before = (operation, path) => {
      if (operation !== 'readdir' || path !== '/r/d' || entered) return;
      entered = true;
      queueMicrotask(() => disk.file('/r/d/c'));
    };
    await watching.sync();
    const { dependency } = await watching.finish(watching.workspace.glob('**/*'));
    await watching.sync();
    expect(entered).toBe(true);
    expect(watching.watch.holds([dependency], -1)).toBe(true);
    expect(await watching.finish(watching.workspace.check([dependency]))).toEqual({ state: 'same' });
  });

  it('waits for the last of several answers for a directory', async () => {
    const watching = await open(['d/a']);
    await watched(watching, 'd/a');
    disk.remove('/r/d');
    disk.directory('/r/d');
    watching.platform.deliver();
    await watching.rest();
    watching.platform.hangs = true;
    // Asked for twice, answered once.
    watching.platform.say({ type: 'touched', hints: [{ directory: '/r', name: 'd', structural: true }] });
    watching.platform.deliver();
    await watching.clock.advance(50);
    watching.platform.say({ type: 'touched', hints: [{ directory: '/r', name: 'd', structural: true }] });
    watching.platform.deliver();
    await watching.clock.advance(50);
    const asked = watching.platform.asked.filter((path) => path === '/r/d').length;
    expect(asked).toBeGreaterThan(2);
    watching.platform.say({ type: 'armed', directories: ['/r/d'] });
    watching.platform.deliver();
    await watching.clock.advance(50);
    watching.turn();
    const [a] = await read(watching, 'd/a');
    expect(watching.watch.holds([a as SourceDependency], -1)).toBe(false);
    watching.platform.hangs = false;
    await watching.sync();
    expect(watching.watch.holds([a as SourceDependency], -1)).toBe(true);
  });

  it('costs no more than what is watched, however much is heard', async () => {
    const watching = await open(['a', 'b']);
    await watched(watching, 'a', 'b');
    for (let index = 0; index < 1_000; index += 1) {
      watching.platform.say(touched(`unknown ${index}`, true));
      watching.platform.say(touched('a'));
    }
    watching.platform.deliver();
    expect(watching.workspace.status()).toMatchObject({ places: 2, directories: 1 });
    await watching.pass(50);
    expect(told(watching)).toEqual([]);
  });
});

describe('a change', () => {
  it('is looked at 10 ms after the last hint, and 50 ms after the first at most', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    disk.write('/r/a', 'one');
    watching.platform.deliver();
    await watching.clock.advance(9);
    expect(watching.changes).toHaveLength(0);
    await watching.clock.advance(1);
    expect(watching.changes).toHaveLength(1);
    disk.write('/r/a', 'two');
    for (let passed = 0; passed < 48; passed += 4) {
      watching.platform.say(touched('a'));
      watching.platform.deliver();
      await watching.clock.advance(4);
      if (passed < 36) expect(watching.changes).toHaveLength(1);
    }
    await watching.clock.advance(2);
    expect(watching.changes).toHaveLength(2);
  });

  it('that is taken back before it was looked at is not told', async () => {
    const watching = await open(['a']);
    const dependencies = await watched(watching, 'a');
    disk.write('/r/a', 'one');
    disk.write('/r/a', 'a');
    await watching.sync();
    expect(watching.changes).toEqual([]);
    expect(watching.watch.holds(dependencies, -1)).toBe(true);
  });

  it('is told while the file goes on changing, and a sync waits for no end of that', async () => {
    const watching = await open(['a', 'b']);
    await watched(watching, 'a', 'b');
    disk.write('/r/b', 'once');
    let writes = 0;
    disk.before = (operation, path) => {
      if (operation !== 'read' || path !== '/r/a') return;
      writes += 1;
      queueMicrotask(() => {
        disk.write('/r/a', `${writes}`);
        watching.platform.deliver();
      });
    };
    disk.write('/r/a', 'go');
    await watching.sync();
    disk.before = () => {};
    expect(writes).toBeLessThan(20);
    expect(told(watching)).toContain('file b');
    expect(told(watching)).toContain('file a');
  });

  it('of a large file that is written while it is hashed is told all the same', async () => {
    const watching = await open(['a']);
    disk.write('/r/a', 'x'.repeat(70_000));
    await watched(watching, 'a');
    let writes = 0;
    disk.before = (operation) => {
      if (operation !== 'open' || writes >= 30) return;
      writes += 1;
      queueMicrotask(() => {
        disk.write('/r/a', `${'y'.repeat(70_000)}${writes}`);
        watching.platform.deliver();
      });
    };
    disk.write('/r/a', 'y'.repeat(70_000));
    await watching.sync();
    expect(writes).toBeLessThan(30);
    expect(watching.changes.length).toBeGreaterThan(0);
    for (const [index, { before }] of watching.changes.entries()) {
      if (index > 0) expect(before).toBe(watching.changes[index - 1]?.now);
    }
  });
});

describe('whatever goes wrong', () => {
  it('with a path that cannot be looked at is a warning: it is unknown, and its next change is told', async () => {
    const watching = await open(['a', 'b']);
    const [a, b] = await watched(watching, 'a', 'b');
    const since = watching.watch.revision;
    disk.touch('/r/a', { permissions: 0 });
    await watching.sync();
    expect(watching.warnings).toMatchObject([{ path: 'a', error: { code: 'E_FILE_UNREADABLE' } }]);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(false);
    expect(watching.watch.holds([b as SourceDependency], -1)).toBe(true);
    disk.touch('/r/a', { permissions: 0o644 });
    disk.write('/r/a', 'next');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
    expect(watching.workspace.status()).toMatchObject({ warnings: 1, errors: 0 });
  });

  it('with an invalidation is an error: others are told, and the next change is', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    let revisions = 0;
    watching.watch.onRevision(() => {
      throw new Error('cannot invalidate');
    });
    watching.watch.onRevision(() => {
      revisions += 1;
    });
    disk.write('/r/a', 'one');
    await watching.sync();
    expect(revisions).toBeGreaterThan(0);
    expect(watching.errors).toContainEqual(new Error('cannot invalidate'));
    disk.write('/r/a', 'two');
    await watching.sync();
    expect(told(watching)).toEqual(['file a', 'file a']);
    expect(state(watching)).toBe('LIVE');
  });

  it('with a listener is an error, too', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    watching.watch.subscribe(({ type }) => {
      throw new Error(`cannot hear of ${type}`);
    });
    disk.write('/r/a', 'one');
    await watching.sync();
    expect(watching.errors).toEqual([new Error('cannot hear of workspace.changed')]);
    disk.write('/r/a', 'two');
    await watching.sync();
    expect(told(watching)).toEqual(['file a', 'file a']);
    expect(watching.workspace.status().errors).toBeGreaterThanOrEqual(2);
    // Of what it threw when it was told of what it threw nobody is told but the process, and once.
    expect(warned).toHaveBeenCalledTimes(1);
    expect(warned).toHaveBeenCalledWith(
      expect.stringContaining('cannot hear of workspace.error'),
      expect.objectContaining({ code: 'W_WATCH' }),
    );
  });

  it('in looking at a place is an error: it is unknown, and the others are looked at', async () => {
    const clock = new ManualClock();
    const telling = new Telling();
    const events: WorkspaceEvent[] = [];
    telling.subscribe((event) => events.push(event));
    const standing = new Standing(telling, clock);
    standing.enter({ state: 'LIVE', epoch: 1 });
    let broken = true;
    const inspector = {
      begin: () => {},
      turn: async () => {},
      route: () => [],
      look: ({ name }: Place) => {
        if (broken && name === 'file:a') throw new Error('broken');
        return { digest: 'now' };
      },
      survey: async () => {
        throw new Error('broken, too');
      },
    };
    const arming = new Arming(undefined);
    const settling = new Settling({
      clock,
      telling,
      standing,
      arming,
      directories: new DirectoryMap(['/r'], '/', arming),
      inspector: inspector as unknown as Inspector,
    });
    const place = (path: string) =>
      new Place(`file:${path}`, { type: 'file', path, digest: 'before' }, 'before');
    const [a, b] = [place('a'), place('b')];
    const glob = new Place(
      'glob',
      { type: 'glob', pattern: '*', options: {}, ignoreFiles: [], digest: '' },
      '',
    );
    a.digest = 'before';
    const { revision } = standing;
    settling.add([a, b, glob]);
    await settling.round();
    expect(standing.revision).toBeGreaterThan(revision);
    expect(a).toMatchObject({ digest: undefined, blocked: true });
    expect(glob).toMatchObject({ digest: undefined, blocked: true });
    expect(b.digest).toBe('now');
    expect(telling.errors).toBe(2);
    broken = false;
    settling.touch(new Set([a]));
    await settling.round();
    const changes = events.flatMap((event) => (event.type === 'workspace.changed' ? event.changes : []));
    expect(changes.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('with a report is an error: everything is looked at anew, and the next change is told', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    const { epoch } = watching.workspace.status();
    watching.platform.say({ type: 'touched', hints: [undefined as never] });
    watching.platform.say({ type: 'armed', directories: 7 as never });
    watching.platform.say(undefined as never);
    watching.platform.deliver();
    expect(watching.errors).toHaveLength(3);
    expect(watching.watch.revision).toBe(-1);
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE' });
    expect(watching.workspace.status().epoch).toBeGreaterThan(epoch);
    disk.write('/r/a', 'next');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
  });

  it('in the platform, and was survived there, is told', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    watching.platform.say({ type: 'error', error: new Error('survived') });
    watching.platform.say({ type: 'warning', directory: '/r', message: 'no name' });
    watching.platform.deliver();
    expect(watching.errors).toEqual([new Error('survived')]);
    expect(watching.warnings).toMatchObject([{ path: '.', error: { message: 'no name' } }]);
  });
});

describe('a sync', () => {
  it('that the platform does not answer ends, and everything is begun anew', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    watching.platform.answer = 'silent';
    disk.write('/r/a', 'one');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
    watching.platform.answer = 'synced';
  });

  it('that was missed begins everything anew', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    const { epoch } = watching.workspace.status();
    watching.platform.answer = 'missed';
    const syncing = watching.workspace.sync();
    await watching.rest();
    watching.platform.answer = 'synced';
    await watching.finish(syncing);
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE', epoch: epoch + 1 });
  });

  it('looks at everything where the platform cannot tell', async () => {
    const watching = await open(['a']);
    const [a] = await watched(watching, 'a');
    watching.platform.answer = 'unwritable';
    watching.platform.mangle = () => [];
    disk.write('/r/a', 'one');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.holds([a as SourceDependency], -1)).toBe(false);
  });

  it('ends although everything overflows again and again', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    const syncing = watching.workspace.sync();
    let done = false;
    void syncing.then(() => {
      done = true;
    });
    disk.write('/r/a', 'one');
    for (let passed = 0; passed < 20_000 && !done; passed += 20) {
      watching.platform.say({ type: 'overflow', events: 9_000 });
      await watching.pass(20);
    }
    expect(done).toBe(true);
    expect(told(watching)).toEqual(['file a']);
    await watching.pass(1_000);
    expect(state(watching)).toBe('LIVE');
  });

  it('ends where nothing was read, and where nothing is watched', async () => {
    const watching = await open(['a']);
    await watching.workspace.sync();
    expect(watching.platform.opened).toBe(0);
    await using unwatched = await openWorkspace('/r', { fileSystem: disk, watch: false });
    await unwatched.read('a');
    await unwatched.sync();
    expect(unwatched.status().state).toBe('OFF');
    expect(unwatched.watch).toBeUndefined();
  });

  it('is refused once the workspace is closed, and while it is', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    watching.platform.hangs = true;
    const syncing = watching.workspace.sync().catch((error: unknown) => error);
    await watching.rest();
    await watching.finish(watching.workspace.close());
    expect(await syncing).toMatchObject({ code: 'E_CLOSED' });
    await expect(watching.workspace.sync()).rejects.toMatchObject({ code: 'E_CLOSED' });
  });
});

describe('the states', () => {
  it('go from UNKNOWN by SCANNING to LIVE, with the epoch', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    expect(watching.states.map(({ state, epoch }) => [state, epoch])).toEqual([
      ['UNKNOWN', 1],
      ['SCANNING', 1],
      ['LIVE', 1],
    ]);
    watching.platform.say({ type: 'overflow', events: 9_000 });
    watching.platform.deliver();
    expect(watching.workspace.status()).toMatchObject({ state: 'UNKNOWN', epoch: 2 });
    expect(watching.watch.revision).toBe(-1);
    await watching.pass(500);
    expect(watching.states.slice(3).map(({ state, epoch }) => [state, epoch])).toEqual([
      ['UNKNOWN', 2],
      ['UNKNOWN', 3],
      ['SCANNING', 3],
      ['LIVE', 3],
    ]);
  });

  it('do not come to LIVE after an overflow by reading something else meanwhile', async () => {
    const watching = await open(['a', 'b', 'd/c']);
    await watched(watching, 'a');
    watching.platform.mangle = () => [];
    disk.write('/r/a', 'lost');
    watching.platform.say({ type: 'overflow', events: 9_000 });
    watching.platform.deliver();
    watching.platform.mangle = (hints) => hints;
    await watching.workspace.read('d/c');
    await watching.pass(90);
    expect(state(watching)).toBe('UNKNOWN');
    await watching.pass(200);
    expect(state(watching)).toBe('LIVE');
    expect(told(watching)).toEqual(['file a']);
  });

  it('are UNKNOWN while the root is gone, of which it is told once, and come back with it', async () => {
    const watching = await open(['a', 'd/b']);
    const dependencies = await watched(watching, 'a', 'd/b');
    disk.move('/r', '/elsewhere');
    await watching.pass(100);
    expect(state(watching)).toBe('UNKNOWN');
    const { length } = watching.states;
    await watching.pass(10_000);
    expect(watching.states).toHaveLength(length);
    expect(watching.platform.asked.length).toBeLessThan(10);
    expect(watching.warnings).toEqual([]);
    await watching.sync();
    disk.move('/elsewhere', '/r');
    disk.write('/r/a', 'one');
    await watching.sync();
    expect(state(watching)).toBe('LIVE');
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.holds(dependencies.slice(1), -1)).toBe(true);
  });

  it('are UNKNOWN when the platform dies, which is started again ever later, and DEGRADED after three deaths', async () => {
    const watching = await open(['a']);
    await watched(watching, 'a');
    const died = { type: 'died', error: new Error('dead') } as const;
    const waits: number[] = [];
    for (let death = 1; death <= 9; death += 1) {
      watching.platform.say(died);
      watching.platform.deliver();
      expect(state(watching)).toBe(death < 3 ? 'UNKNOWN' : 'DEGRADED');
      expect(watching.watch.revision).toBe(-1);
      const before = watching.clock.now();
      const { opened: sessions } = watching.platform;
      while (watching.platform.opened === sessions) await watching.clock.advance(10);
      waits.push(watching.clock.now() - before);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(watching.errors).toHaveLength(9);
    await watching.pass(100);
    expect(state(watching)).toBe('LIVE');
    await watching.pass(70_000);
    watching.platform.say(died);
    watching.platform.deliver();
    expect(state(watching)).toBe('UNKNOWN');
    await watching.pass(1_000);
    expect(state(watching)).toBe('LIVE');
  });

  it('are UNKNOWN when the platform cannot be started, until it can', async () => {
    const watching = await open(['a']);
    watching.platform.failure = new Error('no thread');
    await read(watching, 'a');
    expect(state(watching)).toBe('UNKNOWN');
    await watching.pass(2_000);
    expect(state(watching)).toBe('DEGRADED');
    watching.platform.failure = undefined;
    await watching.pass(5_000);
    expect(state(watching)).toBe('LIVE');
  });

  it('are DEGRADED where no watches are left, and watching is tried again', async () => {
    const watching = await open(['a', 'd/b', 'e/c']);
    await watched(watching, 'a');
    watching.platform.refuse = () => ({ reason: 'exhausted', code: 'ENOSPC' });
    await read(watching, 'd/b', 'e/c');
    await watching.pass(50);
    expect(watching.workspace.status()).toMatchObject({
      state: 'DEGRADED',
      reason: expect.stringContaining('ENOSPC'),
    });
    expect(watching.states.filter(({ state }) => state === 'DEGRADED')).toHaveLength(1);
    expect(watching.platform.armed).toEqual([]);
    disk.write('/r/a', 'one');
    disk.write('/r/e/c', 'one');
    await watching.pass(1_100);
    expect(told(watching).toSorted()).toEqual(['file a', 'file e/c']);
    disk.write('/r/a', 'two');
    await watching.sync();
    expect(told(watching)).toHaveLength(3);
    await watching.pass(30_000);
    expect(state(watching)).toBe('DEGRADED');
    watching.platform.refuse = () => undefined;
    await watching.pass(30_000);
    expect(state(watching)).toBe('LIVE');
  });

  it('are DEGRADED where the file system of the root tells of nothing', async () => {
    const watching = await open(['a']);
    watching.platform.refuse = () => ({ reason: 'unsupported', code: 'nfs' });
    await read(watching, 'a');
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({
      state: 'DEGRADED',
      reason: expect.stringContaining('nfs'),
    });
    await watching.pass(120_000);
    expect(state(watching)).toBe('DEGRADED');
    expect(watching.platform.asked).toEqual(['/r']);
  });

  it('are DEGRADED from the beginning where polling was asked for', async () => {
    const watching = await open(['a'], { watch: 'poll' });
    await read(watching, 'a');
    expect(watching.workspace.status()).toMatchObject({
      state: 'DEGRADED',
      platform: 'none',
      directories: 0,
    });
    await watching.pass(100);
    disk.write('/r/a', 'one');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.revision).toBe(-1);
    expect(watching.platform.opened).toBe(0);
  });

  it('are begun anew when the platform says nothing at all', async () => {
    const watching = await open(['a']);
    watching.platform.hangs = true;
    await read(watching, 'a');
    await watching.pass(5_100);
    expect(watching.errors).toMatchObject([{ message: expect.stringContaining('has not answered') }]);
    watching.platform.hangs = false;
    await watching.pass(1_000);
    expect(watching.platform.opened).toBe(2);
    expect(state(watching)).toBe('LIVE');
  });
});

describe('what the machine does not watch', () => {
  it('is looked at again and again, and all the rest as well once it is DEGRADED', async () => {
    const watching = await open(['a', 'd/b']);
    watching.platform.refuse = (path) =>
      path === '/r/d' ? { reason: 'forbidden', code: 'EACCES' } : undefined;
    const [a, b] = await read(watching, 'a', 'd/b');
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE', refused: 1 });
    expect(watching.warnings).toMatchObject([{ path: 'd' }]);
    expect(watching.watch.holds([a as SourceDependency], -1)).toBe(true);
    expect(watching.watch.holds([b as SourceDependency], watching.watch.revision)).toBe(false);
    disk.write('/r/d/b', 'one');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file d/b']);
    disk.write('/r/d/b', 'two');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/b', 'file d/b']);

    watching.platform.refuse = () => ({ reason: 'exhausted', code: 'EMFILE' });
    await read(watching, 'e/x');
    watching.platform.say(touched('d', true));
    await watching.pass(100);
    expect(state(watching)).toBe('DEGRADED');
    disk.write('/r/a', 'one');
    await watching.pass(1_100);
    expect(told(watching)).toContain('file a');
  });

  it('as it does not find it is asked for a few times, and looked at again and again', async () => {
    const watching = await open(['d/b']);
    watching.platform.refuse = (path) => (path === '/r/d' ? { reason: 'absent', code: 'ENOENT' } : undefined);
    await read(watching, 'd/b');
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE', refused: 1 });
    disk.write('/r/d/b', 'one');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/b']);
    disk.write('/r/d/b', 'two');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file d/b', 'file d/b']);
    expect(watching.platform.asked.length).toBeLessThan(10);
  });

  it('is asked for again when it may be watched', async () => {
    const watching = await open(['d/b']);
    watching.platform.refuse = (path) =>
      path === '/r/d' ? { reason: 'forbidden', code: 'EACCES' } : undefined;
    const dependencies = await read(watching, 'd/b');
    await watching.sync();
    watching.platform.refuse = () => undefined;
    disk.touch('/r/d', { permissions: 0o755 });
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE', refused: 0 });
    expect(watching.watch.holds(dependencies, -1)).toBe(true);
  });

  it('takes a twentieth of a core at most to be looked at', async () => {
    const watching = await open(['a', 'b', 'c', 'd'], { watch: 'poll' });
    let looks: number[] = [];
    await read(watching, 'a', 'b', 'c', 'd');
    await watching.pass(200);
    const { clock } = watching;
    disk.before = (operation, path) => {
      if (operation !== 'lstat' || !/^\/r\/[a-d]$/.test(path)) return;
      looks.push(clock.now());
      void clock.advance(100);
    };
    await watching.pass(60_000);
    const rounds = new Set(looks.filter((_, index) => index % 4 === 0)).size;
    expect(rounds).toBeGreaterThan(4);
    expect(looks.length * 100).toBeLessThanOrEqual(0.07 * (clock.now() - 1_000));
    looks = [];
    disk.before = () => {};
  });

  it('and should have told of is found by looking at everything each minute', async () => {
    const watching = await open(['a']);
    const [a] = await watched(watching, 'a');
    const before = watching.watch.revision;
    watching.platform.mangle = () => [];
    disk.write('/r/a', 'by another hard link');
    await watching.pass(30_000);
    expect(told(watching)).toEqual([]);
    await watching.pass(31_000);
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.revision).toBeGreaterThan(before);
    expect(watching.watch.holds([a as SourceDependency], before)).toBe(false);
  });
});

describe('closing', () => {
  const died = { type: 'died', error: new Error('dead') } as const;
  const ways: Record<string, (watching: Watching) => unknown> = {
    'before anything was read': () => {},
    'before it was asked to watch': (watching) => void watching.workspace.read('a').catch(() => {}),
    'while it is UNKNOWN': async (watching) => {
      await watched(watching, 'a');
      watching.platform.hangs = true;
      watching.platform.say({ type: 'overflow', events: 9_000 });
      await watching.pass(1_000);
      expect(state(watching)).toBe('UNKNOWN');
    },
    'while it is SCANNING': async (watching) => {
      await watching.workspace.read('d/b');
      await watching.clock.advance(0);
      expect(state(watching)).toBe('SCANNING');
    },
    'while it is LIVE': (watching) => watched(watching, 'a', 'd/b'),
    'while something is to be looked at': async (watching) => {
      await watched(watching, 'a');
      watching.platform.say(touched('a'));
      watching.platform.deliver();
    },
    'while a large file is looked at': async (watching) => {
      disk.file('/r/a', 'x'.repeat(100_000));
      await watched(watching, 'a');
      watching.platform.say(touched('a'));
      watching.platform.deliver();
      void watching.clock.advance(10);
    },
    'after an overflow': async (watching) => {
      await watched(watching, 'a');
      watching.platform.say({ type: 'overflow', events: 9_000 });
      watching.platform.deliver();
      expect(state(watching)).toBe('UNKNOWN');
    },
    'while the root is gone': async (watching) => {
      await watched(watching, 'a');
      disk.remove('/r');
      await watching.pass(700);
      expect(state(watching)).toBe('UNKNOWN');
    },
    'while the platform is dead': async (watching) => {
      await watched(watching, 'a');
      watching.platform.say(died);
      watching.platform.deliver();
    },
    'while it is DEGRADED': async (watching) => {
      watching.platform.refuse = () => ({ reason: 'exhausted', code: 'ENOSPC' });
      await read(watching, 'a');
      await watching.pass(100);
      expect(state(watching)).toBe('DEGRADED');
    },
    'while somebody waits for a sync': async (watching) => {
      await watched(watching, 'a');
      watching.platform.hangs = true;
      watching.workspace.sync().catch(() => {});
      await watching.rest();
    },
  };
  it.each(Object.entries(ways))('%s leaves no timer and no session', async (_, reach) => {
    const watching = await open(['a', 'd/b']);
    await reach(watching);
    await watching.close();
    opened.pop();
    expect(watching.clock.timers).toBe(0);
    expect(watching.platform.live).toBe(0);
    expect(watching.watch.revision).toBe(-1);
    expect(watching.states.at(-1)?.state).toBe('OFF');
    watching.watch.track({ type: 'file', path: 'a', digest: 'x' }, undefined);
    await watching.clock.advance(100_000);
    expect(watching.clock.timers).toBe(0);
    expect(watching.platform.live).toBe(0);
  });

  it('waits for a session that was given up and has not ended yet', async () => {
    const clock = new ManualClock();
    disk = new Disk();
    disk.directory('/r');
    disk.file('/r/a');
    let sessions = 0;
    const ends: (() => void)[] = [];
    const nothing = () => {};
    const workspace = await openWorkspace('/r', {
      fileSystem: disk,
      clock,
      watchPlatform: {
        name: 'silent',
        open: () => {
          sessions += 1;
          const close = () => new Promise<void>((resolve) => ends.push(resolve));
          return { arm: nothing, armFiles: nothing, disarm: nothing, sync: nothing, close };
        },
      },
    });
    workspace.watch?.subscribe(() => {});
    await workspace.read('a');
    for (let passed = 0; passed < 6_000; passed += 100) await clock.advance(100);
    expect(sessions).toBe(2);
    let done = false;
    const closing = workspace.close().then(() => {
      done = true;
    });
    await clock.advance(0);
    ends[1]?.();
    await clock.advance(0);
    expect(done).toBe(false);
    ends[0]?.();
    await closing;
  });
});
