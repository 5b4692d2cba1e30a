import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { expect, it } from 'vitest';
import { ScriptedModel } from './model.test-support.ts';
import { readQuestion } from './question.ts';

const prompt: LanguageModelV4CallOptions['prompt'] = [
  { role: 'user', content: [{ type: 'text', text: 'hello' }] },
];

const asked = (params: Partial<LanguageModelV4CallOptions>) =>
  readQuestion(new ScriptedModel(), { prompt, ...params }, 'generate', false);

it('is another one with the properties of a schema in another order, as the answer follows it', () => {
  const schema = (...names: string[]) => ({
    type: 'object' as const,
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const json = (...names: string[]) =>
    asked({ responseFormat: { schema: schema(...names), type: 'json' } }).key;
  const tool = (...names: string[]) =>
    asked({ tools: [{ type: 'function', name: 'judge', inputSchema: schema(...names) }] }).key;
  for (const key of [json, tool]) {
    expect(key('reason', 'verdict')).toBe(key('reason', 'verdict'));
    expect(key('reason', 'verdict')).not.toBe(key('verdict', 'reason'));
  }
  expect(asked({ topK: 1, topP: 0.5 }).key).toBe(asked({ topP: 0.5, topK: 1 }).key);
});

const page = { type: 'url', url: new URL('https://example.com/page') } as const;

it.each<[string, LanguageModelV4CallOptions['prompt'][number]]>([
  ['that the user names', { role: 'user', content: [{ type: 'file', mediaType: 'text/html', data: page }] }],
  [
    'that a tool gave',
    {
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          toolCallId: '1',
          toolName: 'find',
          output: { type: 'content', value: [{ type: 'file', mediaType: 'text/html', data: page }] },
        },
      ],
    },
  ],
])('about a file at an address %s has an answer that is not kept', (_, message) => {
  expect(asked({ prompt: [message] }).unkept).toBe('a file at an address may change');
});

it('about a file that it brings itself has one that is', () => {
  const url = new URL('data:text/plain,hello');
  const content = [{ type: 'file' as const, mediaType: 'text/plain', data: { type: 'url' as const, url } }];
  expect(asked({ prompt: [{ role: 'user', content }] }).unkept).toBeUndefined();
});
