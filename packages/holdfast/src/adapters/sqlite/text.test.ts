import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromText, toText } from './text.ts';

const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 });
const any = fc.oneof(
  fc.string({ unit: 'binary' }),
  units.map((codes) => String.fromCharCode(...codes)),
);

test('any string is kept as well-formed text without a NUL, and comes back', () => {
  fc.assert(
    fc.property(any, (name) => {
      const text = toText(name);
      expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
      expect(fromText(text)).toBe(name);
    }),
  );
});

test('an ordinary name is kept as it is', () => {
  expect(toText('src/größe 💡.ts')).toBe('src/größe 💡.ts');
});
