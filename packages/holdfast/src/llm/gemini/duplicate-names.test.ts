import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasDuplicateNames } from './duplicate-names.ts';

test.each([
  ['{"a":1,"a":2}'],
  ['{"a":1,"\\u0061":2}'],
  ['{"b":{"a":1},"c":[{"a":1 ,\n"a"\t:2}]}'],
  ['{"":1,"":2}'],
  ['{"a\\\\":1,"a\\\\":2}'],
  ['{"__proto__":1,"__proto__":2}'],
])('%s has a name twice', (text) => {
  expect(hasDuplicateNames(text)).toBe(true);
});

test.each([
  ['{"a":{"a":{"a":1}}}'],
  ['[{"a":1},{"a":1}]'],
  ['{"a":"b","b":"a"}'],
  ['["a","a"]'],
  ['{"a":"\\"a\\":","b":"{\\"a\\":1}"}'],
  ['{"a\\\\":1,"a":"\\\\"}'],
  ['{"a":["a","b"],"b":"a"}'],
  ['"a"'],
])('%s has not', (text) => {
  expect(hasDuplicateNames(text)).toBe(false);
});

test('no JSON that was written from a value has one, and with a name again it has', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, pick) => {
      const text = JSON.stringify(object, null, pick % 3);
      expect(hasDuplicateNames(text)).toBe(false);
      const names = Object.keys(object);
      const again = JSON.stringify(names[pick % names.length]);
      expect(hasDuplicateNames(`${text.slice(0, -1)},${again}:0}`)).toBe(true);
    }),
  );
});

test('it never throws, whatever the text is', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', 'a', ' ') }),
      (text) => {
        try {
          JSON.parse(text);
        } catch {
          return;
        }
        hasDuplicateNames(text);
      },
    ),
  );
  expect(hasDuplicateNames(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBe(false);
});
