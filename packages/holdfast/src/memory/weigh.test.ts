import { describe, expect, it } from 'vitest';
import { weigh, weighString } from './weigh.ts';

const frozenToTheBottom = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(frozenToTheBottom));

describe('weighing', () => {
  it('is exact for strings, Buffers and typed arrays', () => {
    expect(weighString('abc')).toBe(6);
    for (const length of [0, 1, 1_000, 100_000]) {
      expect(weigh('x'.repeat(length), true)).toBe(2 * length);
      const empty = weigh(Buffer.alloc(0), true);
      expect(weigh(Buffer.alloc(length), true) - empty).toBe(length);
      expect(weigh(new Float32Array(length), true) - empty).toBe(4 * length);
      expect(weigh(new Float64Array(length), true) - empty).toBe(8 * length);
      expect(weigh(new ArrayBuffer(length), true) - empty).toBe(length);
      expect(weigh(new DataView(new ArrayBuffer(length)), true) - empty).toBe(length);
    }
  });

  it('of what is within plain objects and arrays adds up', () => {
    const text = 'x'.repeat(500);
    for (const around of [(inner: unknown) => [inner], (inner: unknown) => ({ a: inner })]) {
      expect(weigh(around(text), true) - weigh(around(''), true)).toBe(1_000);
      expect(weigh(around(around(text)), true) - weigh(around(around('')), true)).toBe(1_000);
      expect(weigh(around(Buffer.alloc(500)), true) - weigh(around(Buffer.alloc(0)), true)).toBe(500);
    }
    expect(weigh([1, 2, 3], true)).toBe(weigh([null, true, false], true));
    expect(weigh(new Map([[1, 2]]), true)).toBeGreaterThan(weigh(new Map(), true));
  });

  it.each([null, true, 0, 1n, Symbol('s'), () => 1])('of %s is a number over 0', (value) => {
    expect(weigh(value, true)).toBeGreaterThan(0);
  });

  it('counts an object that is met twice once', () => {
    const shared = { text: 'x'.repeat(10_000) };
    expect(weigh({ a: shared, b: shared }, true)).toBeLessThan(weigh({ a: shared }, true) + 1_000);
  });

  it('takes time in proportion to the value where one object is met very often', () => {
    const shared = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`name ${index}`, [index]]),
    );
    const value = Array.from({ length: 100_000 }, () => shared);
    expect(weigh(value, true)).toBeGreaterThan(800_000);
  });

  it('ends with cycles', () => {
    const cycle: { self?: unknown; list: unknown[] } = { list: [] };
    cycle.self = cycle;
    cycle.list.push(cycle, cycle.list);
    expect(weigh(cycle, true)).toBeGreaterThan(0);
    expect(Object.isFrozen(cycle.list)).toBe(true);
  });

  it('costs heap, not stack, however deep the value', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 100_000; level += 1) deep = level % 2 === 0 ? [deep] : { deep };
    expect(weigh(deep, true)).toBeGreaterThan(100_000 * 32);
    expect(Object.isFrozen(deep)).toBe(true);
  });

  it('is bounded where nothing has to be frozen', () => {
    const value = Array.from({ length: 100_000 }, (_, index) => ({ index, text: 'x'.repeat(50) }));
    const bounded = weigh(value, false);
    const whole = weigh(structuredClone(value), true);
    expect(bounded / whole).toBeGreaterThan(0.8);
    expect(bounded / whole).toBeLessThan(1.2);
  });
});

describe('a walk that could be without end', () => {
  it('ends where a getter makes another such object each time', () => {
    const make = (): object => ({
      text: 'x',
      get next() {
        return make();
      },
    });
    for (const freeze of [true, false]) expect(weigh(make(), freeze)).toBeGreaterThan(0);
  });

  it('does not visit the holes of an array', () => {
    const sparse: unknown[] = [];
    sparse[2 ** 32 - 2] = { inner: {} };
    const weight = weigh(sparse, true);
    expect(weight).toBeGreaterThan(8 * (2 ** 32 - 2));
    expect(Object.isFrozen(sparse.at(-1))).toBe(true);
  });

  it('still freezes everything in a large value', () => {
    const value = Array.from({ length: 30_000 }, (_, index) => ({ index, inner: { index } }));
    weigh(value, true);
    expect(value.every((item) => Object.isFrozen(item) && Object.isFrozen(item.inner))).toBe(true);
  });
});

describe('freezing', () => {
  it('reaches the bottom of plain objects and arrays, and nothing else', () => {
    const bare = Object.assign(Object.create(null), { list: [{}] });
    const thing = new (class Thing {
      inner = { text: '' };
    })();
    const value = {
      a: [{ b: [[]] }],
      bare,
      date: new Date(0),
      map: new Map([[1, { inner: 1 }]]),
      buffer: Buffer.from('x'),
      thing,
    };
    weigh(value, true);
    expect(frozenToTheBottom(value.a)).toBe(true);
    expect(frozenToTheBottom(bare)).toBe(true);
    expect(Object.isFrozen(value)).toBe(true);
    for (const untouched of [value.date, value.map, value.map.get(1), value.buffer, thing, thing.inner]) {
      expect(Object.isFrozen(untouched)).toBe(false);
    }
  });

  it('is left out where it is not asked for', () => {
    const value = { list: [{}] };
    weigh(value, false);
    expect([value, value.list, value.list[0]].some(Object.isFrozen)).toBe(false);
  });
});

describe('a value whose own code throws', () => {
  const fail = () => {
    throw new Error('canary of a getter');
  };
  it.each([
    ['a getter', () => Object.defineProperty({ a: 'x' }, 'b', { get: fail, enumerable: true })],
    ['a proxy’s get', () => new Proxy({ x: 1 }, { get: fail })],
    ['a proxy’s ownKeys', () => new Proxy({ x: 1 }, { ownKeys: fail })],
    ['a proxy’s getPrototypeOf', () => new Proxy({ x: 1 }, { getPrototypeOf: fail })],
    ['a proxy that cannot be frozen', () => new Proxy({ x: 1 }, { preventExtensions: () => false })],
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
  ])('is weighed all the same: %s, alone, within, and met twice', (_name, make) => {
    expect(weigh(make(), true)).toBeGreaterThan(0);
    const twice = make();
    const value = { first: [twice], second: [twice], text: 'x'.repeat(100) };
    expect(weigh(value, true)).toBeGreaterThan(200);
    expect(Object.isFrozen(value.first)).toBe(true);
  });
});
