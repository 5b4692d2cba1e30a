import { describe, expect, it } from 'vitest';
import type { SourceDependency } from '../../model/dependency.ts';
import { settled } from '../../testing/manual-clock.ts';
import { openWorkspace } from '../index.ts';
import { openWatching, read, stateOf, told, touched, watched } from './watching.test-support.ts';

describe('a sync', () => {
  it('that the platform does not answer ends, and everything is begun anew', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    watching.platform.answer = 'silent';
    watching.disk.write('/r/a', 'one');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
    watching.platform.answer = 'synced';
  });

  it('that was missed begins everything anew', async () => {
    const watching = await openWatching(['a']);
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
    const watching = await openWatching(['a']);
    const [a] = await watched(watching, 'a');
    watching.platform.answer = 'unwritable';
    watching.platform.mangle = () => [];
    watching.disk.write('/r/a', 'one');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
    expect(watching.watch.holds([a as SourceDependency], -1)).toBe(false);
  });

  it('waits for what has to be armed, in however many pieces that is answered', async () => {
    const files = Array.from({ length: 20 }, (_, index) => `d/${index}/f`);
    const watching = await openWatching(files);
    const before = await watched(watching, ...files);
    const { disk, platform, watch, workspace } = watching;
    disk.move('/r/d', '/r/aside');
    disk.move('/r/aside', '/r/d');
    let done = false;
    const syncing = workspace.sync().then(() => {
      done = true;
    });
    for (let piece = 0; piece < 1_000 && !done; piece += 1) {
      platform.work(1);
      platform.deliver(1);
      watching.turn();
      await settled();
    }
    expect(before.filter((dependency) => watch.holds([dependency], -1))).toHaveLength(20);
    await watching.finish(syncing);
  });

  it('ends although everything overflows again and again', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    const syncing = watching.workspace.sync();
    let done = false;
    void syncing.then(() => {
      done = true;
    });
    watching.disk.write('/r/a', 'one');
    for (let passed = 0; passed < 20_000 && !done; passed += 20) {
      watching.platform.say({ type: 'overflow', events: 9_000 });
      await watching.pass(20);
    }
    expect(done).toBe(true);
    expect(told(watching)).toEqual(['file a']);
    await watching.pass(1_000);
    expect(stateOf(watching)).toBe('LIVE');
  });

  it('looks at everything where the platform does not find a root that is there', async () => {
    const watching = await openWatching(['a']);
    watching.platform.refuse = () => ({ reason: 'absent', code: 'ENOENT' });
    await read(watching, 'a');
    watching.disk.write('/r/a', 'one');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
    expect(stateOf(watching)).toBe('UNKNOWN');
  });

  it('looks at everything where the platform talks and does not answer', async () => {
    const watching = await openWatching(['a', 'd/b']);
    await watched(watching, 'a');
    watching.platform.say({ type: 'overflow', events: 9_000 });
    watching.platform.hangs = true;
    await read(watching, 'd/b');
    await watching.pass(200);
    watching.disk.write('/r/d/b', 'one');
    let done = false;
    void watching.workspace.sync().then(() => {
      done = true;
    });
    for (let passed = 0; passed < 20_000 && !done; passed += 500) {
      watching.platform.say(touched('other'));
      await watching.pass(500, 50);
    }
    expect(done).toBe(true);
    expect(told(watching)).toEqual(['file d/b']);
    expect(stateOf(watching)).toBe('UNKNOWN');
  });

  it('ends where nothing was read, and where nothing is watched', async () => {
    const watching = await openWatching(['a']);
    await watching.workspace.sync();
    expect(watching.platform.opened).toBe(0);
    await using unwatched = await openWorkspace('/r', { fileSystem: watching.disk, watch: false });
    await unwatched.read('a');
    await unwatched.sync();
    expect(unwatched.status().state).toBe('OFF');
    expect(unwatched.watch).toBeUndefined();
  });

  it('is refused once the workspace is closed, and while it is', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    watching.platform.hangs = true;
    const syncing = watching.workspace.sync().catch((error: unknown) => error);
    await watching.rest();
    await watching.finish(watching.workspace.close());
    expect(await syncing).toMatchObject({ code: 'E_CLOSED' });
    await expect(watching.workspace.sync()).rejects.toMatchObject({ code: 'E_CLOSED' });
  });
});
