import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { readPageFiles } from './page-files.ts';

test('what a page is made of is served under its path with its type, and nothing else is', () => {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
  const folder = join(home, 'page');
  mkdirSync(join(folder, 'fonts'), { recursive: true });
  for (const name of ['counted.js', 'printable.js', 'summary-line.js', 'watching-line.js', 'other.js'])
    writeFileSync(join(home, name), name);
  for (const name of [
    'index.html',
    'main.js',
    'main.js.map',
    'main.d.ts',
    '.page.tsbuildinfo',
    'fonts/a.woff2',
  ]) {
    writeFileSync(join(folder, name), name);
  }
  const files = readPageFiles(pathToFileURL(`${folder}/`));
  rmSync(home, { recursive: true });
  expect(Object.fromEntries([...files].map(([path, { type, body }]) => [path, `${type} ${body}`]))).toEqual({
    '/': 'text/html; charset=utf-8 index.html',
    '/index.html': 'text/html; charset=utf-8 index.html',
    '/main.js': 'text/javascript; charset=utf-8 main.js',
    '/counted.js': 'text/javascript; charset=utf-8 counted.js',
    '/printable.js': 'text/javascript; charset=utf-8 printable.js',
    '/summary-line.js': 'text/javascript; charset=utf-8 summary-line.js',
    '/watching-line.js': 'text/javascript; charset=utf-8 watching-line.js',
    '/fonts/a.woff2': 'font/woff2 fonts/a.woff2',
  });
});

test('a page that is not built has no files', () => {
  expect(readPageFiles(new URL('file:///nowhere/at/all/')).size).toBe(0);
});
