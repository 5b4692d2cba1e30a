import { expect, test } from 'vitest';
import { sourceText } from './source-text.ts';

const text = "export const größe = '🦊';\n";
const littleEndian = Buffer.from(`\uFEFF${text}`, 'utf16le');

test.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, little end first', littleEndian],
  ['UTF-16, big end first', Buffer.from(littleEndian).swap16()],
])('%s is read as the text that it is, without its mark', (_, content) => {
  expect(sourceText(content)).toBe(text);
});

test.each([
  ['UTF-32 with a mark', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0])],
  ['UTF-16 without a mark', Buffer.from(text, 'utf16le')],
  ['a NUL among letters', Buffer.from('a\0b')],
])('%s is binary', (_, content) => {
  expect(sourceText(content)).toBeUndefined();
});

test('half a character at the end is marked as not valid, and an empty file is an empty text', () => {
  expect(sourceText(Buffer.concat([littleEndian, Buffer.from([0x41])]))).toBe(`${text}\uFFFD`);
  expect(sourceText(new Uint8Array())).toBe('');
});
