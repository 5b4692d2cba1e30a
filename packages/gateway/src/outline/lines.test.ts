import { describe, expect, test } from 'vitest';
import { languageOf } from './language.ts';
import type { OutlineSymbol } from './outline.ts';
import { outlineSource } from './outline-source.ts';
import { countLines, textLines } from './text-lines.ts';
import { estimateTokens } from './tokens.ts';

function line({ startLine, endLine, kind, parent, name }: OutlineSymbol): string {
  return `${startLine}-${endLine} ${kind} ${parent === undefined ? '' : `${parent}.`}${name}`;
}

async function byLines(path: string, text: string): Promise<{ list: string[]; imports: string[] }> {
  const outline = await outlineSource(path, text);
  expect([outline.parser, outline.note]).toEqual(['lines', undefined]);
  return { list: outline.symbols.map(line), imports: outline.imports.map(({ from }) => from) };
}

describe('outlines by lines', () => {
  test('Markdown headings reach to the next of their level, and code and front matter are not headings', async () => {
    const text = `---
title: x
---
# Top #
text
## One
\`\`\`sh
# no heading
\`\`\`
### Deep
## Two
- item
---
Under
=====
    # indented code
#hashtag
last`;
    expect((await byLines('a.md', text)).list).toEqual([
      '4-13 heading Top',
      '6-10 heading Top.One',
      '10-10 heading Top.One.Deep',
      '11-13 heading Top.Two',
      '14-18 heading Under',
    ]);
  });

  test('Go definitions end with their bracket, methods included, imports in a block', async () => {
    const text = `package main

import (
\t"fmt"
\tlog "example.com/log"
)

type Server struct {
\tname string
}

func (s *Server) Run(
\ta int,
) error {
\treturn nil
}

func main() { fmt.Println() }
`;
    expect(await byLines('a.go', text)).toEqual({
      list: ['8-10 struct Server', '12-16 function Run', '18-18 function main'],
      imports: ['fmt', 'example.com/log'],
    });
  });

  test('Rust, Java and Ruby name the parent of what they nest', async () => {
    expect(
      (await byLines('a.rs', 'pub struct A;\nimpl<T> B for A<T> {\n    pub async fn run() {\n    }\n}\n'))
        .list,
    ).toEqual(['1-1 struct A', '2-5 class A', '3-4 method A.run']);
    expect((await byLines('A.java', 'public final class A {\n  static class B {\n  }\n}\n')).list).toEqual([
      '1-4 class A',
      '2-3 class A.B',
    ]);
    expect((await byLines('a.rb', 'module M\n  class A\n    def run?\n    end\n  end\nend\n')).list).toEqual([
      '1-6 namespace M',
      '2-5 class M.A',
      '3-4 method M.A.run?',
    ]);
  });

  test('C takes definitions and leaves calls, prototypes and conditions', async () => {
    const text =
      '#include <a.h>\n#define MAX 1\nint f(int a);\nstatic int *g(int a)\n{\n  if (a) {\n    f(a);\n  }\n}\nstruct s {\n  int a;\n};\n';
    expect(await byLines('a.c', text)).toEqual({
      list: ['2-2 macro MAX', '4-9 function g', '10-12 struct s'],
      imports: ['a.h'],
    });
  });

  test('keys, sections, targets and tables of data files', async () => {
    expect((await byLines('a.json', '{\n  "a": {\n    "b": 1\n  },\n  "c": 2\n}\n')).list).toEqual([
      '2-4 key a',
      '5-5 key c',
    ]);
    expect((await byLines('a.yml', 'on:\n  push: 1\n\njobs: {}\n')).list).toEqual([
      '1-2 key on',
      '4-4 key jobs',
    ]);
    expect((await byLines('a.toml', '[a.b]\nc = 1\n[[d]]\n')).list).toEqual([
      '1-1 section a.b',
      '3-3 section d',
    ]);
    expect((await byLines('Makefile', 'A := 1\nall: a\n\tcc a\n')).list).toEqual(['2-3 target all']);
    expect((await byLines('a.sql', 'CREATE TABLE IF NOT EXISTS users (\n  id int\n);\n')).list).toEqual([
      '1-3 table users',
    ]);
  });

  test('a language without patterns has its size and nothing made up', async () => {
    const outline = await outlineSource('notes.txt', 'function looks like code\n');
    expect(outline).toEqual({
      path: 'notes.txt',
      language: 'text',
      bytes: 25,
      lines: 1,
      estimatedTokens: 7,
      symbols: [],
      imports: [],
      parser: 'lines',
    });
  });

  test('only the first 400 characters of a line are looked at', () => {
    expect([...textLines(`${'a'.repeat(1_000)}\nb`)].map(({ text }) => text.length)).toEqual([400, 1]);
  });

  test('lines are counted as an editor shows them', () => {
    expect(['', 'a', 'a\n', 'a\nb', '\n\n', 'a\r\nb\r\n'].map(countLines)).toEqual([0, 1, 1, 2, 2, 2]);
  });
});

describe('languages and tokens', () => {
  test('the language is that of the name, else of the #! line, else text', () => {
    const of = (path: string, text = '') => languageOf(path, text).name;
    expect(['a.ts', 'a.d.mts', 'a.tsx', 'a.mjs', 'a.jsx', 'a.PYI'].map((path) => of(path))).toEqual([
      'typescript',
      'typescript',
      'tsx',
      'javascript',
      'jsx',
      'python',
    ]);
    expect(of('deep/Dockerfile')).toBe('dockerfile');
    expect(of('Dockerfile.dev')).toBe('dockerfile');
    expect(of('bin/run', '#!/usr/bin/env -S node --flag\n')).toBe('javascript');
    expect(of('bin/run', '#!/bin/bash\n')).toBe('shell');
    expect(of('bin/run', '#!/usr/bin/python3.12\n')).toBe('python');
    expect(of('.gitignore')).toBe('text');
    expect(of('a.ts.unknown', '#!/usr/bin/env node')).toBe('text');
  });

  test('tokens are bytes over a measured ratio, rounded up', () => {
    expect(estimateTokens(0, languageOf('a.ts', ''))).toBe(0);
    expect(estimateTokens(1, languageOf('a.ts', ''))).toBe(1);
    expect(estimateTokens(3_800, languageOf('a.ts', ''))).toBe(1_000);
    expect(estimateTokens(3_000, languageOf('a.json', ''))).toBe(1_000);
  });
});
