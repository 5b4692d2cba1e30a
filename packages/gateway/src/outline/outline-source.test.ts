import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Grammars } from './grammars.ts';
import type { Outline } from './outline.ts';
import { outlineSource } from './outline-source.ts';

function checkInvariants(outline: Outline, path: string, text: string): void {
  expect(outline.path).toBe(path);
  expect(outline.bytes).toBe(Buffer.byteLength(text));
  expect(JSON.parse(JSON.stringify(outline))).toEqual(outline);
  for (const { name, startLine, endLine, signature, parent } of outline.symbols) {
    expect(startLine).toBeGreaterThanOrEqual(1);
    expect(endLine).toBeGreaterThanOrEqual(startLine);
    expect(endLine).toBeLessThanOrEqual(outline.lines);
    expect(name.length).toBeLessThanOrEqual(120);
    expect(signature?.length ?? 0).toBeLessThanOrEqual(200);
    expect(parent?.length ?? 1).toBeGreaterThan(0);
  }
  for (const { line } of outline.imports) expect(line).toBeLessThanOrEqual(outline.lines);
}

describe('outlineSource', () => {
  test('a whole outline of a small file', async () => {
    const text = "import { a } from './a.ts';\n\nexport const twice = (n: number) => a(n) * 2;\n";
    expect(await outlineSource('src/b.ts', text)).toEqual({
      path: 'src/b.ts',
      language: 'typescript',
      bytes: 75,
      lines: 3,
      estimatedTokens: 20,
      symbols: [
        {
          name: 'twice',
          kind: 'function',
          startLine: 3,
          endLine: 3,
          exported: true,
          signature: 'export const twice = (n: number) => a(n) * 2;',
        },
      ],
      imports: [{ from: './a.ts', names: ['a'], line: 1 }],
      parser: 'tree-sitter',
    });
  });

  test('an empty file of any language has an empty outline', async () => {
    for (const path of ['a.ts', 'a.tsx', 'a.js', 'a.py', 'a.md', 'a.go', 'a', 'a.json']) {
      const outline = await outlineSource(path, '');
      expect(outline).toMatchObject({ bytes: 0, lines: 0, estimatedTokens: 0, symbols: [], imports: [] });
      expect(outline.note).toBeUndefined();
    }
  });

  test('symbols around a syntax error are kept and the error is counted', async () => {
    const outline = await outlineSource('a.ts', 'function before() {}\nfoo bar baz;\nfunction after() {}\n');
    expect(outline.symbols.map(({ name }) => name)).toEqual(['before', 'after']);
    expect(outline.parser).toBe('tree-sitter');
    expect(outline.note).toMatch(/^\d+ syntax errors?$/);
  });

  test('a file without one whole statement falls back to its lines', async () => {
    const outline = await outlineSource('a.ts', "import { a } from 'b';\nexport class A {\n  run() {\n");
    expect(outline.parser).toBe('lines');
    expect(outline.note).toMatch(/syntax errors?, outlined by lines$/);
    expect(outline.symbols).toMatchObject([{ name: 'A', kind: 'class', startLine: 2, endLine: 3 }]);
    expect(outline.imports).toEqual([{ from: 'b', line: 1 }]);
  });

  test('5 MB of minified code on one line are outlined by lines, with the reason', async () => {
    const text = 'var a=function(b,c){return b+c*2},d={e:1,f:[1,2,3]};'.repeat(100_000);
    const outline = await outlineSource('a.min.js', text);
    expect(outline).toMatchObject({ bytes: 5_200_000, lines: 1, parser: 'lines' });
    expect(outline.note).toBe('outlined by lines: longer than 1048576 characters');
  });

  test('minified code that takes too many steps is outlined by lines, with the reason', async () => {
    const text = 'var a=function(b,c){return b+c*2},d={e:1,f:[1,2,3]};'.repeat(5_000);
    const outline = await outlineSource('a.js', text, new Grammars({ maximumSteps: 1_000 }));
    expect(outline.parser).toBe('lines');
    expect(outline.note).toBe('outlined by lines: not parsed within 1000 steps');
  });

  test('a crash of the parser is a note on that file, and the next file is parsed', async () => {
    const grammars = new Grammars({ maximumMemory: 2 ** 25 });
    const crashed = await outlineSource('a.ts', `${'a<'.repeat(100_000)}\nfunction b() {}\n`, grammars);
    expect(crashed).toMatchObject({
      parser: 'lines',
      note: 'outlined by lines: the parser crashed (RuntimeError)',
    });
    expect(crashed.symbols).toMatchObject([{ name: 'b', startLine: 2 }]);
    expect((await outlineSource('b.ts', 'let a = 1;', grammars)).parser).toBe('tree-sitter');
  });

  test.each([
    ['parentheses', 'a.js', '('.repeat(100_000)],
    ['closed brackets', 'a.ts', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['blocks', 'a.ts', '{'.repeat(50_000) + '}'.repeat(50_000)],
    ['functions', 'a.ts', 'function f() {'.repeat(5_000) + '}'.repeat(5_000)],
    ['classes', 'a.js', 'class A { m() {'.repeat(3_000) + '}}'.repeat(3_000)],
    ['elements', 'a.tsx', '<a>'.repeat(10_000)],
    ['templates', 'a.ts', '`${'.repeat(20_000)],
    ['else branches', 'a.js', `${'if (a) {} else '.repeat(20_000)}{}`],
    ['indents', 'a.py', Array.from({ length: 800 }, (_, at) => `${' '.repeat(at)}if x:`).join('\n')],
    ['lambdas', 'a.py', 'lambda a: '.repeat(20_000)],
    ['headings', 'a.md', '# a\n'.repeat(50_000)],
  ])('deep or endless %s are survived, bounded', async (_name, path, text) => {
    const outline = await outlineSource(path, text);
    checkInvariants(outline, path, text);
    expect(outline.symbols.length).toBeLessThanOrEqual(2_000);
  });

  test('a list that is cut says so', async () => {
    const text = Array.from({ length: 2_500 }, (_, at) => `export const a${at} = 1;`).join('\n');
    const outline = await outlineSource('a.ts', text);
    expect(outline.symbols).toHaveLength(2_000);
    expect(outline.note).toBe('more than 2000 symbols or imports: the rest is left out');
  });

  test('text decoded from invalid UTF-8 is outlined, with a note', async () => {
    const text = Buffer.from([
      ...Buffer.from('const a = "'),
      0xff,
      0xfe,
      ...Buffer.from('";\nfunction b() {}'),
    ]).toString();
    const outline = await outlineSource('a.js', text);
    expect(outline.symbols.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(outline.note).toBe('holds U+FFFD: perhaps not UTF-8');
  });

  test('lines and names are right after characters of several units', async () => {
    const outline = await outlineSource('a.ts', "const é = '🎉🎉 ünï';\r\nexport function später() {}\r\n");
    expect(outline.symbols).toMatchObject([
      { name: 'é', startLine: 1, signature: "const é = '🎉🎉 ünï';" },
      { name: 'später', startLine: 2, signature: 'export function später() {}' },
    ]);
    expect(outline).toMatchObject({ lines: 2, parser: 'tree-sitter' });
    expect(outline.note).toBeUndefined();
  });

  test('a byte order mark and a #! line are no syntax errors', async () => {
    const outline = await outlineSource('tool', '#!/usr/bin/env node\nfunction main() {}\n');
    expect(outline).toMatchObject({
      language: 'javascript',
      parser: 'tree-sitter',
      symbols: [{ name: 'main' }],
    });
    expect((await outlineSource('a.ts', '\uFEFFlet a = 1;\n')).note).toBeUndefined();
  });

  test('outlines of the sources of this folder are the same alone, together and in another runtime', async () => {
    const names = ['ecmascript.ts', 'grammars.ts', 'markdown.ts', 'outline-source.ts', 'definitions.ts'];
    const texts = await Promise.all(names.map((name) => readFile(new URL(name, import.meta.url), 'utf8')));
    const together = await Promise.all(names.map((name, at) => outlineSource(name, texts[at] ?? '')));
    const other = new Grammars();
    for (const [at, name] of names.entries()) {
      expect(together[at]?.parser).toBe('tree-sitter');
      expect(together[at]?.note).toBeUndefined();
      expect(await outlineSource(name, texts[at] ?? '', other)).toEqual(together[at]);
    }
  });

  test('any text gives a well-formed outline in every language', async () => {
    const grammars = new Grammars();
    const pieces =
      'function class def export import from const { } ( ) [ ] => : ; = , . \n \n  \t " \' ` # @ a b * / < > ``` --- | 🎉 \0 \ud800 é'.split(
        ' ',
      );
    const texts = fc.array(
      fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 6 })),
      {
        maxLength: 60,
      },
    );
    const paths = [
      'a.ts',
      'a.tsx',
      'a.js',
      'a.py',
      'a.md',
      'a.go',
      'a.rs',
      'a.c',
      'a.rb',
      'a.json',
      'a.yaml',
      'a.vue',
      'a',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), texts, async (path, words) => {
        const text = words.join(' ');
        const outline = await outlineSource(path, text, grammars);
        checkInvariants(outline, path, text);
        expect(await outlineSource(path, text, grammars)).toEqual(outline);
      }),
      { numRuns: 400, seed: 20261123 },
    );
    expect(grammars.runtimesLoaded).toBe(1);
  });
});
