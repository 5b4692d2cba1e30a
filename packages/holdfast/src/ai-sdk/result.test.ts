import { isDeepStrictEqual } from 'node:util';
import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finish, finished, say, spoken, usage } from './model.test-support.ts';
import { partsOf, resultOf } from './result.ts';

const record = <T extends object>(model: { [N in keyof T]: fc.Arbitrary<T[N]> }) =>
  fc.record<T>(model, { noNullPrototype: true });

const some = <T extends object>(model: { [N in keyof T]: fc.Arbitrary<T[N]> }, ...needed: (keyof T)[]) =>
  fc.record<T, keyof T>(model, { noNullPrototype: true, requiredKeys: needed });

const metadata = fc.option(record({ p: record({ a: fc.integer() }) }), { nil: undefined });
const withMetadata = <T extends object>(content: fc.Arbitrary<T>) =>
  fc
    .tuple(content, metadata)
    .map(([own, providerMetadata]) => (providerMetadata === undefined ? own : { ...own, providerMetadata }));

const contents: fc.Arbitrary<LanguageModelV4Content> = fc.oneof(
  withMetadata(record({ type: fc.constant('text' as const), text: fc.string() })),
  withMetadata(record({ type: fc.constant('reasoning' as const), text: fc.string() })),
  withMetadata(
    record({
      type: fc.constant('tool-call' as const),
      toolCallId: fc.uuid(),
      toolName: fc.constant('f'),
      input: fc.constant('{}'),
    }),
  ),
  record({
    type: fc.constant('file' as const),
    mediaType: fc.constant('image/png'),
    data: record({ type: fc.constant('data' as const), data: fc.uint8Array() }),
  }),
);

const results: fc.Arbitrary<LanguageModelV4GenerateResult> = some(
  {
    content: fc.array(contents, { maxLength: 6 }),
    providerMetadata: fc.constant({ p: { b: 1 } }),
    response: some(
      { id: fc.string(), modelId: fc.string(), timestamp: fc.date({ noInvalidDate: true }) },
      'id',
    ),
  },
  'content',
).map((parts) => say('', parts));

describe('an answer', () => {
  it('is the same after it was a stream', () => {
    fc.assert(fc.property(results, (result) => isDeepStrictEqual(resultOf(partsOf(result)), result)));
  });

  it('has its texts from their pieces, in the order in which they began, with what was said last of each', () => {
    const parts: LanguageModelV4StreamPart[] = [
      { type: 'stream-start', warnings: [{ type: 'other', message: 'careful' }] },
      { type: 'response-metadata', id: 'r' },
      { type: 'response-metadata', modelId: 'm' },
      { type: 'reasoning-start', id: '0', providerMetadata: { p: { of: 'start' } } },
      { type: 'reasoning-delta', id: '0', delta: 'H' },
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Hel', providerMetadata: { p: { of: 'delta' } } },
      { type: 'reasoning-delta', id: '0', delta: 'm' },
      { type: 'reasoning-end', id: '0', providerMetadata: { p: { of: 'end' } } },
      { type: 'text-delta', id: '0', delta: 'lo' },
      { type: 'ping' },
      { type: 'raw', rawValue: {} },
      { type: 'tool-input-start', id: 't', toolName: 'f' },
      { type: 'tool-input-delta', id: 't', delta: '{}' },
      { type: 'tool-input-end', id: 't' },
      { type: 'tool-call', toolCallId: 't', toolName: 'f', input: '{}' },
      { type: 'text-end', id: '0', citations: [] },
      // The same id, another block.
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: '!' },
      { type: 'text-end', id: '0' },
      finish('tool-calls'),
    ];
    expect(resultOf(parts)).toEqual({
      content: [
        { type: 'reasoning', text: 'Hm', providerMetadata: { p: { of: 'end' } } },
        { type: 'text', text: 'Hello', providerMetadata: { p: { of: 'delta' } }, citations: [] },
        { type: 'tool-call', toolCallId: 't', toolName: 'f', input: '{}' },
        { type: 'text', text: '!' },
      ],
      finishReason: finished('tool-calls'),
      usage,
      warnings: [{ type: 'other', message: 'careful' }],
      response: { id: 'r', modelId: 'm' },
    });
  });

  it('that did not say how it ended was interrupted', () => {
    expect(resultOf(spoken('Half')).finishReason).toEqual({ unified: 'interrupted', raw: undefined });
    expect(resultOf(spoken('Half')).usage.inputTokens.total).toBeUndefined();
  });
});
