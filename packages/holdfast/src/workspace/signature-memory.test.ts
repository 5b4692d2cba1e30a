import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import type { Remembrance, Shelf } from '../trace/shelf.ts';
import { Disk } from './disk.test-support.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './index.ts';
import { SignatureTable } from './signature.ts';
import { SignatureMemory } from './signature-memory.ts';
import { SignaturePlace } from './signature-place.ts';
import { mostRoots } from './signature-roots.ts';
import { Turns } from './turns.ts';

const day = 86_400_000;
const file = (name: string) => ({ type: 'file', path: name }) as const;

/** Rows in memory, with what is asked of them. */
class MapShelf implements Shelf {
  readonly rows = new Map<string, Uint8Array>();
  /** `set` and `delete` with the name of the row, in order. */
  readonly written: string[] = [];
  /** Called before each; what it throws or waits for is the shelf's. */
  before: (operation: 'get' | 'set' | 'delete', name: string) => unknown = () => {};

  async get(name: string): Promise<Uint8Array | undefined> {
    await this.before('get', name);
    return this.rows.get(name);
  }

  async set(name: string, value: Uint8Array): Promise<void> {
    await this.before('set', name);
    this.written.push(`set ${name}`);
    this.rows.set(name, value);
  }

  async delete(name: string): Promise<void> {
    await this.before('delete', name);
    this.written.push(`delete ${name}`);
    this.rows.delete(name);
  }

  /** Rows that were written since the last time, the list of roots apart. */
  taken(): string[] {
    return this.written.splice(0).filter((what) => what !== 'set roots');
  }
}

let disk: Disk;
let shelf: MapShelf;
let clock: ManualClock;
let opened: Process[];

interface Process {
  readonly workspace: Workspace;
  readonly memory: Remembrance;
}

beforeEach(() => {
  disk = new Disk();
  shelf = new MapShelf();
  clock = new ManualClock();
  opened = [];
  for (const root of ['/r', '/r/d', '/q']) disk.directory(root);
});

afterEach(async () => {
  for (const { workspace, memory } of opened) {
    shelf.before = () => {};
    memory.end();
    await workspace.close();
  }
  expect(clock.timers).toBe(0);
  vi.restoreAllMocks();
});

/** A process that begins: a workspace with nothing in memory. */
async function start(root = '/r', options: WorkspaceOptions = {}): Promise<Process> {
  const workspace = await openWorkspace(root, {
    fileSystem: disk,
    clock: disk.clock,
    paranoid: false,
    ...options,
  });
  const memory = workspace.remember?.({ shelf, clock }) as Remembrance;
  opened.push({ workspace, memory });
  return { workspace, memory };
}

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 300; turn += 1) await settled();
}

/** The digest of a file as a workspace tells it, and how many files were opened for that. */
async function look({ workspace }: Process, name: string) {
  const before = disk.opened;
  const { dependency } = await workspace.hash(name);
  return { digest: dependency.digest, opened: disk.opened - before };
}

/** Looks at files in a process of its own, which then ends in good order. */
async function visit(names: readonly string[], root = '/r', options: WorkspaceOptions = {}) {
  const process = await start(root, options);
  const looks = [];
  for (const name of names) looks.push(await look(process, name));
  await process.memory.save();
  process.memory.end();
  await process.workspace.close();
  return looks;
}

describe('signatures that outlive their process', () => {
  it('save the next one every hashing of what is settled', async () => {
    disk.file('/r/a', 'one');
    disk.file('/r/d/b', 'two');
    disk.wall += 10_000;
    const first = await visit(['a', 'd/b']);
    expect(first.map(({ opened }) => opened)).toEqual([1, 1]);
    const second = await visit(['a', 'd/b']);
    expect(second).toEqual(first.map(({ digest }) => ({ digest, opened: 0 })));
  });

  it('serve checks, too, which wait for them', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    const [{ digest } = { digest: '' }] = await visit(['a']);
    const before = disk.opened;
    const { workspace } = await start();
    expect((await workspace.check([{ ...file('a'), digest }])).state).toBe('same');
    expect(disk.opened).toBe(before);
  });

  it('are never kept of racy files', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 1_000;
    await visit(['a']);
    expect([...shelf.rows]).toEqual([]);
    disk.wall += 10_000;
    const [then] = await visit(['a']);
    expect(then?.opened).toBe(1);
    disk.write('/r/a', 'two');
    await visit(['a']);
    // What was kept of its former content has left.
    expect([...shelf.rows.keys()]).toEqual(['roots']);
  });

  it('do not vouch for what was edited while nothing ran, with the same size and its time set back', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    const [before] = await visit(['a']);
    const modified = disk.wall - 10_000;
    disk.wall += 60_000;
    disk.write('/r/a', 'two');
    disk.touch('/r/a', { modified });
    disk.wall += 60_000;
    expect(Number(disk.lstat('/r/a').mtimeNs / 1_000_000n)).toBe(modified);
    const [after] = await visit(['a']);
    expect(after?.opened).toBe(1);
    expect(after?.digest).not.toBe(before?.digest);
  });

  it('are those of one root, on a shelf that several share', async () => {
    // The same path in both, by a link.
    disk.file('/q/x', 'one');
    disk.link('/r/x', '/q/x');
    disk.wall += 10_000;
    await visit(['x'], '/q');
    expect((await visit(['x'], '/r', { allowLinksTo: ['/q'] }))[0]?.opened).toBe(1);
    expect((await visit(['x'], '/r', { allowLinksTo: ['/q'] }))[0]?.opened).toBe(0);
    const [one, other] = [...shelf.rows.keys()].filter((name) => name !== 'roots');
    expect(one?.slice(0, 32)).not.toBe(other?.slice(0, 32));
    // A row of the other root in the place of one's own says nothing.
    shelf.rows.set(one as string, shelf.rows.get(other as string) as Uint8Array);
    expect((await visit(['x'], '/q'))[0]?.opened).toBe(1);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => new Uint8Array(0)],
    ['flipped', (bytes) => bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte))],
    ['of another version', (bytes) => bytes.map((byte, index) => (index === 4 ? 2 : byte))],
  ])('cost a hashing where their row is %s, which is then replaced', async (_, damage) => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    const [sound] = await visit(['a']);
    for (const [name, bytes] of shelf.rows) shelf.rows.set(name, damage(bytes));
    expect(await visit(['a'])).toEqual([sound]);
    expect((await visit(['a']))[0]?.opened).toBe(0);
  });

  it('are a memory that convicts signatures that lied before the process began', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    const [, paranoid] = [await visit(['a']), { paranoid: true }];
    // Changed without a trace, as no honest file system does.
    const status = disk.lstat('/r/a');
    const lying = Object.assign(Object.create(disk) as Disk, {
      lstat: (path: string) => (path === '/r/a' ? status : disk.lstat(path)),
      realpath: (path: string) => disk.realpath(path),
      readlink: (path: string) => disk.readlink(path),
      readdir: (path: string) => disk.readdir(path),
      open: (path: string) => ({ ...disk.open(path), status: () => status }),
    });
    disk.write('/r/a', 'two');
    disk.wall += 10_000;
    await visit(['a'], '/r', { ...paranoid, fileSystem: lying });
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('"a"'), { type: 'HoldfastWarning', code: 'W_SIGNATURE' }],
    ]);
  });

  it('are neither read nor written with a table that holds none', async () => {
    const workspace = await openWorkspace('/r', { fileSystem: disk, maxSignatures: 1 });
    expect(workspace.remember?.({ shelf, clock })).toBeUndefined();
  });
});

describe('the rows', () => {
  it('are written some seconds later, and only those of what has changed', async () => {
    for (let index = 0; index < 400; index += 1) disk.file(`/r/f${index}`, `${index}`);
    disk.wall += 10_000;
    const process = await start();
    for (let index = 0; index < 400; index += 1) await look(process, `f${index}`);
    await quiet();
    expect(shelf.taken()).toEqual([]);
    await clock.advance(3_000);
    await quiet();
    expect(shelf.taken().length).toBeGreaterThan(100);
    disk.write('/r/f7', 'other');
    disk.wall += 10_000;
    await look(process, 'f7');
    await clock.advance(3_000);
    await quiet();
    const place = new SignaturePlace('/r', '/');
    expect(shelf.taken()).toEqual([`set ${place.nameOf(place.rowOf('/r/f7'))}`]);
    // Looked at again, nothing is new.
    await look(process, 'f7');
    await process.memory.save();
    expect(shelf.taken()).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('keep what other processes have put there meanwhile', async () => {
    const place = new SignaturePlace('/r', '/');
    const names = Array.from({ length: 2_000 }, (_, index) => `f${index}`);
    const row = place.rowOf('/r/f0');
    const [one, other] = names.filter((name) => place.rowOf(`/r/${name}`) === row) as [string, string];
    for (const name of [one, other]) disk.file(`/r/${name}`, name);
    disk.wall += 10_000;
    const first = await start();
    const second = await start();
    await look(first, one);
    await look(second, other);
    await first.memory.save();
    await second.memory.save();
    expect((await visit([one, other])).map(({ opened }) => opened)).toEqual([0, 0]);
  });

  it('never take the place of what the process has learned by itself', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    await visit(['a']);
    disk.write('/r/a', 'two');
    disk.wall += 10_000;
    const gate = Promise.withResolvers<void>();
    shelf.before = () => gate.promise;
    const process = await start();
    const { dependency } = await process.workspace.read('a');
    gate.resolve();
    shelf.before = () => {};
    expect(await look(process, 'a')).toEqual({ digest: dependency.digest, opened: 0 });
  });

  it('lose files that nobody has asked for in 30 days, when something else in them is written', async () => {
    const place = new SignaturePlace('/r', '/');
    const names = Array.from({ length: 2_000 }, (_, index) => `f${index}`);
    const row = place.rowOf('/r/f0');
    const [gone, used, fresh, last] = names.filter((name) => place.rowOf(`/r/${name}`) === row) as string[];
    for (const name of [gone, used]) disk.file(`/r/${name}`, 'content');
    disk.wall += 10_000;
    await visit([gone as string, used as string]);
    const write = async (name: string) => {
      disk.file(`/r/${name}`, 'content');
      disk.wall += 10_000;
      await visit([used as string, name]);
    };
    disk.wall += 30 * day - 60_000;
    await write(fresh as string);
    expect((await visit([gone as string]))[0]?.opened).toBe(0);
    disk.wall += 31 * day;
    await write(last as string);
    const looks = await visit([gone, used, last] as string[]);
    expect(looks.map(({ opened }) => opened)).toEqual([1, 0, 0]);
  });

  it('keep what a process that runs for months uses', async () => {
    const place = new SignaturePlace('/r', '/');
    const names = Array.from({ length: 2_000 }, (_, index) => `f${index}`);
    const row = place.rowOf('/r/f0');
    const [used, fresh] = names.filter((name) => place.rowOf(`/r/${name}`) === row) as [string, string];
    disk.file(`/r/${used}`, 'content');
    disk.wall += 10_000;
    const process = await start();
    await look(process, used);
    await process.memory.save();
    disk.wall += 90 * day;
    await look(process, used);
    disk.file(`/r/${fresh}`, 'content');
    disk.wall += 10_000;
    await look(process, fresh);
    await process.memory.save();
    expect((await visit([used]))[0]?.opened).toBe(0);
  });

  it('are no more than a table of the same limit could hold, twice', async () => {
    for (let index = 0; index < 3_000; index += 1) disk.file(`/r/f${index}`, `${index}`);
    disk.wall += 10_000;
    const names = Array.from({ length: 3_000 }, (_, index) => `f${index}`);
    for (let part = 0; part < 3_000; part += 500) {
      await visit(names.slice(part, part + 500), '/r', { maxSignatures: 1_000 });
    }
    const sizes = [...shelf.rows.values()].map(({ length }) => length);
    // 16 lines of 90 bytes.
    expect(Math.max(...sizes)).toBeLessThan(16 * 100 + 50);
  });

  it(`are kept of the ${mostRoots} roots that were used last`, async () => {
    const roots = Array.from({ length: mostRoots + 2 }, (_, index) => `/root${index}`);
    for (const root of roots) {
      disk.directory(root);
      disk.file(`${root}/a`, 'content');
      disk.wall += day;
      await visit(['a'], root);
      // Used each day, though nothing in it is ever new.
      expect((await visit(['a'], '/root0'))[0]?.opened).toBe(0);
    }
    const names = [...shelf.rows.keys()].filter((name) => name !== 'roots');
    expect(names).toHaveLength(mostRoots);
    const opened = [];
    for (const root of ['/root0', '/root3', `/root${mostRoots + 1}`]) {
      opened.push((await visit(['a'], root))[0]?.opened);
    }
    expect(opened).toEqual([0, 0, 0]);
    expect((await visit(['a'], '/root1'))[0]?.opened).toBe(1);
  });
});

describe('a shelf', () => {
  const never = () => new Promise<never>(() => {});

  it('that hangs is waited for a second once, and hashing goes on', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    shelf.before = never;
    const process = await start();
    let looked = false;
    const looking = look(process, 'a').then((seen) => {
      looked = true;
      return seen;
    });
    await clock.advance(999);
    await quiet();
    expect(looked).toBe(false);
    await clock.advance(1);
    expect((await looking).opened).toBe(1);
    expect((await look(process, 'a')).opened).toBe(0);
    const saved = process.memory.save();
    await clock.advance(5_000);
    await saved;
    process.memory.end();
  });

  it('that takes long for every row does not keep anybody waiting for all of them', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    let asked = 0;
    shelf.before = () => {
      asked += 1;
      return new Promise<void>((resolve) => void clock.setTimeout(resolve, 300));
    };
    const process = await start();
    const looking = look(process, 'a');
    for (let passed = 0; passed < 1_000; passed += 100) await clock.advance(100);
    await looking;
    expect(asked).toBeLessThan(5);
    // What comes later is of use, too.
    for (let passed = 0; passed < 60_000; passed += 100) await clock.advance(100);
    expect(asked).toBeGreaterThan(20);
    expect(asked).toBeLessThan(40);
    process.memory.end();
    for (let passed = 0; passed < 1_000; passed += 100) await clock.advance(100);
  });

  it('that fails costs hashing, and is tried again less and less often', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    const attempts: number[] = [];
    const began = clock.now();
    shelf.before = (operation) => {
      attempts.push(clock.now() - began);
      throw new Error(`cannot ${operation}`);
    };
    const process = await start();
    expect((await look(process, 'a')).opened).toBe(1);
    for (let passed = 0; passed < 300; passed += 1) {
      await clock.advance(1_000);
      await quiet();
    }
    expect(attempts).toEqual([0, 3_000, 9_000, 21_000, 45_000, 93_000, 153_000, 213_000, 273_000]);
    shelf.before = () => {};
    await clock.advance(60_000);
    await quiet();
    expect((await visit(['a']))[0]?.opened).toBe(0);
  });

  it('that takes nothing (it is full) keeps what it has, and is given the rest when it does', async () => {
    for (const name of ['a', 'b']) disk.file(`/r/${name}`, name);
    disk.wall += 10_000;
    await visit(['a']);
    shelf.before = (operation) => {
      if (operation === 'set') throw new Error('full');
    };
    const process = await start();
    expect((await look(process, 'a')).opened).toBe(0);
    await look(process, 'b');
    await process.memory.save();
    shelf.before = () => {};
    await process.memory.save();
    expect((await visit(['a', 'b'])).map(({ opened }) => opened)).toEqual([0, 0]);
  });

  it('that takes nothing for long costs no more memory than the table has', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `f${index}`);
    for (const name of names) disk.file(`/r/${name}`, name);
    disk.wall += 10_000;
    shelf.before = () => {
      throw new Error('out of reach');
    };
    const process = await start('/r', { maxSignatures: 20 });
    for (const name of names) await look(process, name);
    shelf.before = () => {};
    await process.memory.save();
    expect(shelf.taken().length).toBeLessThanOrEqual(20);
  });

  it('that was emptied meanwhile is filled with what is learned from then on', async () => {
    for (const name of ['a', 'b']) disk.file(`/r/${name}`, name);
    disk.wall += 10_000;
    await visit(['a']);
    const process = await start();
    await look(process, 'a');
    shelf.rows.clear();
    await look(process, 'b');
    await process.memory.save();
    expect((await visit(['a', 'b'])).map(({ opened }) => opened)).toEqual([1, 0]);
  });

  it('is let go of: nothing is asked of it any more, and nobody waits for it', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    shelf.before = never;
    const process = await start();
    const looking = look(process, 'a');
    process.memory.end();
    expect((await looking).opened).toBe(1);
    shelf.before = () => {
      throw new Error('it was asked');
    };
    disk.write('/r/a', 'two');
    disk.wall += 10_000;
    await look(process, 'a');
    await process.memory.save();
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
    expect([...shelf.rows]).toEqual([]);
  });

  it('that was taken back is not noted for any more', () => {
    const table = new SignatureTable(10);
    const off = vi.fn();
    vi.spyOn(table, 'listen').mockReturnValue(off);
    const place = new SignaturePlace('/r', '/');
    const memory = new SignatureMemory({ shelf, clock, table, place, turns: new Turns(), wall: Date.now });
    expect(off).not.toHaveBeenCalled();
    memory.end();
    expect(off).toHaveBeenCalledTimes(1);
  });

  it('is given what the workspace has learned for another one, or for none', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    const { workspace, memory } = await start();
    await workspace.hash('a');
    memory.end();
    shelf.rows.clear();
    const other = workspace.remember?.({ shelf, clock });
    await quiet();
    await other?.save();
    other?.end();
    expect((await visit(['a']))[0]?.opened).toBe(0);
  });

  it('is given everything by a workspace that closes before its cache', async () => {
    disk.file('/r/a', 'one');
    disk.wall += 10_000;
    const { workspace } = await start();
    await workspace.hash('a');
    await workspace.close();
    expect(clock.timers).toBe(0);
    expect((await visit(['a']))[0]?.opened).toBe(0);
    expect(workspace.remember?.({ shelf, clock })).toBeUndefined();
  });
});
