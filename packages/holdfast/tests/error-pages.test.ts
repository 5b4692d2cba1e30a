import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HoldfastBulkError, HoldfastError } from 'holdfast';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programOf, root, textOf } from './documents.ts';

const home = 'packages/holdfast/src/lib/errors.ts';
const union = /^export type ErrorCode =([^;]*);/m.exec(textOf(home))?.[1] ?? '';
const codes = [...union.matchAll(/'(E_\w+)'/g)].map(([, code]) => code as string);
const pages = globSync('docs/errors/E_*.md', { cwd: root }).map((path) => basename(path, '.md'));

const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).filter(
  (path) => !path.endsWith('.test.ts'),
);
/** All sources as one text, in which a message that is written in several pieces is one piece. */
const source = sources
  .map(textOf)
  .join('\n')
  .replaceAll(/['`] \+\n\s*['`]/g, '');

test('every error code has a page, and every page is of an error code', () => {
  expect(codes.length).toBeGreaterThan(20);
  expect(pages.toSorted()).toEqual(codes.toSorted());
});

test('the index lists every page once', () => {
  const listed = [...textOf('docs/errors/README.md').matchAll(/^\| \[(E_\w+)\]\((\w+)\.md\)/gm)];
  expect(listed.map(([, code]) => code as string).toSorted()).toEqual(codes.toSorted());
  for (const [, code, page] of listed) expect(page).toBe(code);
});

test('every error code is raised somewhere', () => {
  const elsewhere = sources
    .filter((path) => path !== home)
    .map(textOf)
    .join('\n');
  const raised = new Set<string>();
  for (const [, code] of elsewhere.matchAll(/new Holdfast(?:Refused)?Error\(\s*'(E_\w+)'/g))
    raised.add(code as string);
  // The codes that have a class of their own.
  for (const [, name, body] of textOf(home).matchAll(/^export class (\w+)[^{]*\{(.*?)^\}/gms)) {
    const code = /(?:super\(|code: ErrorCode = )'(E_\w+)'/.exec(body as string)?.[1];
    if (code !== undefined && new RegExp(`new ${name}\\b`).test(elsewhere)) raised.add(code);
  }
  expect(codes.filter((code) => !raised.has(code))).toEqual([]);
});

describe('the example on the page of', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-errors-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(pages)('%s ends with that error and the message on the page', async (code) => {
    const page = textOf(`docs/errors/${code}.md`);
    const file = join(folder, `${code}.ts`);
    writeFileSync(file, programOf(page, 'ts'));
    const error: unknown = await import(pathToFileURL(file).href).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!HoldfastError.isInstance(error)) throw new Error('no error of Holdfast', { cause: error });
    expect(error.code).toBe(code);
    expect(error.message).toBe(programOf(page, 'text').trim());
    expect(error instanceof HoldfastBulkError).toBe(code === 'E_BULK');
  });
});

test.each(pages)('the wordings on the page of %s are those of the source', (code) => {
  for (const [, wording] of textOf(`docs/errors/${code}.md`).matchAll(/^- `(.+)`$/gm)) {
    const pieces = (wording as string).split(/‹[^›]*›/).filter((piece) => piece.trim().length > 2);
    expect(pieces.length).toBeGreaterThan(0);
    expect(
      pieces.filter((piece) => !source.includes(piece)),
      wording,
    ).toEqual([]);
  }
});
