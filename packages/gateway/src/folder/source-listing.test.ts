import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type GlobReading, openWorkspace, type WorkspaceOptions } from 'holdfast/workspace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FolderRootError, listSources, maxSourceBytes } from './source-listing.ts';

let scratch: string;
let count = 0;

beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-folder-')));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A new folder with these files. */
async function folderOf(files: Record<string, string>): Promise<string> {
  count += 1;
  const root = join(scratch, `folder-${count}`);
  await mkdir(root);
  for (const [path, text] of Object.entries(files)) {
    const full = join(root, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
  }
  return root;
}

const never = new AbortController().signal;

async function listing(root: string, options: WorkspaceOptions = {}, signal = never) {
  await using workspace = await openWorkspace(root, { watch: false, ...options });
  return await listSources(workspace, signal);
}

describe('the source files of a folder', () => {
  test('are relative to the root, with slashes, sorted by code unit', async () => {
    const root = await folderOf({ 'b.ts': '', 'a/z.ts': '', 'a/B.ts': '', 'a.ts': '', 'ä.md': '' });
    expect(await listing(root)).toEqual({
      files: ['a.ts', 'a/B.ts', 'a/z.ts', 'b.ts', 'ä.md'],
      warnings: [],
      tooLarge: 0,
      links: 0,
      special: 0,
    });
  });

  test('are neither in folders that hold none nor binaries, lock files, maps or over 1 MiB', async () => {
    const root = await folderOf({
      '.git/config': '',
      '.holdfast/cache.db': '',
      'node_modules/a/index.js': '',
      'packages/a/node_modules/b.js': '',
      'venv-of-mine/pyvenv.cfg': '',
      'venv-of-mine/lib/a.py': '',
      'cached/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n',
      'cached/deep/a.rs': '',
      'logo.PNG': '',
      'a.js.map': '',
      'package-lock.json': '',
      'large.ts': 'x'.repeat(maxSourceBytes + 1),
      'limit.ts': 'x'.repeat(maxSourceBytes),
      '.env.example': '',
      LICENSE: '',
    });
    const { files, tooLarge } = await listing(root);
    expect(files).toEqual(['.env.example', 'LICENSE', 'limit.ts']);
    expect(tooLarge).toBe(1);
  });

  test('are not examined again where it is known of them that they belong to it', async () => {
    const root = await folderOf({ 'a.ts': 'x'.repeat(maxSourceBytes + 1), 'b.ts': '', 'c.ts': '' });
    await using workspace = await openWorkspace(root, { watch: false });
    const { files, tooLarge } = await listSources(workspace, never, (path) => path === 'a.ts');
    expect({ files, tooLarge }).toEqual({ files: ['a.ts', 'b.ts', 'c.ts'], tooLarge: 0 });
  });

  test('are no links, whatever these lead to', async () => {
    const outside = await folderOf({ 'secret.ts': '' });
    const root = await folderOf({ 'a/b/c.ts': '' });
    await symlink(outside, join(root, 'out'));
    await symlink(join(outside, 'secret.ts'), join(root, 'secret.ts'));
    await symlink('..', join(root, 'a/b/up'));
    await symlink('b', join(root, 'a/same'));
    await symlink('c.ts', join(root, 'a/b/copy.ts'));
    await symlink('nowhere', join(root, 'dangling'));
    expect(await listing(root)).toMatchObject({ files: ['a/b/c.ts'], links: 6, warnings: [] });
  });

  test('lack what could not be looked at, with a warning for each', async () => {
    const root = await folderOf({ 'c/.gitignore': '', 'c/z.ts': '', 'd.ts': '' });
    const failed = (code: string) => Object.assign(new Error(code), { code });
    const found = ['c/.gitignore', 'c/z.ts', 'd.ts', 'd.ts/below', 'gone.ts'];
    const reading: GlobReading = {
      state: 'found',
      value: [...found, 'x'.repeat(300)],
      dependency: { type: 'glob', pattern: '**/*', options: {}, ignoreFiles: [], digest: '' },
      skipped: {
        ignored: 7,
        links: 1,
        special: 2,
        unnameable: ['\uFFFD.ts'],
        unreadable: [
          { path: 'c/.gitignore', cause: failed('EACCES') },
          { path: 'a', cause: failed('EPERM') },
        ],
      },
    };
    const { files, warnings, links, special } = await listSources({ root, glob: async () => reading }, never);
    expect(files).toEqual(['c/.gitignore', 'c/z.ts', 'd.ts']);
    expect(warnings).toEqual([
      { path: 'a', code: 'EPERM', message: 'The folder could not be read: its files are missing.' },
      { path: 'c/.gitignore', code: 'EACCES', message: 'It could not be read: its rules do not apply.' },
      {
        path: 'x'.repeat(300),
        code: 'ENAMETOOLONG',
        message: 'The file could not be examined: it is left out.',
      },
      {
        path: '\uFFFD.ts',
        code: 'INVALID_NAME',
        message: 'A name here is not valid UTF-8: the file is left out.',
      },
    ]);
    expect([links, special]).toEqual([1, 2]);
  });

  test('cannot be told when the folder is gone: an error of its own, unlike a search that failed', async () => {
    const root = await folderOf({ 'a.ts': '', 'b.ts': '' });
    await using workspace = await openWorkspace(root, { watch: false });
    await rm(root, { recursive: true });
    const listed = listSources(workspace, never);
    await expect(listed).rejects.toBeInstanceOf(FolderRootError);
    await expect(listed).rejects.toMatchObject({
      code: 'E_FOLDER_ROOT',
      cause: { code: 'E_WORKSPACE_ROOT' },
    });
    await writeFile(root, 'a file');
    await expect(listSources(workspace, never)).rejects.toBeInstanceOf(FolderRootError);
    const small = await folderOf({ 'a.ts': '', 'b.ts': '' });
    await expect(listing(small, { maxGlobEntries: 1 })).rejects.toMatchObject({ code: 'E_GLOB_TOO_LARGE' });
  });

  test('are listed no further when the signal aborts', async () => {
    const root = await folderOf({ 'a.ts': '' });
    const reason = new Error('enough');
    await expect(listing(root, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const endless = { root, glob: () => new Promise<never>(() => {}) };
    const waiting = listSources(endless, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
