import { describe, expect, test } from 'vitest';
import { parsePattern } from './pattern.ts';

const finds = (pattern: string, path: string, dot = false) => parsePattern(pattern, dot).matches(path);

describe('a pattern', () => {
  test.each([
    ['*', 'a', 'a/b .a'],
    ['*.ts', 'a.ts', '.a.ts a/b.ts a.tsx'],
    ['**', 'a a/b a/b/c', '.a a/.b .a/b'],
    ['**/*.ts', 'a.ts a/b/c.ts', 'a.js .a/b.ts'],
    ['a/**', 'a/b a/b/c', 'a ab'],
    ['a/**/b', 'a/b a/x/y/b', 'a/xb'],
    ['a?c', 'abc', 'ac a/c'],
    ['[ab].ts', 'a.ts b.ts', 'c.ts ab.ts'],
    ['a[!b]c', 'axc', 'abc a/c'],
    ['[[:digit:]]x', '1x', 'ax'],
    ['{a/b,c}/d', 'a/b/d c/d', 'a/d'],
    ['{01..10}', '01 09 10', '1 0 11'],
    ['{1..9..4}', '1 5 9', '2 4'],
    ['{-1..1}', '-1 0 1', '2'],
    ['{a..c}.ts', 'a.ts c.ts', 'd.ts'],
    ['!(a|b).ts', 'c.ts', 'a.ts b.ts'],
    ['@(a|b)', 'a b', 'ab c'],
    ['+(ab|c)', 'ab abab cab', 'a'],
    ['.github/**', '.github/a/b', 'github/a .github/.a'],
    ['\\[slug\\]/\\*', '[slug]/*', 's/*'],
    ['./././a', 'a', 'b'],
    ['[a]+', 'a+', 'aa'],
    ['$a^', '$a^', 'a'],
  ])('%s finds %s and not %s', (pattern, wanted, others) => {
    for (const path of wanted.split(' ')) expect([path, finds(pattern, path)]).toEqual([path, true]);
    for (const path of others.split(' ')) expect([path, finds(pattern, path)]).toEqual([path, false]);
  });

  test('finds names that begin with a dot where it says so, or everywhere with dot', () => {
    expect(finds('**/*', 'a/.b/c', true)).toBe(true);
    expect(finds('**/.*', 'a/.b')).toBe(true);
    expect(finds('**/.*', '.a/.b')).toBe(false);
  });

  test.each([
    [undefined, /of type undefined is not a string/],
    [null, /null is not a string/],
    ['', /is empty/],
    ['a\0', /NUL/],
    ['\uD800', /surrogate/],
    ['/a', /is absolute/],
    ['C:/a', /is absolute/],
    ['\\\\server', /is absolute/],
    ['src\\lib\\*.ts', /"src\\\\lib\\\\\*\.ts" holds a backslash that escapes nothing/],
    ['a\\', /backslash/],
    ['../a', /\.\. as a part/],
    ['a/../b', /\.\. as a part/],
    ['a/./b', /empty part/],
    ['a//b', /empty part/],
    ['a/', /ends with a slash/],
    ['!a', /begins with !/],
    ['a'.repeat(4_097), /is longer than 4096 characters/],
    ['{1..999999999}', /"\{1\.\.999999999\}" holds a range of more than 1000 numbers/],
    ['{1..2..0}', /neither one of whole numbers/],
    ['{1..b}', /neither one of whole numbers/],
    ['(a)', /parenthesis/],
    ['(a+)+b', /parenthesis/],
    ['+(+(a))', /repeats a group/],
    ['+(a*)', /repeats a group/],
    ['*(a|ab)', /repeats a group/],
    ['*(|a)', /repeats a group/],
    ['*(!(a))', /repeats a group/],
    ['*a*a*a*a*a*b', /more than 5 wildcards/],
    ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', /more than 5 wildcards/],
    ['**/a/**/a/**/a/**/a/**/a/**/b', /more than 5 times \*\*/],
    [Array.from({ length: 13 }, () => '{a,b}').join('/'), /more than 12 braces/],
  ])('%j is refused, and the message says why', (pattern, message) => {
    const parse = () => parsePattern(pattern as never, false);
    expect(parse).toThrowError(expect.objectContaining({ code: 'E_GLOB' }));
    expect(parse).toThrowError(message);
  });

  test('is compared in a moment with the longest names, however bad they are for it', () => {
    const name = 'a'.repeat(255);
    for (const pattern of ['+(a|b)c', '*(ab|ac)b', '{a,b}{a,b}*{a,b}*b', '@(a|aa)@(a|aa)*b', '*a*a*b']) {
      const start = performance.now();
      expect(finds(pattern, name)).toBe(false);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });

  test.each([
    ['src/lib/**/*.ts', ['src', 'lib'], Number.POSITIVE_INFINITY, false],
    ['src/a.ts', ['src'], 2, false],
    ['*.ts', [], 1, false],
    ['packages/*/src/*.ts', ['packages'], 4, false],
    ['{a,b/c}/d', [], 3, false],
    ['+(a|b)', [], Number.POSITIVE_INFINITY, false],
    ['[slug]/x', [], 2, true],
    ['a/*/.b/*', ['a'], 4, true],
    ['.a/*', ['.a'], 2, false],
    ['\\*/a', [], 2, false],
  ])('%s walks from %j, %d names deep at most', (pattern, base, depth, dots) => {
    expect(parsePattern(pattern, false)).toMatchObject({ base, depth, dots });
  });
});
