import { describe, expect, it } from 'vitest';
import type { SourceDependency } from '../../model/dependency.ts';
import { openWatching, read, told, touched, watched } from './watching.test-support.ts';

describe('what is known by watching', () => {
  it('is what was looked at, and what a check found before it was looked at', async () => {
    const watching = await openWatching(['a']);
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
    const watching = await openWatching(['a']);
    const [a] = await watched(watching, 'a');
    watching.platform.say(touched('a'));
    watching.platform.deliver();
    const since = watching.watch.revision;
    await watching.workspace.check([a as SourceDependency]);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(true);
    // By another hard link, as it were.
    const { heard } = watching.disk;
    watching.disk.heard = () => {};
    watching.disk.write('/r/a', 'other');
    watching.disk.heard = heard;
    await watching.pass(50);
    expect(watching.watch.revision).toBeGreaterThan(since);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(false);
    expect(told(watching)).toEqual(['file a']);
  });

  it('is nothing of a place that makes room for others, and of its return nothing that was found before', async () => {
    const watching = await openWatching(['a', 'b', 'c'], { maxWatched: 2 });
    const [a] = await watched(watching, 'a');
    const before = watching.watch.revision;
    await read(watching, 'b', 'c');
    expect(watching.watch.revision).toBeGreaterThan(before);
    expect(watching.watch.holds([a as SourceDependency], before)).toBe(false);
    watching.disk.write('/r/a', 'changed while it was not watched');
    await watching.sync();
    const since = watching.watch.revision;
    await watching.workspace.check([a as SourceDependency]);
    await watching.sync();
    expect(watching.watch.holds([a as SourceDependency], before)).toBe(false);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(false);
    expect(watching.workspace.status().places).toBeLessThanOrEqual(2);
  });

  it('does not count what a check found on a way on which nothing was heard yet', async () => {
    const watching = await openWatching(['b', 'c']);
    watching.disk.link('/r/a', 'b');
    await watched(watching, 'a', 'b', 'c');
    watching.disk.link('/r/a', 'c');
    watching.platform.deliver();
    const since = watching.watch.revision;
    const [c] = await read(watching, 'a');
    expect(await watching.workspace.check([c as SourceDependency])).toEqual({ state: 'same' });
    watching.disk.write('/r/c', 'changed before the way was looked at');
    await watching.sync();
    expect(watching.watch.holds([c as SourceDependency], since)).toBe(false);
  });

  it('does not count it while a large file is looked at there, either', async () => {
    const watching = await openWatching(['b', 'c']);
    watching.disk.link('/r/a', 'b');
    watching.disk.file('/r/c', 'x'.repeat(70_000));
    await watched(watching, 'a');
    watching.disk.link('/r/a', 'c');
    watching.platform.deliver();
    const since = watching.watch.revision;
    const [c] = await read(watching, 'a');
    expect(await watching.finish(watching.workspace.check([c as SourceDependency]))).toEqual({
      state: 'same',
    });
    watching.disk.write('/r/c', 'y'.repeat(70_000));
    const held: boolean[] = [];
    watching.disk.before = (operation, path) => {
      if (operation === 'open' && path === '/r/c')
        held.push(watching.watch.holds([c as SourceDependency], since));
    };
    await watching.sync();
    expect(held).toEqual([false]);
  });

  it('is what is read, where the first who read it could not look at it', async () => {
    const watching = await openWatching(['a']);
    watching.disk.touch('/r/a', { permissions: 0 });
    await read(watching, 'a');
    watching.disk.touch('/r/a', { permissions: 0o644 });
    const [a] = await read(watching, 'a');
    watching.disk.write('/r/a', 'other');
    await watching.sync();
    expect(watching.changes).toMatchObject([{ name: 'a', before: a?.digest }]);
  });

  it('follows a folder in whose place a link is put', async () => {
    const watching = await openWatching(['d/a', 'e/a']);
    await watched(watching, 'd/a');
    watching.disk.link('/r/d', 'e');
    await watching.sync();
    expect(watching.platform.armed).toContain('/r/e');
    watching.disk.write('/r/e/a', 'through the link');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/a', 'file d/a']);
    expect(watching.platform.armed).not.toContain('/r/d');
  });

  it('follows a way that has changed before its directories were armed', async () => {
    const watching = await openWatching([]);
    watching.disk.link('/r/d', 'a');
    watching.platform.hangs = true;
    await read(watching, 'd/c');
    await watching.pass(50);
    watching.disk.directory('/r/a');
    watching.platform.hangs = false;
    await watching.sync();
    watching.disk.write('/r/a/c', 'new');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/c']);
  });

  it('follows a folder that a link passes by `..`', async () => {
    const watching = await openWatching(['a', 'd/x']);
    watching.disk.link('/r/b', './d/../a');
    await watched(watching, 'b');
    watching.disk.remove('/r/d');
    await watching.sync();
    expect(watching.changes).toMatchObject([{ name: 'b', now: 'absent' }]);
  });

  it('is as much of a search that follows links to where it does not search', async () => {
    const watching = await openWatching(['d/x']);
    watching.disk.link('/r/l', 'd/x');
    await watching.finish(watching.workspace.glob('*'));
    await watching.sync();
    watching.disk.remove('/r/d/x');
    await watching.sync();
    expect(told(watching)).toEqual(['glob *']);
  });

  it('leaves out what happened in a new directory while a search was under way, until it has searched again', async () => {
    const watching = await openWatching(['d/a', 'x']);
    await watched(watching, 'd/a', 'x');
    const searching = watching.workspace.glob('**/*');
    watching.disk.file('/r/d/b');
    await watching.finish(searching);
    let entered = false;
    watching.disk.before = (operation, path) => {
      if (operation !== 'readdir' || path !== '/r/d' || entered) return;
      entered = true;
      queueMicrotask(() => watching.disk.file('/r/d/c'));
    };
    await watching.sync();
    const { dependency } = await watching.finish(watching.workspace.glob('**/*'));
    await watching.sync();
    expect(entered).toBe(true);
    expect(watching.watch.holds([dependency], -1)).toBe(true);
    expect(await watching.finish(watching.workspace.check([dependency]))).toEqual({ state: 'same' });
  });

  it('waits for the last of several answers for a directory', async () => {
    const watching = await openWatching(['d/a']);
    await watched(watching, 'd/a');
    watching.disk.remove('/r/d');
    watching.disk.directory('/r/d');
    await watching.sync();
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
    const watching = await openWatching(['a', 'b']);
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
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    watching.disk.write('/r/a', 'one');
    watching.platform.deliver();
    await watching.clock.advance(9);
    expect(watching.changes).toHaveLength(0);
    await watching.clock.advance(1);
    expect(watching.changes).toHaveLength(1);
    watching.disk.write('/r/a', 'two');
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
    const watching = await openWatching(['a']);
    const dependencies = await watched(watching, 'a');
    watching.disk.write('/r/a', 'one');
    watching.disk.write('/r/a', 'a');
    await watching.sync();
    expect(watching.changes).toEqual([]);
    expect(watching.watch.holds(dependencies, -1)).toBe(true);
  });

  it('is told while the file goes on changing, and a sync waits for no end of that', async () => {
    const watching = await openWatching(['a', 'b']);
    await watched(watching, 'a', 'b');
    watching.disk.write('/r/b', 'once');
    let writes = 0;
    watching.disk.before = (operation, path) => {
      if (operation !== 'read' || path !== '/r/a') return;
      writes += 1;
      queueMicrotask(() => {
        watching.disk.write('/r/a', `${writes}`);
        watching.platform.deliver();
      });
    };
    watching.disk.write('/r/a', 'go');
    await watching.sync();
    watching.disk.before = () => {};
    expect(writes).toBeLessThan(20);
    expect(told(watching)).toContain('file b');
    expect(told(watching)).toContain('file a');
  });

  it('of a large file that is written while it is hashed is told all the same', async () => {
    const watching = await openWatching(['a']);
    watching.disk.write('/r/a', 'x'.repeat(70_000));
    await watched(watching, 'a');
    let writes = 0;
    watching.disk.before = (operation) => {
      if (operation !== 'open' || writes >= 30) return;
      writes += 1;
      queueMicrotask(() => {
        watching.disk.write('/r/a', `${'y'.repeat(70_000)}${writes}`);
        watching.platform.deliver();
      });
    };
    watching.disk.write('/r/a', 'y'.repeat(70_000));
    await watching.sync();
    expect(writes).toBeLessThan(30);
    expect(watching.changes.length).toBeGreaterThan(0);
    for (const [index, { before }] of watching.changes.entries()) {
      if (index > 0) expect(before).toBe(watching.changes[index - 1]?.now);
    }
  });
});
