import { expect, test } from 'vitest';
import { blocksOf } from './readme.ts';

test('finds each fenced block with its mark, text and line', () => {
  const markdown = [
    '# Title',
    '```sh',
    'npm ci',
    '```',
    'text',
    '```ts run',
    'a();',
    '',
    'b();',
    '```',
    '',
  ].join('\n');
  expect(blocksOf(markdown)).toEqual([
    { info: 'sh', text: 'npm ci\n', line: 2 },
    { info: 'ts run', text: 'a();\n\nb();\n', line: 6 },
  ]);
});

test('a fence that is never closed is an error that names its line', () => {
  expect(() => blocksOf('text\n```ts run\na();\n')).toThrow('line 2');
});
