import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['src/a.ts', 'src/a.ts'],
  ['näme "🦊" 名.md', 'näme "🦊" 名.md'],
  ['\x1b[31mred.ts', '\\x1b[31mred.ts'],
  ['new\nline\r.ts', 'new\\x0aline\\x0d.ts'],
  ['\u009b2J.ts', '\\x9b2J.ts'],
  ['\u202egnp.ts', '\\u202egnp.ts'],
])('%j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});
