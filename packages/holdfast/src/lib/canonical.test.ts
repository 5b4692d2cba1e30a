import { describe, expect, it } from 'vitest';
import { canonical, fromCanonical } from './canonical.ts';

describe('the canonical text', () => {
  it('tells apart whatever is different, and joins what is the same JSON', () => {
    const different = [
      null,
      undefined,
      true,
      false,
      0,
      -0,
      1,
      '1',
      '',
      'null',
      'a,b',
      'ab',
      ['a', 'b'],
      ['ab'],
      ['a,b'],
      [['a'], 'b'],
      ['a', ['b']],
      [],
      [[]],
      [null],
      [undefined],
      {},
      [{}],
      { a: 1 },
      { a: '1' },
      { a: null },
      { a: { b: 1 } },
      { 'a:1': 1 },
      ['a', 1],
      's1:a',
      '\u0000',
      'é',
      'e\u0301',
      '\ud800',
    ];
    const texts = different.map((value) => canonical(value, 'a key'));
    expect(new Set(texts).size).toBe(different.length);
    expect(canonical({ b: 1, a: 2 }, 'a key')).toBe(canonical({ a: 2, b: 1, c: undefined }, 'a key'));
    expect(canonical(Object.assign(Object.create(null), { a: 1 }), 'a key')).toBe(
      canonical({ a: 1 }, 'a key'),
    );
    expect(canonical(1e21, 'a key')).toBe(canonical(1e21, 'a key'));
  });

  it('cannot be forged by a text that looks like another', () => {
    expect(canonical(['s1:a', 'b'], 'a key')).not.toBe(canonical(['s1:as1:b'], 'a key'));
    expect(canonical(['a', 'b'], 'a key')).not.toBe(canonical(['as1:b'], 'a key'));
  });

  it('is read back as what it was written from', () => {
    const values: unknown[] = [
      null,
      'text with : and ; and \u0000',
      ['a', [1.5, -0, 1e300, true, false, null], {}],
      { z: 1, a: { n: [{ deep: '' }] }, ['__proto__']: 'own' },
      { constructor: 1, '': 2 },
    ];
    for (const value of values) expect(fromCanonical(canonical(value, 'a key'))).toEqual(value);
    const own = fromCanonical(canonical(JSON.parse('{"__proto__":{"x":1}}'), 'a key')) as object;
    expect(Object.getPrototypeOf(own)).toBe(Object.prototype);
    expect(Object.keys(own)).toEqual(['__proto__']);
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['an instance', new (class Thing {})()],
  ])('refuses %s with E_KEY naming the place, at any depth', (_name, value) => {
    for (const wrapped of [value, [value], { a: [value] }]) {
      expect(() => canonical(wrapped, 'this place')).toThrow(
        expect.objectContaining({ code: 'E_KEY', message: expect.stringContaining('this place') }),
      );
    }
  });

  it('refuses a cycle, and JSON deeper than any that is meant', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => canonical(cycle, 'a key')).toThrow(expect.objectContaining({ code: 'E_KEY' }));
    let deep: unknown = 1;
    for (let level = 0; level < 150; level += 1) deep = [deep];
    expect(canonical(deep, 'a key')).toContain('n1;');
  });
});
