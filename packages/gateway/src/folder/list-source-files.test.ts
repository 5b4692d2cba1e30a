import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FolderProgress } from './folder-listing.ts';
import { type FolderReader, nodeFolderReader } from './folder-reader.ts';
import { FolderRootError, listSourceFiles } from './list-source-files.ts';
import { looksBinary } from './source-names.ts';

let scratch: string;
let count = 0;

beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-folder-')));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A new folder with these files; a path that ends in `/` is an empty folder. */
async function folderOf(files: Record<string, string>): Promise<string> {
  count += 1;
  const root = join(scratch, `folder-${count}`);
  await mkdir(root);
  for (const [path, text] of Object.entries(files)) {
    const full = join(root, path);
    await mkdir(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (!path.endsWith('/')) await writeFile(full, text);
  }
  return root;
}

const list = async (root: string) => (await listSourceFiles(root)).files;

/** A reader whose calls on some paths fail as the system would. */
function failing(codes: Record<string, string>): FolderReader {
  const check = (call: string, path: string) => {
    for (const [place, code] of Object.entries(codes)) {
      const [only, end] = place.split(' ') as [string, string];
      if (only === call && path.endsWith(end)) throw Object.assign(new Error(`${code}: ${path}`), { code });
    }
  };
  return {
    realPath: (path) => nodeFolderReader.realPath(path),
    entries: async (path) => {
      check('entries', path);
      return nodeFolderReader.entries(path);
    },
    size: async (path) => {
      check('size', path);
      return nodeFolderReader.size(path);
    },
    text: async (path) => {
      check('text', path);
      return nodeFolderReader.text(path);
    },
  };
}

describe('listSourceFiles', () => {
  test('paths are relative to the root, with slashes, sorted by code unit', async () => {
    const root = await folderOf({
      'b.ts': '',
      'a/z.ts': '',
      'a/B.ts': '',
      'a.ts': '',
      'ä.md': '',
      'a/c/d e.py': '',
    });
    expect(await listSourceFiles(root)).toEqual({
      files: ['a.ts', 'a/B.ts', 'a/c/d e.py', 'a/z.ts', 'b.ts', 'ä.md'],
      warnings: [],
      skipped: { ignored: 0, folders: 0, notSource: 0, tooLarge: 0, links: 0, special: 0 },
    });
    expect(await list(`${root}/`)).toHaveLength(6);
  });

  test('folders, binaries, lock files and large files that are not source are left out and counted', async () => {
    const root = await folderOf({
      '.git/config': '',
      '.holdfast/cache.db': '',
      'node_modules/a/index.js': '',
      'packages/a/node_modules/b.js': '',
      'venv-of-mine/pyvenv.cfg': '',
      'venv-of-mine/lib/a.py': '',
      'cached/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n',
      'cached/a.rs': '',
      'not-cached/CACHEDIR.TAG': 'hello',
      'not-cached/a.rs': '',
      'logo.PNG': '',
      'a.js.map': '',
      'package-lock.json': '',
      'large.ts': 'x'.repeat(1_048_577),
      'limit.ts': 'x'.repeat(1_048_576),
      '.env.example': '',
      LICENSE: '',
    });
    const { files, skipped } = await listSourceFiles(root);
    expect(files).toEqual([
      '.env.example',
      'LICENSE',
      'limit.ts',
      'not-cached/CACHEDIR.TAG',
      'not-cached/a.rs',
    ]);
    expect(skipped).toEqual({ ignored: 0, folders: 6, notSource: 3, tooLarge: 1, links: 0, special: 0 });
    expect((await listSourceFiles(root, { maximumBytes: 0 })).files).toEqual([
      '.env.example',
      'LICENSE',
      'not-cached/a.rs',
    ]);
  });

  test('outputs by custom are left out only where no ignore file speaks', async () => {
    const files = { 'dist/a.js': '', 'src/dist/b.js': '', 'src/a.ts': '' };
    expect(await list(await folderOf(files))).toEqual(['src/a.ts']);
    expect(await list(await folderOf({ ...files, '.gitignore': '/dist\n' }))).toEqual([
      '.gitignore',
      'src/a.ts',
      'src/dist/b.js',
    ]);
    const root = await folderOf({ ...files, '.gitignore': '# nothing\n' });
    expect(await list(root)).toEqual(['.gitignore', 'src/a.ts']);
  });

  test('ignore files hold at every level, and a nearer one takes back what a farther one ignores', async () => {
    const root = await folderOf({
      '.gitignore': '*.log\n/build\ngen/\n',
      'a.log': '',
      'build/a.ts': '',
      'src/build/a.ts': '',
      'src/gen/a.ts': '',
      'src/.gitignore': '!keep.log\n/only-here.ts\n',
      'src/keep.log': '',
      'src/other.log': '',
      'src/only-here.ts': '',
      'src/deep/keep.log': '',
      'src/deep/only-here.ts': '',
      'src/deep/gen/.gitignore': '!*\n',
      'src/deep/gen/b.ts': '',
    });
    expect(await list(root)).toEqual([
      '.gitignore',
      'src/.gitignore',
      'src/build/a.ts',
      'src/deep/keep.log',
      'src/deep/only-here.ts',
      'src/keep.log',
    ]);
  });

  test('.git/info/exclude is the weakest ignore file, also in a linked work tree', async () => {
    const files = {
      '.gitignore': '!/src/\n',
      'src/a.ts': '',
      'private/b.ts': '',
      'c.ts': '',
    };
    const exclude = 'private\nsrc/\n';
    const root = await folderOf({ ...files, '.git/info/exclude': exclude });
    expect(await list(root)).toEqual(['.gitignore', 'c.ts', 'src/a.ts']);
    const linked = await folderOf({
      'main/.git/info/exclude': exclude,
      'main/.git/worktrees/w/commondir': '../..\n',
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`tree/${path}`, text])),
      'tree/.git': 'gitdir: ../main/.git/worktrees/w\n',
    });
    expect(await list(join(linked, 'tree'))).toEqual(['.gitignore', 'c.ts', 'src/a.ts']);
  });

  test('the rules of a repository around the root hold in it, unless it ignores the root itself', async () => {
    const root = await folderOf({
      '.git/info/exclude': 'secret\n',
      '.gitignore': '/packages/a/lib\ntmp/\n',
      'packages/.gitignore': 'a/*.gen.ts\n',
      'packages/a/lib/x.ts': '',
      'packages/a/x.gen.ts': '',
      'packages/a/secret/y.ts': '',
      'packages/a/y.ts': '',
      'tmp/a.ts': '',
      'tmp/.gitignore': 'b.ts\n',
      'tmp/b.ts': '',
    });
    expect(await list(join(root, 'packages/a'))).toEqual(['y.ts']);
    expect(await list(join(root, 'tmp'))).toEqual(['.gitignore', 'a.ts']);
  });

  test('symbolic links are not followed: not out of the root, not in circles, not to a second copy', async () => {
    const outside = await folderOf({ 'secret.ts': '' });
    const root = await folderOf({ 'a/b/c.ts': '' });
    await symlink(outside, join(root, 'out'));
    await symlink(join(outside, 'secret.ts'), join(root, 'secret.ts'));
    await symlink('..', join(root, 'a/b/up'));
    await symlink('b', join(root, 'a/same'));
    await symlink('c.ts', join(root, 'a/b/copy.ts'));
    await symlink('nowhere', join(root, 'dangling'));
    const { files, skipped, warnings } = await listSourceFiles(root);
    expect(files).toEqual(['a/b/c.ts']);
    expect([skipped.links, warnings]).toEqual([6, []]);
  });

  test('the root itself may be a link', async () => {
    const root = await folderOf({ 'a.ts': '' });
    await symlink(root, join(scratch, 'link-to-root'));
    expect(await list(join(scratch, 'link-to-root'))).toEqual(['a.ts']);
  });

  test('an unreadable folder, file or ignore file is a warning and the rest is listed', async () => {
    const root = await folderOf({
      'a/x.ts': '',
      'b/y.ts': '',
      'c/.gitignore': 'z.ts',
      'c/z.ts': '',
      'd.ts': '',
    });
    const reader = failing({ 'entries /a/': 'EACCES', 'size b/y.ts': 'EIO', 'text c/.gitignore': 'EACCES' });
    const { files, warnings } = await listSourceFiles(root, {}, reader);
    expect(files).toEqual(['c/.gitignore', 'c/z.ts', 'd.ts']);
    expect(warnings).toEqual([
      { path: 'a', code: 'EACCES', message: 'The folder could not be read: its files are missing.' },
      { path: 'b/y.ts', code: 'EIO', message: 'The file could not be examined: it is left out.' },
      { path: 'c/.gitignore', code: 'EACCES', message: 'It could not be read: its rules do not apply.' },
    ]);
  });

  test('what vanishes during the listing is not a warning', async () => {
    const root = await folderOf({ 'a/x.ts': '', 'b.ts': '', 'c.ts': '' });
    const reader = failing({ 'entries /a/': 'ENOENT', 'size b.ts': 'ENOENT' });
    expect(await listSourceFiles(root, {}, reader)).toMatchObject({ files: ['c.ts'], warnings: [] });
  });

  test('a name that is not UTF-8 is a warning', async () => {
    const root = await folderOf({ 'a.ts': '' });
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x2e, 0x74, 0x73])]), '');
    const { files, warnings } = await listSourceFiles(root);
    expect(files).toEqual(['a.ts']);
    expect(warnings).toMatchObject([{ path: '\uFFFD.ts', code: 'INVALID_NAME' }]);
  });

  test('a root that is missing, a file or unreadable is an error that says what to do', async () => {
    const root = await folderOf({ 'a.ts': '' });
    await expect(listSourceFiles(join(root, 'none'))).rejects.toThrow(
      'The folder to list cannot be read (ENOENT): give the path of a readable folder.',
    );
    const file = listSourceFiles(join(root, 'a.ts'));
    await expect(file).rejects.toThrow('The folder to list is not a folder');
    await expect(file).rejects.toBeInstanceOf(FolderRootError);
    const reader = failing({ [`entries ${root}`]: 'EACCES' });
    await expect(listSourceFiles(root, {}, reader)).rejects.toMatchObject({ code: 'E_FOLDER_ROOT' });
  });

  test('progress counts up to the whole, folder by folder', async () => {
    const root = await folderOf({ 'a/x.ts': '', 'a/b/y.ts': '', 'z.ts': '' });
    const seen: FolderProgress[] = [];
    const { files } = await listSourceFiles(root, { onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ folders }) => folders)).toEqual([1, 2, 3]);
    expect(seen.at(-1)).toEqual({ folders: 3, files: files.length });
  });

  test('an aborted listing rejects with the reason and reads no further folder', async () => {
    const root = await folderOf({ 'a/b/c/d.ts': '' });
    const controller = new AbortController();
    const reason = new Error('enough');
    let folders = 0;
    const listing = listSourceFiles(root, {
      signal: controller.signal,
      onProgress: (progress) => {
        folders = progress.folders;
        if (folders === 2) controller.abort(reason);
      },
    });
    await expect(listing).rejects.toBe(reason);
    expect(folders).toBe(2);
  });

  test('the event loop turns while a folder with many entries is listed', async () => {
    const names = Array.from({ length: 5_000 }, (_, at) => `${at}.png`);
    const reader: FolderReader = {
      realPath: async (path) => path,
      entries: async () => names.map((name) => ({ name, type: 'file' })),
      size: async () => 1,
      text: async () => '',
    };
    let turns = 0;
    let listing = true;
    const count = () => {
      turns += 1;
      if (listing) setImmediate(count);
    };
    setImmediate(count);
    const { skipped } = await listSourceFiles('/none', {}, reader);
    listing = false;
    expect(skipped.notSource).toBe(5_000);
    expect(turns).toBeGreaterThanOrEqual(15);
  });

  test('further folders can be left out by name, and a bad limit is refused', async () => {
    const root = await folderOf({ 'fixtures/a.ts': '', 'b/fixtures/a.ts': '', 'c.ts': '' });
    const { files, skipped } = await listSourceFiles(root, { skipFolders: ['fixtures'] });
    expect([files, skipped.folders]).toEqual([['c.ts'], 2]);
    await expect(listSourceFiles(root, { maximumBytes: -1 })).rejects.toThrow(
      'maximumBytes must be a number of at least 0, not -1',
    );
  });

  test('git lists the same files, whatever the ignore files say', async () => {
    const folderName = fc.constantFrom('a', 'b', 'src', '[slug]', 'b*c', '!n', 'z z', 'Foo');
    const fileName = fc.constantFrom('x.ts', 'y.ts', 'd?e', '#h', '!m', 'c', 'Bar', ' s');
    const atom = fc.constantFrom(
      ...['a', 'b', 'src', '*', '**', '*.ts', 'x.*', '?', '[ab]', '[!a]', '\\[slug\\]', '[slug]', 'z z'],
      ...['\\!n', '\\!m', '\\#h', 'y.ts', 'Foo', 'foo', 'b\\*c', 'd\\?e', '*b*', '[a-z]', 'c'],
    );
    const pattern = fc
      .tuple(
        fc.constantFrom('', '', '', '/', '/', '!', '!/', '# '),
        fc.array(atom, { minLength: 1, maxLength: 2 }),
        fc.constantFrom('', '', '/', ' ', '\r'),
      )
      .map(([start, atoms, end]) => start + atoms.join('/') + end);
    const patterns = fc.array(pattern, { minLength: 3, maxLength: 7 }).map((lines) => lines.join('\n'));
    const folders = fc.array(fc.array(folderName, { maxLength: 3 }), { minLength: 5, maxLength: 8 });
    const fileNames = fc.uniqueArray(fileName, { minLength: 3, maxLength: 5 });
    const ignoreFiles = fc.array(patterns, { minLength: 2, maxLength: 4 });
    const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
    const total = { listed: 0, ignored: 0 };
    const rounds = Math.max(10, Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) / 5));
    await fc.assert(
      fc.asyncProperty(folders, fileNames, ignoreFiles, patterns, async (paths, names, texts, exclude) => {
        const files: Record<string, string> = { '.git/info/exclude': exclude };
        for (const [at, path] of paths.entries()) {
          const folder = path.map((part) => `${part}/`).join('');
          for (const file of names) files[folder + file] = '';
          const text = texts[at];
          if (text !== undefined) files[`${folder}.gitignore`] = text;
        }
        const root = await folderOf(files);
        execFileSync('git', ['init', '-q', '--template=', root], { env: environment });
        const listed = execFileSync('git', ['-C', root, 'ls-files', '-z', '-co', '--exclude-standard'], {
          env: environment,
        });
        const expected = listed.toString().split('\0').filter(Boolean).sort();
        const listing = await listSourceFiles(root);
        expect(listing.files).toEqual(expected);
        total.listed += expected.length;
        // All but the exclude file, which is no file of the folder.
        total.ignored += Object.keys(files).length - 1 - expected.length;
        await rm(root, { recursive: true });
      }),
      // A share: every round makes a repository and starts git twice.
      { numRuns: rounds },
    );
    // Both must happen often, or the comparison says little.
    expect(Math.min(total.listed, total.ignored)).toBeGreaterThan(2 * rounds);
  });
});

describe('looksBinary', () => {
  test('a NUL among the first 8,000 bytes makes content binary', () => {
    expect(looksBinary(Buffer.from('text é'))).toBe(false);
    expect(looksBinary(Buffer.from('te\0xt'))).toBe(true);
    expect(looksBinary(Buffer.concat([Buffer.alloc(7_999, 'a'), Buffer.from([0])]))).toBe(true);
    expect(looksBinary(Buffer.concat([Buffer.alloc(8_000, 'a'), Buffer.from([0])]))).toBe(false);
    expect(looksBinary(Buffer.alloc(0))).toBe(false);
  });
});
