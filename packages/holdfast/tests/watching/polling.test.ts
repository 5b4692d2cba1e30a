import { hash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newFolder, pathsOf, witness, writeFiles } from './folder.ts';
import { RungClock } from './rung-clock.ts';

// On every platform. All but Linux poll, so that the tests of what Linux tells run there only.

test('whatever changes is known by a sync where everything is polled', async () => {
  const root = newFolder();
  const paths = pathsOf(100);
  writeFiles(root, paths);
  const one = await witness(root, { watch: 'poll' });
  await one.watch(paths, [
    { ask: 'glob', pattern: '**/*' },
    { ask: 'list', path: 'd1' },
  ]);
  expect(one.workspace.status()).toMatchObject({ state: 'DEGRADED', platform: 'none' });
  writeFiles(root, paths.slice(0, 30), () => 'edited');
  expect(await one.reckon()).toEqual({ state: 'DEGRADED', changed: 30, runs: 30, faults: [] });
  mkdirSync(join(root, 'aside'));
  renameSync(join(root, 'd1'), join(root, 'aside/d1'));
  rmSync(join(root, 'd2'), { recursive: true });
  writeFiles(root, ['d3/new']);
  expect(await one.reckon()).toEqual({ state: 'DEGRADED', changed: 42, runs: 40, faults: [] });
});

test('a platform that is not known to tell of every change is polled, and the status says so', async () => {
  const root = newFolder();
  const paths = pathsOf(40);
  writeFiles(root, paths);
  const { platform } = process;
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }));
  Object.defineProperty(process, 'platform', { value: 'openbsd' });
  const one = await witness(root);
  await one.watch(paths);
  expect(one.workspace.status()).toMatchObject({
    state: 'DEGRADED',
    reason: 'watching on openbsd is not verified',
    platform: 'none',
  });
  writeFiles(root, paths.slice(5, 10), () => 'edited');
  expect(await one.reckon()).toEqual({ state: 'DEGRADED', changed: 5, runs: 5, faults: [] });
});

test('what changes is told once it was polled, with nobody asking', async () => {
  const root = newFolder();
  const paths = pathsOf(40);
  writeFiles(root, paths);
  const clock = new RungClock(1_000);
  const one = await witness(root, { watch: 'poll', clock });
  await one.watch(paths);
  writeFiles(root, paths.slice(10, 12), () => 'edited');
  clock.ring();
  for (const path of paths.slice(10, 12)) {
    await one.until(() => one.toldOf(path) === hash('sha256', 'edited'));
  }
  expect(await one.reckon()).toEqual({ state: 'DEGRADED', changed: 2, runs: 2, faults: [] });
});
