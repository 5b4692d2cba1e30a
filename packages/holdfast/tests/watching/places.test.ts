import { hash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Child } from './child.ts';
import { newFolder, pathsOf, witness, writeFiles } from './folder.ts';
import { RungClock } from './rung-clock.ts';

const isLive = (one: { readonly workspace: { status(): { readonly state: string } } }) =>
  one.workspace.status().state === 'LIVE';

describe.runIf(process.platform === 'linux')('a root', () => {
  test('that is removed and made again is followed, however fast', async () => {
    const root = join(newFolder(), 'root');
    const paths = pathsOf(200);
    writeFiles(root, paths);
    const one = await witness(root);
    await one.watch(paths, [{ ask: 'glob', pattern: '**/*' }]);
    for (let round = 0; round < 3; round += 1) {
      rmSync(root, { recursive: true });
      writeFiles(root, paths, (path) => `${path}, ${round}`);
      expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 200, runs: 200, faults: [] });
    }
    rmSync(root, { recursive: true });
    mkdirSync(root);
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 201, runs: 200, faults: [] });
    writeFiles(root, paths.slice(0, 20), (path) => `${path}, at last`);
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 21, runs: 20, faults: [] });
  });

  test('that is gone is waited for, and nothing is known of it meanwhile', async () => {
    const root = join(newFolder(), 'root');
    const paths = pathsOf(100);
    writeFiles(root, paths);
    const clock = new RungClock(500);
    const one = await witness(root, { clock });
    await one.watch(paths);
    renameSync(root, `${root}-aside`);
    await one.until(() => !isLive(one));
    await one.workspace.sync();
    expect(one.workspace.status()).toMatchObject({
      state: 'UNKNOWN',
      reason: expect.stringContaining('root'),
    });
    expect(one.workspace.watch?.revision).toBe(-1);
    writeFiles(`${root}-aside`, paths.slice(0, 30), () => 'edited aside');
    renameSync(`${root}-aside`, root);
    clock.ring();
    await one.until(isLive);
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 30, runs: 30, faults: [] });
  });

  test('that another directory takes the place of is that one', async () => {
    const folder = newFolder();
    const [root, other] = [join(folder, 'root'), join(folder, 'other')];
    const paths = pathsOf(100);
    writeFiles(root, paths);
    writeFiles(other, paths.slice(0, 60), (path) => `other ${path}`);
    const one = await witness(root);
    await one.watch(paths);
    renameSync(root, join(folder, 'aside'));
    renameSync(other, root);
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 100, runs: 100, faults: [] });
    writeFiles(join(folder, 'aside'), paths, () => 'of no interest');
    writeFiles(root, paths.slice(55, 65), () => 'edited');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 10, runs: 10, faults: [] });
  });
});

describe.runIf(process.platform === 'linux')('names', () => {
  test('that differ in case only are two, and a rename from one to the other is a change of both', async () => {
    const root = newFolder();
    writeFiles(root, ['Readme.md', 'src/Main.ts']);
    const one = await witness(root);
    await one.watch(
      ['Readme.md', 'README.md', 'src/Main.ts', 'src/main.ts', 'SRC/main.ts'],
      [
        { ask: 'list', path: '.' },
        { ask: 'glob', pattern: '**/*' },
      ],
    );
    renameSync(join(root, 'Readme.md'), join(root, 'README.md'));
    renameSync(join(root, 'src/Main.ts'), join(root, 'src/main.ts'));
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 6, runs: 4, faults: [] });
    renameSync(join(root, 'src'), join(root, 'SRC'));
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 4, runs: 1, faults: [] });
    writeFileSync(join(root, 'SRC/main.ts'), 'edited');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 1, faults: [] });
  });

  test('of one file are all known by what is written by any of them, also by one outside', async () => {
    const root = newFolder();
    const outside = newFolder();
    writeFiles(root, ['a/file']);
    mkdirSync(join(root, 'b'));
    linkSync(join(root, 'a/file'), join(root, 'b/same'));
    linkSync(join(root, 'a/file'), join(outside, 'same'));
    const one = await witness(root);
    await one.watch(['a/file', 'b/same'], [{ ask: 'list', path: 'b' }]);
    const names = [join(root, 'a/file'), join(root, 'b/same'), join(outside, 'same')];
    for (const [round, name] of [...names, ...names].entries()) {
      writeFileSync(name, `round ${round}`);
      expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 2, runs: 2, faults: [] });
    }
    // A save that renames another file over one name parts them.
    writeFileSync(join(root, 'a/new'), 'parted');
    renameSync(join(root, 'a/new'), join(root, 'a/file'));
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 1, faults: [] });
    writeFileSync(join(outside, 'same'), 'alone');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 1, faults: [] });
  });

  test('of a file in whose place a directory is put are watched no more, and the directory is', async () => {
    const root = newFolder();
    writeFiles(root, ['a']);
    linkSync(join(root, 'a'), join(newFolder(), 'same'));
    const one = await witness(root);
    await one.watch(['a'], [{ ask: 'list', path: 'a' }]);
    unlinkSync(join(root, 'a'));
    mkdirSync(join(root, 'a'));
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 2, runs: 1, faults: [] });
    writeFiles(root, ['a/new']);
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 0, faults: [] });
    expect(one.workspace.status()).toMatchObject({ refused: 0, warnings: 0 });
  });

  test('that a file was given while it was watched are known within a minute', async () => {
    const root = newFolder();
    const outside = newFolder();
    writeFiles(root, ['file']);
    const clock = new RungClock(60_000);
    const one = await witness(root, { clock });
    await one.watch(['file']);
    linkSync(join(root, 'file'), join(outside, 'same'));
    writeFileSync(join(outside, 'same'), 'by another name');
    clock.ring();
    await one.until(() => one.toldOf('file') === hash('sha256', 'by another name'));
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 1, faults: [] });
    // That look has found the other name, so that what is written by it is told from now on.
    writeFileSync(join(outside, 'same'), 'once more');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 1, faults: [] });
  });
});

describe.runIf(process.platform === 'linux')('a link', () => {
  test('to a directory is followed: its files, and where it leads', async () => {
    const folder = newFolder();
    const root = join(folder, 'root');
    writeFiles(root, ['one/f', 'one/deep/g', 'two/f']);
    writeFiles(folder, ['shared/f', 'shared/deep/g']);
    symlinkSync('one', join(root, 'link'));
    const clock = new RungClock(1_000);
    const one = await witness(root, { allowLinksTo: [join(folder, 'shared')], clock });
    await one.watch(
      ['link/f', 'link/deep/g', 'one/f'],
      [
        { ask: 'list', path: 'link' },
        { ask: 'exists', path: 'link/deep' },
      ],
    );
    const relink = (target: string) => {
      unlinkSync(join(root, 'link'));
      symlinkSync(target, join(root, 'link'));
    };
    writeFiles(root, ['one/f', 'one/deep/g'], () => 'edited');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 3, runs: 3, faults: [] });
    relink('two');
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', changed: 4, faults: [] });
    writeFiles(root, ['two/f'], () => 'edited');
    writeFiles(root, ['one/deep/g'], () => 'of no interest any more');
    expect(await one.reckon()).toEqual({ state: 'LIVE', changed: 1, runs: 0, faults: [] });
    relink('../shared');
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', changed: 4, faults: [] });
    writeFiles(folder, ['shared/f', 'shared/deep/g', 'shared/new'], () => 'edited out there');
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', changed: 3, runs: 2, faults: [] });
    rmSync(join(folder, 'shared'), { recursive: true });
    writeFiles(folder, ['shared/f'], () => 'made again');
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', changed: 4, faults: [] });
    // Nothing tells when a directory outside comes back that is gone: it is looked at again and again.
    rmSync(join(folder, 'shared'), { recursive: true });
    await one.until(() => one.workspace.status().refused === 1);
    await one.workspace.sync();
    expect(one.workspace.status()).toMatchObject({ state: 'LIVE', refused: 1 });
    writeFiles(folder, ['shared/f', 'shared/deep/g'], () => 'back');
    clock.ring();
    await one.until(() => one.toldOf('link/f') === hash('sha256', 'back'));
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', changed: 4, faults: [] });
    writeFiles(folder, ['shared/f'], () => 'edited out there again');
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', changed: 1, runs: 1, faults: [] });
    unlinkSync(join(root, 'link'));
    renameSync(join(root, 'two'), join(root, 'link'));
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', faults: [] });
    writeFiles(root, ['link/f', 'link/deep/g'], () => 'a directory of its own');
    expect(await one.reckon()).toMatchObject({ state: 'LIVE', runs: 2, faults: [] });
  });
});

/** To whom permissions apply: not to the superuser. */
const user = process.getuid?.() === 0 ? 65_534 : undefined;

describe.runIf(process.platform === 'linux')('a directory', () => {
  test('that loses its permissions is unknown until it has them again', async () => {
    const folder = newFolder();
    chmodSync(folder, 0o755);
    const root = join(folder, 'root');
    const paths = pathsOf(60);
    writeFiles(root, paths);
    const child = new Child({ user });
    await child.do({ type: 'open', root });
    await child.do({ type: 'watch', paths, questions: [{ ask: 'list', path: 'd1' }] });
    for (const [mode, unreadable] of [
      [0o000, 21],
      [0o444, 20],
      [0o111, 1],
    ] as const) {
      chmodSync(join(root, 'd1'), mode);
      const blocked = await child.do({ type: 'reckon' });
      expect(blocked).toMatchObject({ state: 'LIVE', faults: [] });
      // Who may list may not open, and who may open may not list.
      expect(blocked.changed).toBe(unreadable);
      writeFiles(root, [...paths.slice(15, 25), 'd1/new'], () => `written while it was ${mode}`);
      expect(await child.do({ type: 'reckon' })).toMatchObject({ state: 'LIVE', faults: [] });
      chmodSync(join(root, 'd1'), 0o755);
      expect(await child.do({ type: 'reckon' })).toMatchObject({ state: 'LIVE', faults: [] });
      writeFiles(root, paths, () => `written after it was ${mode}`);
      expect(await child.do({ type: 'reckon' })).toEqual({
        state: 'LIVE',
        changed: 60,
        runs: 60,
        faults: [],
      });
    }
    expect(await child.do({ type: 'close' })).toEqual([]);
  });
});
