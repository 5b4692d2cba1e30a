import { describe, expect, it } from 'vitest';
import { gemini } from './index.ts';
import { hasMoreValues } from './json-values.ts';

describe('how many values a JSON text has', () => {
  it.each<[string, number]>([
    ['1', 1],
    ['"[,{"', 1],
    ['"a\\",[\\\\"', 1],
    ['{}', 1],
    ['[]', 1],
    ['[1,2]', 3],
    ['{"a":1,"b":[true,{"c,d":"e\\"[,"}]}', 6],
    ['[[[[]]]]', 4],
    [' [ "x" , { "y" : null } ] ', 4],
  ])('%s: what counts twice is empty', (text, values) => {
    const empty = text.match(/\[\]|\{\}/g)?.length ?? 0;
    expect(hasMoreValues(text, values + empty - 1)).toBe(true);
    expect(hasMoreValues(text, values + empty)).toBe(false);
  });
});

it('passes a question of more values than anybody asks with on, as reading it would hold up everybody else', () => {
  const read = (values: number) =>
    gemini().read({
      method: 'POST',
      target: '/v1beta/models/m:generateContent',
      headers: {},
      body: Buffer.from(`{"contents":[{"parts":[{"text":"x"}]}],"x":[${Array(values).fill(0).join()}]}`),
    });
  expect(read(490_000)).toBeDefined();
  expect(read(510_000)).toBeUndefined();
});
