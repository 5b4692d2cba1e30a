import {
  closeSync,
  copyFileSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newFolder, pathsOf, witness, writeFiles } from './folder.ts';

type Save = (file: string, content: string) => void;

/** As editors and tools save files. */
const saves: Readonly<Record<string, Save>> = {
  'writing in place': (file, content) => writeFileSync(file, content),
  'a new file that is renamed over it': (file, content) => {
    writeFileSync(`${file}.tmp`, content);
    renameSync(`${file}.tmp`, file);
  },
  'renaming it to a backup and writing anew': (file, content) => {
    renameSync(file, `${file}~`);
    writeFileSync(file, content);
    rmSync(`${file}~`);
  },
  'copying it to a backup and writing in place': (file, content) => {
    copyFileSync(file, `${file}~`);
    writeFileSync(file, content);
  },
  'removing it and writing anew': (file, content) => {
    rmSync(file);
    writeFileSync(file, content);
  },
  'emptying it and writing in pieces': (file, content) => {
    const descriptor = openSync(file, 'r+');
    ftruncateSync(descriptor);
    for (const letter of content) writeSync(descriptor, letter);
    fsyncSync(descriptor);
    closeSync(descriptor);
  },
  'a temporary link that is renamed over it': (file, content) => {
    writeFileSync(`${file}.new`, content);
    linkSync(`${file}.new`, `${file}.link`);
    renameSync(`${file}.link`, file);
    rmSync(`${file}.new`);
  },
  'the same size and the same time as before': (file, content) => {
    writeFileSync(file, content.padEnd(40));
    utimesSync(file, 1_700_000_000, 1_700_000_000);
  },
};

describe.runIf(process.platform === 'linux')('a file that is saved by', () => {
  test.each(Object.entries(saves))('%s is known, time and again', async (_, save) => {
    const root = newFolder();
    const paths = pathsOf(45);
    writeFiles(root, paths);
    const one = await witness(root);
    await one.watch(paths, [
      { ask: 'exists', path: 'd0/f0' },
      { ask: 'list', path: 'd2' },
      { ask: 'glob', pattern: '*/f?' },
    ]);
    for (let round = 0; round < 5; round += 1) {
      for (const path of paths.slice(0, 30)) save(join(root, path), `${path}, ${round}`);
      const { changed, ...reckoning } = await one.reckon();
      expect(reckoning).toEqual({ state: 'LIVE', runs: 30, faults: [] });
      expect(changed).toBe(30);
      for (const path of paths.slice(0, 30)) save(join(root, path), `${path}, ${round}`);
      expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 0, runs: 0, faults: [] });
    }
  });
});
