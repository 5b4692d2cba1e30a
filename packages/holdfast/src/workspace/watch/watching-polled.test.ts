import { describe, expect, it } from 'vitest';
import type { SourceDependency } from '../../model/dependency.ts';
import { openWatching, read, stateOf, told, touched, watched } from './watching.test-support.ts';

describe('what the machine does not watch', () => {
  it('is looked at again and again, and all the rest as well once it is DEGRADED', async () => {
    const watching = await openWatching(['a', 'd/b']);
    watching.platform.refuse = (path) =>
      path === '/r/d' ? { reason: 'forbidden', code: 'EACCES' } : undefined;
    const [a, b] = await read(watching, 'a', 'd/b');
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE', refused: 1 });
    expect(watching.warnings).toMatchObject([{ path: 'd' }]);
    expect(watching.watch.holds([a as SourceDependency], -1)).toBe(true);
    expect(watching.watch.holds([b as SourceDependency], watching.watch.revision)).toBe(false);
    watching.disk.write('/r/d/b', 'one');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file d/b']);
    watching.disk.write('/r/d/b', 'two');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/b', 'file d/b']);

    watching.platform.refuse = () => ({ reason: 'exhausted', code: 'EMFILE' });
    await read(watching, 'e/x');
    watching.platform.say(touched('d', true));
    await watching.pass(100);
    expect(stateOf(watching)).toBe('DEGRADED');
    watching.disk.write('/r/a', 'one');
    await watching.pass(1_100);
    expect(told(watching)).toContain('file a');
  });

  it('as it does not find it is asked for a few times, and looked at again and again', async () => {
    const watching = await openWatching(['d/b']);
    watching.platform.refuse = (path) => (path === '/r/d' ? { reason: 'absent', code: 'ENOENT' } : undefined);
    await read(watching, 'd/b');
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE', refused: 1 });
    watching.disk.write('/r/d/b', 'one');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/b']);
    watching.disk.write('/r/d/b', 'two');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file d/b', 'file d/b']);
    expect(watching.platform.asked.length).toBeLessThan(10);
  });

  it('is asked for again when it has changed', async () => {
    const watching = await openWatching(['d/b']);
    watching.platform.refuse = (path) => (path === '/r/d' ? { reason: 'failed', code: 'EIO' } : undefined);
    await read(watching, 'd/b');
    await watching.sync();
    watching.platform.refuse = () => undefined;
    watching.disk.write('/r/d/b', 'one');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file d/b']);
    expect(watching.workspace.status().refused).toBe(0);
    expect(watching.platform.armed).toContain('/r/d');
  });

  it('is asked for again when it may be watched', async () => {
    const watching = await openWatching(['d/b']);
    watching.platform.refuse = (path) =>
      path === '/r/d' ? { reason: 'forbidden', code: 'EACCES' } : undefined;
    const dependencies = await read(watching, 'd/b');
    await watching.sync();
    watching.platform.refuse = () => undefined;
    watching.disk.touch('/r/d', { permissions: 0o755 });
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE', refused: 0 });
    expect(watching.watch.holds(dependencies, -1)).toBe(true);
  });

  it('is looked at where its way leads by then', async () => {
    const watching = await openWatching(['x/f', 'y/f'], { watch: 'poll' });
    watching.disk.link('/r/d', 'x');
    await read(watching, 'd/f');
    await watching.pass(1_100);
    watching.disk.link('/r/d', 'y');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file d/f']);
  });

  it('takes a twentieth of a core at most to be looked at', async () => {
    const watching = await openWatching(['a', 'b', 'c', 'd'], { watch: 'poll' });
    let looks: number[] = [];
    await read(watching, 'a', 'b', 'c', 'd');
    await watching.pass(200);
    const { clock } = watching;
    watching.disk.before = (operation, path) => {
      if (operation !== 'lstat' || !/^\/r\/[a-d]$/.test(path)) return;
      looks.push(clock.now());
      void clock.advance(100);
    };
    await watching.pass(60_000);
    const rounds = new Set(looks.filter((_, index) => index % 4 === 0)).size;
    expect(rounds).toBeGreaterThan(4);
    expect(looks.length * 100).toBeLessThanOrEqual(0.07 * (clock.now() - 1_000));
    looks = [];
    watching.disk.before = () => {};
  });

  it('and should have told of is found by looking at everything each minute', async () => {
    const watching = await openWatching(['a']);
    const [a] = await watched(watching, 'a');
    const before = watching.watch.revision;
    watching.platform.mangle = () => [];
    watching.disk.write('/r/a', 'by another hard link');
    await watching.pass(30_000);
    expect(told(watching)).toEqual([]);
    await watching.pass(31_000);
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.revision).toBeGreaterThan(before);
    expect(watching.watch.holds([a as SourceDependency], before)).toBe(false);
  });

  it('and was found nevertheless is followed from there', async () => {
    const watching = await openWatching(['b', 'c']);
    watching.disk.link('/r/a', 'b');
    await watched(watching, 'a');
    watching.platform.mangle = () => [];
    watching.disk.link('/r/a', 'c');
    await watching.pass(61_000, 100);
    expect(told(watching)).toEqual(['file a']);
    watching.platform.mangle = (hints) => hints;
    watching.disk.write('/r/c', 'at the other end');
    await watching.sync();
    expect(told(watching)).toEqual(['file a', 'file a']);
  });
});
