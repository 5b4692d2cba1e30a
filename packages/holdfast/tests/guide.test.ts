import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { programOf, root, textOf } from './documents.ts';

const documents = globSync('{docs/{guide,errors}/*.md,docs/*.md,packages/*/README.md}', { cwd: root }).sort();

/** A folder of this run's own, inside the repository so that programs find what it depends on. */
const folder = join(root, 'node_modules/.cache', `holdfast-guide-${process.pid}`);

const configuration = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    declaration: false,
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    rootDir: root,
    typeRoots: [join(root, 'node_modules/@types')],
    paths: {
      holdfast: [join(root, 'packages/holdfast/src/index.ts')],
      'holdfast/sqlite': [join(root, 'packages/holdfast/src/adapters/sqlite/index.ts')],
      'holdfast/*': [join(root, 'packages/holdfast/src/*/index.ts')],
    },
  },
  include: ['**/*.ts'],
};

/** What the compiler says of programs, by their paths below `folder`. */
function compile(programs: ReadonlyMap<string, string>): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of programs) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\nexport {};\n`);
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [compiler, '--pretty', 'false', '-p', folder],
      { cwd: folder },
      (_failed, output) => {
        rmSync(folder, { recursive: true });
        resolve(output);
      },
    );
  });
}

test('every program in the guide, the error pages and the packages’ READMEs compiles, and one with a mistake does not', {
  timeout: 10_000,
}, async () => {
  const programs = new Map(documents.map((path) => [`${path}.ts`, programOf(textOf(path), 'ts')]));
  expect(documents.length).toBeGreaterThan(40);
  programs.set('mistake.ts', "import { createCache } from 'holdfast';\ncreateCache({ maxEntrys: 1 });");
  const complaints = (await compile(programs)).split('\n').filter((line) => /^[\w./-]+\.ts\(/.test(line));
  // What is wrong in the sources themselves is told by the check of types.
  expect(complaints.filter((line) => !line.startsWith('../'))).toEqual([
    expect.stringContaining('mistake.ts(2,15): error TS2561'),
  ]);
});

test('every link of the documents leads to a file that is there', () => {
  const broken = documents.flatMap((path) =>
    [...textOf(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target as string)
      .filter((target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('the index of the guide names every page of it', () => {
  const index = textOf('docs/guide/README.md');
  const pages = globSync('*.md', { cwd: join(root, 'docs/guide') }).filter((page) => page !== 'README.md');
  expect(pages.filter((page) => !index.includes(`(${page})`))).toEqual([]);
});
