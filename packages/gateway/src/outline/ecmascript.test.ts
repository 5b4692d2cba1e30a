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

describe('symbols of TypeScript and JavaScript', () => {
  test('declarations of every kind, exported or not', async () => {
    const { list } = await parsed(
      'a.ts',
      `export function f<T>(a: T): T {
  return a;
}
async function* g() {}
export interface I { a: string }
export type T = I | undefined;
export enum E { A }
const enum F { B }
export abstract class C extends D<E> {}
let v = 1;
export declare const w: number;
declare function h(): void;
export const { p, q: r, ...rest } = v, [s = 1] = w;`,
    );
    expect(list).toEqual([
      '1-3 function* f',
      '4 function g',
      '5 interface* I',
      '6 type* T',
      '7 enum* E',
      '8 enum F',
      '9 class* C',
      '10 variable v',
      '11 variable* w',
      '12 function h',
      '13 variable* p',
      '13 variable* r',
      '13 variable* rest',
      '13 variable* s',
    ]);
  });

  test('functions, classes and objects held by a variable', async () => {
    const { list, symbols } = await parsed(
      'a.ts',
      `export const arrow = async <T,>(a: T) => {
  const local = 1;
  const handler = () => local;
};
const old = function () {}, made = class { run() {} };
export const api = {
  get() {},
  post: async () => {},
  limit: 3,
} as const satisfies Api;`,
    );
    expect(list).toEqual([
      '1-4 function* arrow',
      '3 function arrow.handler',
      '5 function old',
      '5 class made',
      '5 method made.run',
      '6-10 variable* api',
      '7 method api.get',
      '8 method api.post',
    ]);
    expect(symbols[0]?.signature).toBe('export const arrow = async <T,>(a: T) => {');
  });

  test('members of a class, decorated, nested, private, abstract and overloaded', async () => {
    const { list, symbols } = await parsed(
      'a.ts',
      `@Component({
  a: 1,
})
export class Outer {
  #size = 1;
  constructor(private a: string) {
    super();
  }
  @Input()
  decorated() {}
  over(a: string): void;
  over(a: number): void;
  over(a: unknown) {
    function helper() {}
  }
  get size() { return 1; }
  field = () => 1;
  static #secret() {}
  [Symbol.iterator]() {}
  'quoted name'() {}
  make() {
    return class Inner { deep() {} };
  }
  abstract later(): void;
}`,
    );
    expect(list).toEqual([
      '1-25 class* Outer',
      '6-8 method Outer.constructor',
      '9-10 method Outer.decorated',
      '11-15 method Outer.over',
      '14 function Outer.over.helper',
      '16 method Outer.size',
      '17 method Outer.field',
      '18 method Outer.#secret',
      '19 method Outer.[Symbol.iterator]',
      '20 method Outer.quoted name',
      '21-23 method Outer.make',
      '24 method Outer.later',
    ]);
    expect(symbols[0]?.signature).toBe('export class Outer {');
    expect(symbols[2]?.signature).toBe('decorated() {}');
  });

  test('overloads of a function are one symbol', async () => {
    const { list } = await parsed(
      'a.ts',
      'export function f(a: string): void;\nexport function f(a: number): void;\nexport function f(a: any) {}\nfunction g(): void {}\n',
    );
    expect(list).toEqual(['1-3 function* f', '4 function g']);
  });

  test('default exports, named or not', async () => {
    expect((await parsed('a.ts', 'export default class A {}')).list).toEqual(['1 class* A']);
    expect((await parsed('a.ts', 'export default class extends A { m() {} }')).list).toEqual([
      '1 class* default',
      '1 method default.m',
    ]);
    expect((await parsed('a.ts', 'export default async function () {}')).list).toEqual([
      '1 function* default',
    ]);
    expect((await parsed('a.ts', 'export default () => 1;')).list).toEqual(['1 function* default']);
    expect((await parsed('a.ts', 'export default { a() {} };')).list).toEqual([
      '1 variable* default',
      '1 method default.a',
    ]);
    expect((await parsed('a.ts', 'const a = 1;\nexport default a;')).list).toEqual(['1 variable* a']);
    expect((await parsed('a.ts', 'class A {}\nexport = A;')).list).toEqual(['1 class* A']);
  });

  test('names exported later, re-exported and renamed', async () => {
    const { list, imports } = await parsed(
      'a.ts',
      `const a = 1, b = 2, hidden = 3;
export { a, b as renamed };
export { c, default as d } from './x.ts';
export * from './y.ts';
export * as space from './z.ts';
export type { T } from './t.ts';`,
    );
    expect(list).toEqual([
      '1 variable* a',
      '1 variable* b',
      '1 variable hidden',
      '2 re-export* renamed',
      '3 re-export* c',
      '3 re-export* d',
      '5 re-export* space',
      '6 re-export* T',
    ]);
    expect(imports).toEqual([
      { from: './x.ts', names: ['c', 'default'], line: 3 },
      { from: './y.ts', names: ['*'], line: 4 },
      { from: './z.ts', names: ['*'], line: 5 },
      { from: './t.ts', names: ['T'], line: 6 },
    ]);
  });

  test('imports by the names that the imported module uses', async () => {
    const { imports } = await parsed(
      'a.ts',
      `import a, { b as c, type D } from "x";
import * as e from 'y';
import './z.css';
import f = require('g');
import type { H } from 'h';
import json from './j.json' with { type: 'json' };
const { k, l: m, ...n } = require('o'), p = require('q').r;
require('side');`,
    );
    expect(imports).toEqual([
      { from: 'x', names: ['default', 'b', 'D'], line: 1 },
      { from: 'y', names: ['*'], line: 2 },
      { from: './z.css', line: 3 },
      { from: 'g', names: ['*'], line: 4 },
      { from: 'h', names: ['H'], line: 5 },
      { from: './j.json', names: ['default'], line: 6 },
      { from: 'o', names: ['k', 'l', '*'], line: 7 },
      { from: 'q', names: ['r'], line: 7 },
      { from: 'side', line: 8 },
    ]);
  });

  test('namespaces and ambient modules hold their symbols', async () => {
    const { list } = await parsed(
      'a.d.ts',
      `declare module 'foo' {
  export function f(): void;
}
export namespace N.M {
  const x = 1;
  export class K { m(): void }
}
declare global {
  interface Window {}
}`,
    );
    expect(list).toEqual([
      '1-3 namespace foo',
      '2 function foo.f',
      '4-7 namespace* N.M',
      '5 variable N.M.x',
      '6 class N.M.K',
      '6 method N.M.K.m',
      '9 interface Window',
    ]);
  });

  test('CommonJS exports, prototypes and modules wrapped in a function', async () => {
    const { list, imports } = await parsed(
      'a.cjs',
      `(function () {
  var fs = require('fs');
  function inner() {}
})();
function A() {}
A.prototype.run = function () {};
A.make = () => new A();
exports.one = function () {};
module.exports.two = require('./two');
module.exports = { A, three: () => 3, four() {} };
if (process.env.X) { function conditional() {} }`,
    );
    expect(list).toEqual([
      '3 function inner',
      '5 function* A',
      '6 method A.run',
      '7 method A.make',
      '8 function* one',
      '9 variable* two',
      '10 function* three',
      '10 function* four',
      '11 function conditional',
    ]);
    expect(imports).toEqual([
      { from: 'fs', names: ['*'], line: 2 },
      { from: './two', names: ['*'], line: 9 },
    ]);
  });

  test('components in TSX and JSX', async () => {
    const text = `import { useState } from 'react';
export function Button({ label }) {
  const onClick = () => {};
  return <button onClick={onClick}>{label}</button>;
}
export const Card = memo(() => <div><Button label="a" /></div>);`;
    const expected = ['2-5 function* Button', '3 function Button.onClick', '6 variable* Card'];
    expect((await parsed('a.tsx', text)).list).toEqual(expected);
    expect((await parsed('a.jsx', text)).list).toEqual(expected);
  });

  test('a long first line is cut in the signature', async () => {
    const { symbols } = await parsed('a.ts', `export const text = '${'x'.repeat(500)}';`);
    expect(symbols[0]?.signature).toHaveLength(200);
    expect(symbols[0]?.signature?.endsWith('x…')).toBe(true);
  });
});
