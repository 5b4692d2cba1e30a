import { describe, expect, test } from 'vitest';
import { generate, model, prompt, type Sent, send, start, stream } from './client.ts';

describe('the way of a request', () => {
  test('answers all three methods under both versions', async () => {
    const fake = await start();
    for (const version of ['v1', 'v1beta']) {
      const whole = await send(fake, `/${version}/models/${model}:generateContent`);
      expect(whole.status).toBe(200);
      expect(await whole.json()).toMatchObject({
        modelVersion: model,
        usageMetadata: { promptTokenCount: 4 },
      });
      const counted = await send(fake, `/${version}/models/${model}:countTokens`);
      expect(await counted.json()).toMatchObject({ totalTokens: 4 });
      const events = await send(fake, `/${version}/models/${model}:streamGenerateContent?alt=sse`);
      expect(events.headers.get('content-type')).toBe('text/event-stream');
      expect(await events.text()).toMatch(/^data: \{.*\}\r\n\r\n(data: \{.*\}\r\n\r\n)+$/);
    }
    expect(fake.stats()).toMatchObject({
      requests: 6,
      answered: 6,
      calls: { generateContent: 2, countTokens: 2, streamGenerateContent: 2 },
      models: { [model]: { calls: 6 } },
    });
  });

  test('streams one JSON array where no events were asked for, with the same chunks', async () => {
    const fake = await start();
    const array = (await (await send(fake, `/v1/models/${model}:streamGenerateContent`)).json()) as unknown[];
    const events = await (await stream(fake)).text();
    const chunks = events
      .split('\r\n\r\n')
      .filter((event) => event !== '')
      .map((event) => JSON.parse(event.slice('data: '.length)) as unknown);
    expect(array).toEqual(chunks);
  });

  test.each<[string, string, Sent]>([
    ['an unknown method', `/v1/models/${model}:embedContent`, {}],
    ['an unknown version', `/v2/models/${model}:generateContent`, {}],
    ['no model', '/v1/models/:generateContent', {}],
    ['a climbing model', '/v1/models/../x:generateContent', {}],
    ['another HTTP method', `/v1/models/${model}:generateContent`, { method: 'PUT' }],
  ])('is 404 for %s', async (_, path, sent) => {
    const fake = await start();
    const response = await send(fake, path, sent);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
    expect(fake.stats()).toMatchObject({ failures: { '404': 1 }, models: {} });
  });

  test.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['blank', { 'x-goog-api-key': ' ' }],
  ])('is 403 where the API key is %s', async (_, headers) => {
    const fake = await start();
    const response = await generate(fake, { headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 403, status: 'PERMISSION_DENIED' } });
  });

  test('never shows the API key or the prompt, in counts or in errors', async () => {
    const fake = await start();
    const headers = { 'x-goog-api-key': 'the-key' };
    const bad = await generate(fake, { headers, body: '{"contents": the-prompt' });
    fake.next({ fail: '429' });
    const refused = await generate(fake, { headers, body: JSON.stringify(prompt) });
    const shown = (await bad.text()) + (await refused.text()) + JSON.stringify(fake.stats());
    expect(shown).not.toMatch(/the-key|the-prompt|What holds/);
  });

  test.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ['is not JSON', '{', 'Invalid JSON'],
    ['is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'Invalid JSON'],
    ['is no object', '[]', 'must be a JSON object'],
    ['has no contents', '{}', 'contents is not specified'],
    ['has empty contents', '{"contents":[]}', 'contents is not specified'],
    ['has a content without parts', '{"contents":[{"role":"user"}]}', 'contents[0].parts'],
    ['has an unknown role', '{"contents":[{"role":"boss","parts":[{"text":"x"}]}]}', 'valid role'],
    ['is nested without end', `{"contents":${'['.repeat(200)}${']'.repeat(200)}}`, 'too deep'],
  ])('is 400 where the body %s', async (_, body, message) => {
    const fake = await start();
    const response = await generate(fake, { body });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string; status: string } };
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(message);
    expect(fake.stats()).toMatchObject({ failures: { '400': 1 }, calls: { generateContent: 0 } });
  });

  test('is 400 where the body is over the limit, and the connection goes on', async () => {
    const fake = await start({ bodyLimit: 1_000 });
    const response = await generate(fake, { body: 'x'.repeat(3_000_000) });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('exceeds the limit: 1000 bytes');
    expect((await generate(fake)).status).toBe(200);
  });

  test('is 403 for cached content, of which there is none', async () => {
    const fake = await start();
    const body = JSON.stringify({ ...prompt, cachedContent: 'cachedContents/x' });
    expect((await generate(fake, { body })).status).toBe(403);
    expect(fake.stats().failures['403']).toBe(1);
  });
});
