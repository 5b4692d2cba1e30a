import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linuxPlatform } from '../../src/workspace/watch/linux.ts';
import { newFolder, pathsOf, size, touchInTurns, witness, writeFiles } from './folder.ts';
import { Gate } from './gate.ts';

const heldWorker = new URL('./held-worker.ts', import.meta.url);

describe.runIf(process.platform === 'linux')('many changes at once', () => {
  test('are all known when the kernel had no room for them, as the thread that watches stood still', async () => {
    const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    const folder = newFolder();
    const root = join(folder, 'root');
    const paths = pathsOf(size(400, 20_000));
    const files = [...paths, 'flood/f0', 'flood/f1'];
    writeFiles(root, files.slice(0, -1));
    writeFiles(root, ['flood/one', 'flood/other']);
    const gate = new Gate(root);
    const one = await witness(root, {
      watchPlatform: linuxPlatform({ roots: [root], worker: heldWorker }),
    });
    await one.watch(files, [{ ask: 'glob', pattern: '**/*' }]);
    const { epoch } = one.workspace.status();

    const held = gate.reached();
    writeFileSync(join(root, 'hold'), '');
    await held;
    // Of what comes first hints are left, of what comes last none.
    const flood = Array.from({ length: size(500, 40_000) }, (_, i) => `flood/f${i + 1}`);
    const half = paths.length / 2;
    writeFiles(root, paths.slice(0, half), () => 'before the flood');
    writeFiles(root, ['flood/f0'], () => 'before the flood');
    for (const path of flood) writeFileSync(join(root, path), path);
    for (const path of flood) rmSync(join(root, path));
    touchInTurns(join(root, 'flood'), queue);
    writeFiles(root, flood.slice(0, 100));
    writeFiles(root, paths.slice(half), () => 'after the flood');
    await gate.open();

    expect(await one.reckon()).toEqual({
      state: 'LIVE',
      changed: files.length + 1,
      runs: files.length,
      faults: [],
    });
    expect(one.workspace.status().epoch).toBeGreaterThan(epoch);
    writeFiles(root, ['d0/f0'], () => 'afterwards');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 1, faults: [] });
  });

  test('are all known in directories that are made as they are written', async () => {
    const root = newFolder();
    const paths = Array.from({ length: size(500, 5_000) }, (_, i) => `${nested(i)}/f${i}`);
    const one = await witness(root);
    await one.watch(paths.slice(0, 250), [{ ask: 'glob', pattern: '**/*' }]);
    writeFiles(root, paths);
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 251, runs: 250, faults: [] });
    rmSync(join(root, 'n0'), { recursive: true });
    renameSync(join(root, 'n1'), join(root, 'n0'));
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', faults: [] });
    writeFiles(root, paths, () => 'again');
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', runs: 250, faults: [] });
  });

  test('are all known when every save is a new file in the place of the old one', async () => {
    const root = newFolder();
    const paths = pathsOf(100);
    writeFiles(root, paths);
    const one = await witness(root);
    await one.watch(paths, [
      { ask: 'glob', pattern: '**/f*' },
      { ask: 'list', path: 'd0' },
    ]);
    let runs = 0;
    const saves = size(200, 2_000);
    for (let save = 0; save < saves; save += 1) {
      const file = join(root, paths[(save * 37) % paths.length] as string);
      writeFileSync(`${file}.tmp`, `save ${save}`);
      renameSync(`${file}.tmp`, file);
      if (save % 100 !== 99) continue;
      const reckoning = await one.reckon();
      expect(reckoning).toEqual({ state: 'LIVE', changed: 100, runs: 100, faults: [] });
      runs += reckoning.runs;
    }
    expect(runs).toBe(saves);
  });

  test('are all known where a hundred thousand files are', async () => {
    const root = newFolder();
    const paths = pathsOf(size(1_000, 100_000));
    writeFiles(root, paths);
    const one = await witness(root, { maxWatched: 400_000 });
    await one.watch(paths);
    expect(one.workspace.status()).toMatchObject({ state: 'LIVE', places: paths.length, refused: 0 });
    const edited = paths.filter((_, i) => i % 20 === 7);
    writeFiles(root, edited, () => 'edited');
    expect(await one.reckon()).toEqual({
      state: 'LIVE',
      changed: edited.length,
      runs: edited.length,
      faults: [],
    });
    mkdirSync(join(root, 'aside'));
    for (let i = 0; i < 10; i += 1) renameSync(join(root, `d${i}`), join(root, `aside/d${i}`));
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 200, runs: 200, faults: [] });
    for (let i = 0; i < 10; i += 1) renameSync(join(root, `aside/d${i}`), join(root, `d${i}`));
    writeFiles(root, paths.slice(0, 10), () => 'back');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 200, runs: 10, faults: [] });
  });
});

function nested(i: number): string {
  return `n${i % 7}/${i % 3}/${i % 50}/deeper`;
}
