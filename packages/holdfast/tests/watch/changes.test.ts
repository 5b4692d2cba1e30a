import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { folder, folderIn, Watching } from './watching.ts';

test('what happens in a directory is told, and nothing of what happens elsewhere', async () => {
  using root = folder('sub');
  await using watching = new Watching([root.path]);
  await watching.arm(root.path);
  writeFileSync(`${root.path}/a`, 'x');
  writeFileSync(`${root.path}/sub/b`, 'x');
  await watching.sync();
  expect(watching.touched()).toEqual(new Set([`${root.path}/a`]));
  expect(watching.hints()[0]).toEqual({ directory: root.path, name: 'a', structural: true });

  watching.reports = [];
  writeFileSync(`${root.path}/a`, 'y');
  await watching.sync();
  // It is emptied and written, which may be told in one batch or in two.
  expect(watching.touched()).toEqual(new Set([`${root.path}/a`]));
  expect(watching.hints().every(({ structural }) => !structural)).toBe(true);

  watching.reports = [];
  watching.session.disarm([root.path]);
  await watching.sync();
  writeFileSync(`${root.path}/a`, 'z');
  await watching.sync();
  expect(watching.hints()).toEqual([]);
  expect(watching.troubles()).toEqual([]);
});

const saves: Readonly<Record<string, (file: string) => void>> = {
  'writing it': (file) => writeFileSync(file, 'new'),
  'truncating it, then writing': (file) => {
    truncateSync(file);
    writeFileSync(file, 'new');
  },
  'renaming another over it': (file) => {
    writeFileSync(`${file}.tmp`, 'new');
    renameSync(`${file}.tmp`, file);
  },
  'moving it to a backup first': (file) => {
    renameSync(file, `${file}~`);
    writeFileSync(file, 'new');
  },
  'removing it first': (file) => {
    unlinkSync(file);
    writeFileSync(file, 'new');
  },
  'linking another there': (file) => {
    writeFileSync(`${file}.tmp`, 'new');
    unlinkSync(file);
    linkSync(`${file}.tmp`, file);
  },
};

test.each(Object.keys(saves))('a file that is saved by %s is told of, each time', async (way) => {
  using root = folder();
  const file = `${root.path}/file`;
  writeFileSync(file, 'old');
  await using watching = new Watching([root.path]);
  await watching.arm(root.path);
  for (let round = 0; round < 20; round += 1) {
    watching.reports = [];
    saves[way]?.(file);
    await watching.sync();
    expect(watching.touched()).toContain(file);
    rmSync(`${file}.tmp`, { force: true });
  }
});

test('2,000 atomic saves are told of', async () => {
  using root = folder();
  await using watching = new Watching([root.path]);
  await watching.arm(root.path);
  for (let index = 0; index < 2_000; index += 1) {
    const file = `${root.path}/${index % 200}`;
    writeFileSync(`${file}.tmp`, `${index}`);
    renameSync(`${file}.tmp`, file);
    if (index % 100 === 99) {
      await watching.sync();
      const touched = watching.touched();
      const whole = touched.has(`${root.path}/`);
      for (let back = index - 99; back <= index; back += 1) {
        expect(whole || touched.has(`${root.path}/${back % 200}`)).toBe(true);
      }
      watching.reports = [];
    }
  }
});

test('of 5,000 files in 20 directories none is missed, and nothing overflows', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `${index}`);
  using root = folder(...names);
  const directories = names.map((name) => `${root.path}/${name}`);
  await using watching = new Watching([root.path]);
  await watching.arm(...directories);
  const files: string[] = [];
  for (let index = 0; index < 5_000; index += 1) files.push(`${directories[index % 20]}/${index}`);
  for (const file of files) closeSync(openSync(file, 'w'));
  await watching.sync();
  const touched = watching.touched();
  expect(files.filter((file) => !touched.has(file))).toEqual([]);
  expect(watching.troubles()).toEqual([]);
});

describe('a directory is lost when it is', () => {
  test.each<[string, (path: string) => void]>([
    ['moved', (path) => renameSync(path, `${path} moved`)],
    ['deleted', (path) => rmdirSync(path)],
    [
      'moved, and another is made',
      (path) => {
        renameSync(path, `${path} moved`);
        mkdirSync(path);
      },
    ],
    [
      'replaced by a link to it',
      (path) => {
        renameSync(path, `${path} moved`);
        symlinkSync(`${path} moved`, path);
      },
    ],
  ])('%s', async (_, change) => {
    using root = folder('dir');
    const directory = `${root.path}/dir`;
    await using watching = new Watching([root.path]);
    await watching.arm(root.path, directory);
    change(directory);
    expect(await watching.first('lost')).toMatchObject({ directory });
    await watching.sync();
    expect(watching.of('lost')).toHaveLength(1);
    expect(watching.touched()).toContain(directory);
  });
});

test('a directory that is deleted and made again is watched or lost, though its number be the same', async () => {
  using root = folder('dir');
  const directory = `${root.path}/dir`;
  await using watching = new Watching([root.path]);
  await watching.arm(root.path, directory);
  for (let round = 0; round < 50; round += 1) {
    watching.reports = [];
    rmdirSync(directory);
    mkdirSync(directory);
    await watching.sync();
    // What is told as a whole may be watched already.
    expect(watching.touched()).toContain(`${directory}/`);
    if (watching.of('lost').length > 0) await watching.arm(directory);
    watching.reports = [];
    writeFileSync(`${directory}/file`, '');
    await watching.sync();
    expect(watching.touched()).toContain(`${directory}/file`);
    rmSync(`${directory}/file`);
    await watching.sync();
  }
});

test('a directory is not lost for a child of its name, and is told of as a whole when its permissions change', async () => {
  using root = folder('dir/dir');
  const directory = `${root.path}/dir`;
  await using watching = new Watching([root.path]);
  await watching.arm(directory);
  rmdirSync(`${directory}/dir`);
  writeFileSync(`${directory}/dir`, '');
  await watching.sync();
  expect(watching.touched()).toEqual(new Set([`${directory}/dir`]));
  watching.reports = [];
  chmodSync(directory, 0o700);
  await watching.sync();
  expect(watching.hints()).toEqual([{ directory, name: undefined, structural: true }]);
  writeFileSync(`${directory}/file`, '');
  await watching.sync();
  expect(watching.touched()).toContain(`${directory}/file`);
  expect(watching.troubles()).toEqual([]);
});

test('a directory that was moved is watched where it is now, and its old place is lost', async () => {
  using root = folder('old');
  const [old, now] = [`${root.path}/old`, `${root.path}/now`];
  await using watching = new Watching([root.path]);
  await watching.arm(old);
  renameSync(old, now);
  watching.session.arm([now]);
  await watching.first('lost', ({ directory }) => directory === old);
  // The kernel has one watch for both, so that the new one may be lost with the old one.
  if (watching.of('lost').some(({ directory }) => directory === now)) await watching.arm(now);
  await watching.sync();
  watching.reports = [];
  writeFileSync(`${now}/file`, '');
  await watching.sync();
  expect(watching.touched()).toEqual(new Set([`${now}/file`]));
});

test('a root is lost when its parent is moved, of which the kernel tells nothing', async () => {
  using parent = folder('a/root');
  const root = `${parent.path}/a/root`;
  await using watching = new Watching([root]);
  await watching.arm(root);
  renameSync(`${parent.path}/a`, `${parent.path}/b`);
  mkdirSync(root, { recursive: true });
  expect(await watching.first('lost')).toEqual({ type: 'lost', directory: root, code: undefined });
  await watching.arm(root);
  writeFileSync(`${root}/file`, '');
  await watching.sync();
  expect(watching.touched()).toContain(`${root}/file`);
});

test('what cannot be watched is refused', async () => {
  using root = folder('dir');
  writeFileSync(`${root.path}/file`, '');
  symlinkSync('dir', `${root.path}/link`);
  await using watching = new Watching([root.path]);
  watching.session.arm(['missing', 'file', 'file/below', 'link'].map((name) => `${root.path}/${name}`));
  watching.session.arm(['/proc/self', '/sys/kernel', '/proc']);
  await watching.sync();
  const refused = watching.of('refused');
  expect(refused.map(({ directory, reason, code }) => [directory, reason, code])).toEqual([
    [`${root.path}/missing`, 'absent', 'ENOENT'],
    [`${root.path}/file`, 'absent', 'ENOTDIR'],
    [`${root.path}/file/below`, 'absent', 'ENOTDIR'],
    [`${root.path}/link`, 'absent', 'ENOTDIR'],
    ['/proc/self', 'absent', 'ENOTDIR'],
    ['/sys/kernel', 'unsupported', '0x62656572'],
    ['/proc', 'unsupported', '0x9fa0'],
  ]);
});

test('what is written through another name of a file is told of where the file is watched itself', async () => {
  using root = folder('inside', 'outside');
  const [inside, outside] = [`${root.path}/inside`, `${root.path}/outside`];
  writeFileSync(`${inside}/file`, 'old');
  linkSync(`${inside}/file`, `${outside}/other`);
  await using watching = new Watching([root.path]);
  await watching.arm(inside);
  writeFileSync(`${outside}/other`, 'unheard');
  await watching.sync();
  expect(watching.hints()).toEqual([]);

  watching.session.armFiles([`${inside}/file`]);
  await watching.sync();
  writeFileSync(`${outside}/other`, 'heard');
  await watching.sync();
  expect(watching.touched()).toEqual(new Set([`${inside}/file`]));

  renameSync(`${inside}/file`, `${inside}/moved`);
  expect(await watching.first('lost')).toMatchObject({ directory: `${inside}/file`, code: 'ENOENT' });
});

test('a name that is not valid UTF-8 is a warning, and the next change is told', async () => {
  using root = folder();
  await using watching = new Watching([root.path]);
  await watching.arm(root.path);
  writeFileSync(Buffer.concat([Buffer.from(`${root.path}/caf`), Buffer.of(0xe9)]), '');
  await watching.sync();
  expect(watching.troubles()).toEqual([
    { type: 'warning', directory: root.path, message: expect.stringContaining('UTF-8') },
  ]);
  expect(watching.touched()).toEqual(new Set([`${root.path}/`]));
  writeFileSync(`${root.path}/next`, '');
  await watching.sync();
  expect(watching.touched()).toContain(`${root.path}/next`);
});

describe('a sync', () => {
  test('comes after everything that happened before, on whatever file system, in 1,000 rounds', async () => {
    using disk = folder('noise');
    using memory = folderIn('/dev/shm');
    await using watching = new Watching([disk.path]);
    const noise = `${disk.path}/noise`;
    await watching.arm(disk.path, memory.path, noise);
    for (let round = 0; round < 1_000; round += 1) {
      for (let index = 0; index < 20; index += 1) writeFileSync(`${noise}/${index}`, '');
      const file = `${round % 2 === 0 ? disk.path : memory.path}/${round % 7}`;
      watching.reports = [];
      writeFileSync(file, `${round}`);
      const answer = await watching.sync();
      expect(answer).toMatchObject({ type: 'synced' });
      // What is told after the answer has no part in it.
      watching.reports.length = watching.reports.indexOf(answer);
      expect(watching.touched()).toContain(file);
    }
  });

  test('is answered though many wait at once', async () => {
    using root = folder();
    await using watching = new Watching([root.path]);
    await watching.arm(root.path);
    const answers = await Promise.all(Array.from({ length: 500 }, () => watching.sync()));
    expect(answers.every(({ type }) => type === 'synced')).toBe(true);
  });

  test('is answered after its directory was taken away', async () => {
    using root = folder();
    await using watching = new Watching([root.path]);
    await watching.arm(root.path);
    rmSync(watching.cookies, { recursive: true });
    expect(await watching.sync()).toMatchObject({ type: 'unsynced', reason: 'unwritable' });
    mkdirSync(watching.cookies);
    expect(await watching.sync()).toMatchObject({ type: 'synced' });
  });
});
