import { expect, test } from 'vitest';
import { flash, hello, post } from './exchange.test-support.ts';
import { gemini } from './index.ts';

const { read } = gemini();

test.each([
  [`${flash}:generateContent`, 'document', 'gemini-2.5-flash'],
  [`${flash}%3AgenerateContent`, 'document', 'gemini-2.5-flash'],
  [`${flash}%3agenerateContent?alt=json`, 'document', 'gemini-2.5-flash'],
  [`${flash}:streamGenerateContent?alt=sse`, 'events', 'gemini-2.5-flash'],
  [`${flash}:streamGenerateContent?%24alt=sse`, 'events', 'gemini-2.5-flash'],
  [`${flash}:streamGenerateContent?key=k&alt=sse&prettyPrint=false`, 'events', 'gemini-2.5-flash'],
  [`${flash}:streamGenerateContent`, 'array', 'gemini-2.5-flash'],
  [`${flash}:streamGenerateContent?alt=json`, 'array', 'gemini-2.5-flash'],
  ['/v1/models/gemini-3.1-pro-preview:countTokens', 'document', 'gemini-3.1-pro-preview'],
  ['/v1alpha/tunedModels/mine-1:generateContent', 'document', 'tunedModels/mine-1'],
  ['/v1beta/models/gemini-embedding-001:embedContent', 'document', 'gemini-embedding-001'],
  ['/v1beta/models/gemini-embedding-001:batchEmbedContents', 'document', 'gemini-embedding-001'],
])('%s is answered as %s by %s', (target, form, model) => {
  expect(read(post(target, hello))).toMatchObject({ form, model });
});

test.each([
  ['/v1beta/models'],
  ['/v1beta/models/gemini-2.5-flash'],
  [`${flash}:batchGenerateContent`],
  [`${flash}:predict`],
  [`${flash}:constructor`],
  [`${flash}:generateContent/more`],
  [`${flash}:generateContent?alt=sse`],
  [`${flash}:generateContent?alt=media`],
  [`${flash}:streamGenerateContent?alt=sse&alt=json`],
  [`${flash}:streamGenerateContent?alt=sse&%24alt=sse`],
  [`${flash}:generateContent?fields=candidates`],
  [`${flash}:generateContent?callback=f`],
  [`${flash}:generateContent?what=ever`],
  ['/v2/models/gemini-2.5-flash:generateContent'],
  ['/v1beta/models/../files:generateContent'],
  ['/v1beta/models%2Fgemini-2.5-flash:generateContent'],
  ['/v1beta/models/gemini%2D2.5-flash:generateContent'],
  ['/v1beta/cachedContents'],
  ['/v1beta/files'],
  ['/upload/v1beta/files'],
  ['/v1beta/operations/1'],
  ['//example.com/v1beta/models/gemini-2.5-flash:generateContent'],
  [''],
])('%s is passed on', (target) => {
  expect(read(post(target, hello))).toBeUndefined();
});

test('only a POST is a question', () => {
  expect(read({ ...post(`${flash}:generateContent`, hello), method: 'GET' })).toBeUndefined();
});

test.each([
  ['no JSON', '{"contents":'],
  ['a list', '[]'],
  ['a text', '"contents"'],
  ['null', 'null'],
  ['nothing', ''],
])('a body that is %s is passed on', (_, body) => {
  expect(read(post(`${flash}:generateContent`, body))).toBeUndefined();
});

test('a body that is no UTF-8 is passed on', () => {
  const body = Uint8Array.from([...new TextEncoder().encode('{"contents":"'), 0xff, 0x22, 0x7d]);
  expect(read({ ...post(`${flash}:generateContent`, ''), body })).toBeUndefined();
});
