import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../step.ts';
import { mutations } from './list.ts';
import { complaint } from './mutation.ts';
import { pageOf } from './page.ts';

test.each(mutations)(
  'the text of "$rule" stands in its file, once, and what takes its place is a program',
  (mutation) => {
    expect(complaint(mutation)).toBeUndefined();
    expect(mutation.tests.length).toBeGreaterThan(0);
    for (const path of mutation.tests)
      expect(existsSync(join(root, 'packages/holdfast', path)), path).toBe(true);
  },
);

test('docs/mutations.md tells of each rule who noticed', () => {
  const page = readFileSync(join(root, 'docs/mutations.md'), 'utf8');
  expect(page).toBe(pageOf(mutations, new Map(), page));
  const rows = page.split('\n').filter((line) => /^\| (\d+|guard|stream|ledger) \|/.test(line));
  expect(rows.map((row) => row.split(' | ')[1])).toEqual(mutations.map(({ rule }) => rule));
  expect(page).not.toContain('NOBODY');
  expect(page).not.toContain('outside of any test');
});
