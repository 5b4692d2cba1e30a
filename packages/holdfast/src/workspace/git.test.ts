import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace } from './index.ts';

let scratch: string;
let count = 0;

beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-git-')));
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

async function search(root: string, pattern = '**/*', ignore: readonly string[] = []) {
  await using workspace = await openWorkspace(root, { watch: false });
  const reading = await workspace.glob(pattern, { dot: true, ignore });
  if (reading.state !== 'found') throw reading.error;
  return reading;
}
const list = async (...what: Parameters<typeof search>) => (await search(...what)).value;

describe('a glob under ignore files', () => {
  test('obeys them at every level, and a nearer one takes back what a farther one ignores', async () => {
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
      'src/quiet/.gitignore': '# nothing\n',
    });
    const { value, dependency, skipped } = await search(root);
    expect(value).toEqual([
      '.gitignore',
      'src/.gitignore',
      'src/build/a.ts',
      'src/deep/keep.log',
      'src/deep/only-here.ts',
      'src/keep.log',
      'src/quiet/.gitignore',
    ]);
    expect(dependency.ignoreFiles).toEqual(['.gitignore', 'src/.gitignore']);
    expect(skipped.ignored).toBe(6);
    expect(await list(root, 'src/gen/*')).toEqual([]);
    expect(await list(root, 'src/deep/*.log')).toEqual(['src/deep/keep.log']);
  });

  test('obeys `ignore` more than any of them', async () => {
    const root = await folderOf({ '.gitignore': 'a\n!b\n', a: '', b: '', 'd/a': '', 'd/c': '' });
    expect(await list(root, '**/*', ['!a', 'b'])).toEqual(['.gitignore', 'a', 'd/a', 'd/c']);
    expect(await list(root, '**/*', ['d/'])).toEqual(['.gitignore', 'b']);
    expect(await list(root, '**/*', ['/d/c', '.gitignore'])).toEqual(['b']);
    expect(await list(join(root, 'd'), '**/*', ['!/a'])).toEqual(['a', 'c']);
  });

  test('takes .git/info/exclude for the weakest, also in a linked work tree', async () => {
    const files = { '.gitignore': '!/src/\n', 'src/a.ts': '', 'private/b.ts': '', 'c.ts': '' };
    const exclude = 'private\nsrc/\n';
    const root = await folderOf({ ...files, '.git/info/exclude': exclude });
    const { value, dependency } = await search(root);
    expect(value).toEqual(['.gitignore', 'c.ts', 'src/a.ts']);
    expect(dependency.ignoreFiles).toEqual(['.git/info/exclude', '.gitignore']);
    const linked = await folderOf({
      'main/.git/info/exclude': exclude,
      'main/.git/worktrees/w/commondir': '../..\n',
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`tree/${path}`, text])),
      'tree/.git': 'gitdir: ../main/.git/worktrees/w\n',
    });
    expect(await list(join(linked, 'tree'))).toEqual(['.gitignore', 'c.ts', 'src/a.ts']);
  });

  test('obeys the rules of a repository around the root, unless that ignores the root itself', async () => {
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

  test('enters nothing of version control or Holdfast, by whatever pattern', async () => {
    const root = await folderOf({
      '.git/a': '',
      '.hg/a': '',
      '.svn/a': '',
      '.jj/a': '',
      '.holdfast/a': '',
      a: '',
    });
    expect(await list(root)).toEqual(['a']);
    expect(await list(root, '.git/*')).toEqual([]);
  });

  test('does not follow a .gitignore that is a link, as git does not', async () => {
    const root = await folderOf({ rules: 'a', a: '' });
    await symlink('rules', join(root, '.gitignore'));
    expect(await list(root)).toEqual(['.gitignore', 'a', 'rules']);
  });

  test('finds the files that git lists, whatever the ignore files say', async () => {
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
        expect(await list(root)).toEqual(expected);
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
