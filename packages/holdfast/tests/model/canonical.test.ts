import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical, fromCanonical } from '../../src/lib/canonical.ts';
import type { JsonValue } from '../../src/lib/json.ts';
import { keyContent, keyIdOf } from '../../src/model/key.ts';

/* Keys: two have the same text exactly if they are the same JSON, and the text says which. */

/** At least 10: fewer need not meet what the test says it has met. */
const rounds = Math.max(10, fc.readConfigureGlobal().numRuns ?? 100);
const text = (value: unknown): string => canonical(value, 'a key');

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
/** Texts of the signs that the encoding itself is made of, where two values are most likely to meet. */
const marks = fc.string({
  unit: fc.constantFrom('s', 'n', 'a', 'o', 't', 'f', 'z', 'u', ':', ';', '1', '2', ',', '\u0000'),
  maxLength: 6,
});
const tricky: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    marks,
    fc.constantFrom<JsonValue[]>(null, true, false, 0, 1, 12, -1, 1e21, 0.1, '', '__proto__'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(marks, fc.constantFrom('__proto__', 'constructor')), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** The same value in other objects, with the names in the opposite order. */
function turned(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  const object: Record<string, JsonValue> = {};
  for (const [name, item] of Object.entries(value).reverse()) {
    Object.defineProperty(object, name, {
      value: turned(item),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

/** Equality of JSON written another way: as JSON itself, with sorted names. */
function sorted(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map(
      (name) => `${JSON.stringify(name)}:${sorted((value as Record<string, JsonValue>)[name] as JsonValue)}`,
    );
  return `{${fields.join()}}`;
}

describe.each([
  ['any JSON', json],
  ['JSON made of the marks of the encoding', tricky],
])('the canonical text of %s', (_, values) => {
  test('is equal for two values exactly if they are equal', () => {
    let equal = 0;
    fc.assert(
      fc.property(values, values, (left, right) => {
        const same = sorted(left) === sorted(right);
        if (same) equal += 1;
        expect(text(left) === text(right)).toBe(same);
      }),
      { numRuns: rounds * 20 },
    );
    expect(equal).toBeGreaterThan(0);
  });

  test('does not depend on the order of names, and is read back as the same value', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(text(turned(value))).toBe(text(value));
        const back = fromCanonical(text(value)) as JsonValue;
        expect(sorted(back)).toBe(sorted(value));
        expect(isDeepStrictEqual(Object.keys(back ?? {}).sort(), Object.keys(value ?? {}).sort())).toBe(true);
      }),
      { numRuns: rounds * 10 },
    );
  });

  test('is never the beginning of another', () => {
    // So that a row of texts, as in an array, can be taken apart in one way only.
    fc.assert(
      fc.property(values, values, (left, right) => {
        const [short, long] = [text(left), text(right)].sort((one, other) => one.length - other.length) as [
          string,
          string,
        ];
        expect(long.startsWith(short)).toBe(long === short);
      }),
      { numRuns: rounds * 10 },
    );
  });

  test('makes keys of arrays that meet exactly if the arrays are equal, and never a string', () => {
    fc.assert(
      fc.property(
        fc.array(values, { maxLength: 3 }),
        fc.array(values, { maxLength: 3 }),
        marks,
        (left, right, string) => {
          const [one, other] = [keyIdOf(left, '', 'default'), keyIdOf(right, '', 'default')];
          expect(one === other).toBe(sorted(left) === sorted(right));
          const named = keyIdOf(string, '', 'default');
          expect([one, other]).not.toContain(named);
          expect(keyContent(named)).toBe(string);
          expect(sorted(keyContent(one) as JsonValue)).toBe(sorted(left));
          // A string that looks like the id of another key is still a string.
          expect(keyIdOf(one, '', 'default')).not.toBe(one);
          expect(keyContent(keyIdOf(one, '', 'default'))).toBe(one);
        },
      ),
      { numRuns: rounds * 10 },
    );
  });
});
