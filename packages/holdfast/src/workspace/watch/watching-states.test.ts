import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WatchedDirectory } from './watched-directory.ts';
import { openWatching, read, stateOf, told, watched } from './watching.test-support.ts';

describe('the states', () => {
  it('go from UNKNOWN by SCANNING to LIVE, with the epoch', async () => {
    const watching = await openWatching(['a']);
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

  it('are begun anew without going through everything below each directory, as that holds up the caller', async () => {
    const watching = await openWatching(['a', 'd/b', 'd/e/c']);
    const dependencies = await watched(watching, 'a', 'd/b', 'd/e/c');
    const { revision } = watching.watch;
    const reach = vi.spyOn(WatchedDirectory.prototype, 'reach');
    onTestFinished(() => reach.mockRestore());
    watching.platform.say({ type: 'overflow', events: 9_000 });
    await watching.pass(500);
    expect(stateOf(watching)).toBe('LIVE');
    expect(reach).not.toHaveBeenCalled();
    expect(watching.watch.holds(dependencies, -1)).toBe(true);
    watching.disk.write('/r/d/e/c', 'next');
    await watching.sync();
    expect(told(watching)).toEqual(['file d/e/c']);
    expect(watching.watch.holds(dependencies, revision)).toBe(false);
  });

  it('come to LIVE after an overflow by ways that were found anew', async () => {
    const watching = await openWatching(['b', 'c']);
    watching.disk.link('/r/a', 'b');
    await watched(watching, 'a');
    watching.platform.mangle = () => [];
    watching.disk.link('/r/a', 'c');
    watching.platform.say({ type: 'overflow', events: 9_000 });
    watching.platform.deliver();
    watching.platform.mangle = (hints) => hints;
    await watching.pass(500);
    expect(told(watching)).toEqual(['file a']);
    watching.disk.write('/r/c', 'at the other end');
    await watching.sync();
    expect(told(watching)).toEqual(['file a', 'file a']);
  });

  it('do not come to LIVE after an overflow by reading something else meanwhile', async () => {
    const watching = await openWatching(['a', 'b', 'd/c']);
    await watched(watching, 'a');
    watching.platform.mangle = () => [];
    watching.disk.write('/r/a', 'lost');
    watching.platform.say({ type: 'overflow', events: 9_000 });
    watching.platform.deliver();
    watching.platform.mangle = (hints) => hints;
    await watching.workspace.read('d/c');
    await watching.pass(90);
    expect(stateOf(watching)).toBe('UNKNOWN');
    await watching.pass(200);
    expect(stateOf(watching)).toBe('LIVE');
    expect(told(watching)).toEqual(['file a']);
  });

  it('are UNKNOWN while the root is gone, of which it is told once, and come back with it', async () => {
    const watching = await openWatching(['a', 'd/b']);
    const dependencies = await watched(watching, 'a', 'd/b');
    watching.disk.move('/r', '/elsewhere');
    await watching.pass(100);
    expect(stateOf(watching)).toBe('UNKNOWN');
    const { length } = watching.states;
    await watching.pass(10_000);
    expect(watching.states).toHaveLength(length);
    expect(watching.platform.asked.length).toBeLessThan(10);
    expect(watching.warnings).toEqual([]);
    await watching.sync();
    watching.disk.move('/elsewhere', '/r');
    watching.disk.write('/r/a', 'one');
    await watching.sync();
    expect(stateOf(watching)).toBe('LIVE');
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.holds(dependencies.slice(1), -1)).toBe(true);
  });

  it('are UNKNOWN when the platform dies, which is started again ever later, and DEGRADED after three deaths', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    const died = { type: 'died', error: new Error('dead') } as const;
    const waits: number[] = [];
    for (let death = 1; death <= 9; death += 1) {
      watching.platform.say(died);
      watching.platform.deliver();
      expect(stateOf(watching)).toBe(death < 3 ? 'UNKNOWN' : 'DEGRADED');
      expect(watching.watch.revision).toBe(-1);
      const before = watching.clock.now();
      const { opened: sessions } = watching.platform;
      while (watching.platform.opened === sessions) await watching.clock.advance(10);
      waits.push(watching.clock.now() - before);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(watching.errors).toHaveLength(9);
    await watching.pass(100);
    expect(stateOf(watching)).toBe('LIVE');
    await watching.pass(70_000);
    watching.platform.say(died);
    watching.platform.deliver();
    expect(stateOf(watching)).toBe('UNKNOWN');
    await watching.pass(1_000);
    expect(stateOf(watching)).toBe('LIVE');
  });

  it('are UNKNOWN when the platform cannot be started, until it can', async () => {
    const watching = await openWatching(['a']);
    watching.platform.failure = new Error('no thread');
    await read(watching, 'a');
    expect(stateOf(watching)).toBe('UNKNOWN');
    await watching.pass(2_000);
    expect(stateOf(watching)).toBe('DEGRADED');
    watching.platform.failure = undefined;
    await watching.pass(5_000);
    expect(stateOf(watching)).toBe('LIVE');
  });

  it('are DEGRADED where no watches are left, and watching is tried again', async () => {
    const watching = await openWatching(['a', 'd/b', 'e/c']);
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
    watching.disk.write('/r/a', 'one');
    watching.disk.write('/r/e/c', 'one');
    await watching.pass(1_100);
    expect(told(watching).toSorted()).toEqual(['file a', 'file e/c']);
    watching.disk.write('/r/a', 'two');
    await watching.sync();
    expect(told(watching)).toHaveLength(3);
    await watching.pass(30_000);
    expect(stateOf(watching)).toBe('DEGRADED');
    watching.platform.refuse = () => undefined;
    await watching.pass(30_000);
    expect(stateOf(watching)).toBe('LIVE');
  });

  it('are DEGRADED where the file system of the root tells of nothing', async () => {
    const watching = await openWatching(['a', 'd/b']);
    watching.platform.refuse = () => ({ reason: 'unsupported', code: 'nfs' });
    await read(watching, 'a', 'd/b');
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({
      state: 'DEGRADED',
      reason: expect.stringContaining('nfs'),
    });
    await watching.pass(120_000);
    expect(stateOf(watching)).toBe('DEGRADED');
    expect(watching.platform.asked).toEqual(['/r', '/r/d']);
    // Nothing is going to be asked for again, so that no thread is kept for it.
    expect(watching.platform.live).toBe(0);
    watching.disk.write('/r/a', 'polled');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
  });

  it('are DEGRADED from the beginning where polling was asked for', async () => {
    const watching = await openWatching(['a'], { watch: 'poll' });
    await read(watching, 'a');
    expect(watching.workspace.status()).toMatchObject({
      state: 'DEGRADED',
      platform: 'none',
      directories: 0,
    });
    await watching.pass(100);
    watching.disk.write('/r/a', 'one');
    await watching.pass(1_100);
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.revision).toBe(-1);
    expect(watching.platform.opened).toBe(0);
  });

  it('are begun anew when the platform says nothing at all, and later when it says nothing for five seconds', async () => {
    const watching = await openWatching(['a']);
    const { platform } = watching;
    platform.hangs = true;
    await read(watching, 'a');
    await watching.pass(30_100, 100);
    expect(watching.errors).toMatchObject([{ message: expect.stringContaining('for 30000 ms') }]);
    platform.hangs = false;
    await watching.pass(1_000);
    expect(platform.opened).toBe(2);
    expect(stateOf(watching)).toBe('LIVE');
    platform.say({ type: 'overflow', events: 9_000 });
    platform.deliver();
    platform.hangs = true;
    await watching.pass(5_200);
    expect(watching.errors.slice(1)).toMatchObject([{ message: expect.stringContaining('for 5000 ms') }]);
    platform.hangs = false;
    await watching.pass(1_000);
    expect(platform.opened).toBe(3);
    expect(stateOf(watching)).toBe('LIVE');
  });

  it('come to LIVE, however slow the platform is to start: on a busy machine another start would be no faster', async () => {
    const watching = await openWatching(['a']);
    watching.platform.hangs = true;
    const dependencies = await read(watching, 'a');
    await watching.pass(29_000, 100);
    expect(stateOf(watching)).not.toBe('LIVE');
    watching.platform.hangs = false;
    await watching.pass(100);
    expect(stateOf(watching)).toBe('LIVE');
    expect(watching.watch.holds(dependencies, -1)).toBe(true);
    expect([watching.platform.opened, watching.errors]).toEqual([1, []]);
  });
});
