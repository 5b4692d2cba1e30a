import { describe, expect, test } from 'vitest';
import type { Outline, OutlineSymbol } from './outline.ts';
import { outlineSource } from './outline-source.ts';

/** `2-4 class* Outer.Name`: lines, kind, a star when exported, the name with its parent. */
function line({ startLine, endLine, kind, exported, parent, name }: OutlineSymbol): string {
  const lines = startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`;
  return `${lines} ${kind}${exported ? '*' : ''} ${parent === undefined ? '' : `${parent}.`}${name}`;
}

async function parsed(path: string, text: string): Promise<Outline & { list: string[] }> {
  const outline = await outlineSource(path, text);
  expect([outline.parser, outline.note]).toEqual(['tree-sitter', undefined]);
  return { ...outline, list: outline.symbols.map(line) };
}

describe('symbols of Python', () => {
  test('functions, classes and methods, decorated and nested, with what __all__ exports', async () => {
    const { list, symbols } = await parsed(
      'a.py',
      `__all__ = ["f", 'A']
__all__ += ['LIMIT']
LIMIT: int = 1
first, second = 1, 2
type Alias = int

@cache
@retry(3)
async def f(a,
            b):
    def inner():
        pass
    return inner

class A(Base):
    attribute = 1

    @property
    def size(self):
        return 1

    class Meta:
        def deep(self): ...
`,
    );
    expect(list).toEqual([
      '3 variable* LIMIT',
      '4 variable first',
      '4 variable second',
      '5 type Alias',
      '7-13 function* f',
      '11-12 function f.inner',
      '15-23 class* A',
      '18-20 method A.size',
      '22-23 class A.Meta',
      '23 method A.Meta.deep',
    ]);
    expect(symbols.find(({ name }) => name === 'f')?.signature).toBe('async def f(a,');
  });

  test('without __all__ a leading underscore hides', async () => {
    const { list } = await parsed(
      'a.py',
      'def shown(): pass\ndef _hidden(): pass\nadd = lambda a, b: a + b\n',
    );
    expect(list).toEqual(['1 function* shown', '2 function _hidden', '3 function* add']);
  });

  test('imports, also in a condition', async () => {
    const { imports, list } = await parsed(
      'a.py',
      `from __future__ import annotations
import a.b as c, d
from .x import y as z, w
from . import q
from m import *
try:
    import json
except ImportError:
    json = None
if TYPE_CHECKING:
    from t import T
else:
    def fallback(): pass
`,
    );
    expect(imports).toEqual([
      { from: '__future__', names: ['annotations'], line: 1 },
      { from: 'a.b', line: 2 },
      { from: 'd', line: 2 },
      { from: '.x', names: ['y', 'w'], line: 3 },
      { from: '.', names: ['q'], line: 4 },
      { from: 'm', names: ['*'], line: 5 },
      { from: 'json', line: 7 },
      { from: 't', names: ['T'], line: 11 },
    ]);
    expect(list).toEqual(['9 variable* json', '13 function* fallback']);
  });
});
