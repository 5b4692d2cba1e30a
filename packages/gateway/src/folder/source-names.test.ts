import { describe, expect, test } from 'vitest';
import { looksBinary } from './source-names.ts';

describe('looksBinary', () => {
  test('a NUL among the first 8,000 bytes makes content binary', () => {
    expect(looksBinary(Buffer.from('text é'))).toBe(false);
    expect(looksBinary(Buffer.from('te\0xt'))).toBe(true);
    expect(looksBinary(Buffer.concat([Buffer.alloc(7_999, 'a'), Buffer.from([0])]))).toBe(true);
    expect(looksBinary(Buffer.concat([Buffer.alloc(8_000, 'a'), Buffer.from([0])]))).toBe(false);
    expect(looksBinary(Buffer.alloc(0))).toBe(false);
  });
});
