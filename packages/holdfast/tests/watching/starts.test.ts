import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openWorkspace } from '../../src/workspace/index.ts';
import { linuxPlatform } from '../../src/workspace/watch/linux.ts';
import { ThreadSession } from '../../src/workspace/watch/thread-session.ts';
import { Child } from './child.ts';
import { newFolder, pathsOf, witness, writeFiles } from './folder.ts';
import { leftovers } from './leftovers.ts';
import { needUserNamespaces } from './namespaces.ts';
import { RungClock } from './rung-clock.ts';

const workers = new URL('../watch/', import.meta.url);

describe.runIf(process.platform === 'linux')('watching', () => {
  test('that cannot begin leaves nothing: a root that is none, options that are none', async () => {
    const root = newFolder();
    writeFiles(root, ['file']);
    await expect(openWorkspace(join(root, 'missing'))).rejects.toMatchObject({ code: 'E_WORKSPACE_ROOT' });
    await expect(openWorkspace(join(root, 'file'))).rejects.toMatchObject({ code: 'E_WORKSPACE_ROOT' });
    await expect(openWorkspace(root, { maxWatched: -1 })).rejects.toMatchObject({ code: 'E_OPTION' });
    expect(leftovers()).toEqual([]);
  });

  test.each(['broken-worker.ts', 'missing-worker.ts'])(
    'whose thread does not start is tried three times, then everything is polled: %s',
    async (worker) => {
      const root = newFolder();
      const paths = pathsOf(40);
      writeFiles(root, paths);
      const one = await witness(root, {
        watchPlatform: linuxPlatform({ roots: [root], worker: new URL(worker, workers) }),
      });
      await one.watch(paths);
      await one.until(({ workspace }) => workspace.status().state === 'DEGRADED');
      expect(one.workspace.status()).toMatchObject({ errors: 3 });
      writeFiles(root, paths.slice(0, 10), () => 'edited');
      const { faults, ...reckoning } = await one.reckon();
      expect(reckoning).toEqual({ state: 'DEGRADED', changed: 10, runs: 10 });
      expect(faults.filter((fault) => !fault.startsWith('an error: '))).toEqual([]);
      await one.close();
      expect(leftovers()).toEqual([]);
    },
  );

  test('of a root on a file system that tells of nothing keeps no thread', async () => {
    const close = vi.spyOn(ThreadSession.prototype, 'close');
    onTestFinished(() => close.mockRestore());
    const one = await witness('/proc/sys/kernel');
    await one.watch([], [{ ask: 'exists', path: 'ostype' }]);
    expect(one.workspace.status()).toMatchObject({
      state: 'DEGRADED',
      reason: expect.stringContaining('does not tell of changes'),
    });
    expect(close).toHaveBeenCalledTimes(1);
    await close.mock.results[0]?.value;
    expect(leftovers()).toEqual([]);
    expect(await one.reckon()).toEqual({ state: 'DEGRADED', changed: 0, runs: 0, faults: [] });
  });

  test.each([
    ['watches', 'ENOSPC', { watches: 0 }],
    ['queues', 'EMFILE', { queues: 0 }],
  ])(
    'on a machine that has no %s left is polling, and leaves nothing when it is closed',
    async (_, code, limits) => {
      needUserNamespaces();
      const root = newFolder();
      const paths = pathsOf(40);
      writeFiles(root, paths);
      const child = new Child(limits);
      await child.do({ type: 'open', root });
      await child.do({ type: 'watch', paths });
      expect(await child.do({ type: 'status' })).toMatchObject({
        state: 'DEGRADED',
        reason: expect.stringContaining(code),
        errors: 0,
      });
      writeFiles(root, paths.slice(0, 10), () => 'edited');
      expect(await child.do({ type: 'reckon' })).toEqual({
        state: 'DEGRADED',
        changed: 10,
        runs: 10,
        faults: [],
      });
      expect(await child.do({ type: 'close' })).toEqual([]);
    },
  );

  test('whose thread dies is begun anew, and nothing is missed of what happened meanwhile', async () => {
    const root = newFolder();
    const paths = pathsOf(100);
    writeFiles(root, paths);
    const clock = new RungClock(250);
    const one = await witness(root, {
      clock,
      watchPlatform: linuxPlatform({ roots: [root], worker: new URL('faulty-worker.ts', workers) }),
    });
    await one.watch(paths, [{ ask: 'glob', pattern: '**/*' }]);
    const { epoch } = one.workspace.status();
    writeFileSync(join(root, 'exit'), '');
    await one.until(({ workspace }) => workspace.status().state === 'UNKNOWN');
    writeFiles(root, [...paths.slice(0, 30), 'new/file'], () => 'while it was dead');
    clock.ring();
    expect(await one.reckon()).toEqual({
      state: 'LIVE',
      changed: 31,
      runs: 30,
      faults: [expect.stringContaining('with code 7')],
    });
    expect(one.workspace.status().epoch).toBeGreaterThan(epoch);
    writeFiles(root, ['new/file', ...paths.slice(20, 40)], () => 'afterwards');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 20, runs: 20, faults: [] });
  });
});
