import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { type AskOptions, gemini } from 'holdfast/llm';
import { expect, test } from 'vitest';
import { Token } from '../server/access.ts';
import { ProviderProxy } from './provider-proxy.ts';

test('a client that leaves at the very end of its body is nobody that the provider is asked for', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const proxy = new ProviderProxy({
    exchanges: {
      ask: async (_, options?: AskOptions) => {
        signals.push(options?.signal);
        throw options?.signal?.reason;
      },
    },
    provider: gemini(),
    token: new Token(),
    bodies: { each: 100, together: 100 },
    onError: (error) => expect.unreachable(String(error)),
  });
  // As much of both as the proxy looks at: over a socket nobody can tell when its client leaves.
  const request = Object.assign(new PassThrough(), {
    method: 'POST',
    url: '/gemini/v1beta/models/m:generateContent',
    headers: { 'x-goog-api-key': 'key', 'content-length': '2' },
    rawHeaders: ['Host', '127.0.0.1:1'],
  });
  const response = Object.assign(new EventEmitter(), { destroyed: false, writableFinished: false });
  const answered = proxy.answer(
    request as unknown as IncomingMessage,
    response as unknown as ServerResponse,
    1,
  );
  // Before anybody has heard that the body is whole.
  request.on('end', () => {
    response.destroyed = true;
    response.emit('close');
  });
  request.end('{}');
  await answered;
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
});
