import { expect, test } from 'vitest';
import { flash, hello, post, question } from './exchange.test-support.ts';
import { gemini } from './index.ts';

const identity = (body: unknown, target?: string) => question(body, target).identity;
const config = (generationConfig: object) => ({ ...hello, generationConfig });

test('unary and streamed generation are one question', () => {
  const forms = ['generateContent', 'streamGenerateContent', 'streamGenerateContent?alt=sse'];
  expect(new Set(forms.map((form) => identity(hello, `${flash}:${form}`))).size).toBe(1);
});

test('the key of the query is no part of it', () => {
  const target = `${flash}:generateContent`;
  expect(identity(hello, `${target}?key=AIzaSecret&%24key=AIzaSecret`)).toBe(identity(hello, target));
});

test.each([
  ['labels', { ...hello, labels: { team: 'one' } }],
  ['an empty configuration', config({})],
  ['a field that is null', { ...hello, toolConfig: null, generationConfig: { seed: null } }],
  ['an empty list', { ...hello, safetySettings: [], tools: [] }],
  ['a field written otherwise', { ...hello, generation_config: {} }],
])('%s changes nothing', (_, body) => {
  expect(identity(body)).toBe(identity(hello));
});

test('fields may be in either spelling, and in any order', () => {
  const camel = {
    ...hello,
    systemInstruction: { parts: [{ text: 'Be short' }] },
    generationConfig: { topK: 3, maxOutputTokens: 9 },
  };
  const snake = {
    generation_config: { max_output_tokens: 9, top_k: 3 },
    system_instruction: { parts: [{ text: 'Be short' }] },
    ...hello,
  };
  expect(identity(snake)).toBe(identity(camel));
});

test.each([
  ['the message', { ...hello, generationConfig: {}, generation_config: {} }],
  ['the configuration', config({ topK: 1, top_k: 1 })],
  ['a request to count', { generateContentRequest: { ...hello, toolConfig: {}, tool_config: {} } }],
])('%s that has a field in both spellings is passed on', (_, body) => {
  expect(gemini().read(post(`${flash}:countTokens`, body))).toBeUndefined();
});

test('a name that is there twice is passed on, however it is written', () => {
  const target = `${flash}:generateContent`;
  expect(gemini().read(post(target, '{"contents":[],"contents":[]}'))).toBeUndefined();
  expect(
    gemini().read(post(target, '{"contents":[{"parts":[{"text":"a","te\\u0078t":"b"}]}]}')),
  ).toBeUndefined();
});

test.each([
  ['the text', { contents: [{ role: 'user', parts: [{ text: 'Hallo' }] }] }],
  ['the role', { contents: [{ role: 'model', parts: [{ text: 'Hello' }] }] }],
  ['an instruction', { ...hello, systemInstruction: { parts: [{ text: 'Be short' }] } }],
  ['the temperature', config({ temperature: 0 })],
  ['the tier', { ...hello, serviceTier: 'priority' }],
  ['a tool', { ...hello, tools: [{ functionDeclarations: [{ name: 'f' }] }] }],
  ['a picture', { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] }] }],
  ['a name that is not known', { ...hello, novelty: 1 }],
  [
    'a name of every object',
    JSON.parse('{"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"__proto__":1}'),
  ],
])('%s changes it', (_, body) => {
  expect(identity(body)).not.toBe(identity(hello));
});

test('versions, models and methods are told apart', () => {
  const targets = [
    `${flash}:generateContent`,
    `${flash}:countTokens`,
    '/v1/models/gemini-2.5-flash:generateContent',
    '/v1beta/models/gemini-2.5-pro:generateContent',
    '/v1beta/tunedModels/gemini-2.5-flash:generateContent',
  ];
  expect(new Set(targets.map((target) => identity(hello, target))).size).toBe(targets.length);
});

test('the order of the properties of a schema counts, as the answer follows it', () => {
  const schema = (...names: string[]) => ({
    type: 'OBJECT',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'STRING' }])),
  });
  for (const name of ['responseSchema', 'responseJsonSchema', 'response_schema']) {
    const one = identity(config({ [name]: schema('reason', 'verdict') }));
    expect(one).toBe(identity(config({ [name]: schema('reason', 'verdict') })));
    expect(one).not.toBe(identity(config({ [name]: schema('verdict', 'reason') })));
  }
});

test('so does that of what a function is called with', () => {
  const call = (name: string, ...properties: string[]) => {
    const schema = { properties: Object.fromEntries(properties.map((one) => [one, { type: 'STRING' }])) };
    return identity({ ...hello, tools: [{ functionDeclarations: [{ [name]: schema, name: 'f' }] }] });
  };
  for (const name of ['parameters', 'parametersJsonSchema', 'parameters_json_schema']) {
    expect(call(name, 'reason', 'verdict')).not.toBe(call(name, 'verdict', 'reason'));
  }
  const swapped = { ...hello, tools: [{ functionDeclarations: [{ name: 'f', parameters: {} }] }] };
  const straight = { ...hello, tools: [{ functionDeclarations: [{ parameters: {}, name: 'f' }] }] };
  expect(identity(swapped)).toBe(identity(straight));
});

test('lone surrogates are told apart', () => {
  const say = (words: string) => identity({ contents: [{ parts: [{ text: words }] }] });
  expect(say('\ud800')).not.toBe(say('\ud801'));
});

const cached = { ...hello, cachedContent: 'cachedContents/abc' };

test('an answer from a prefix cache of unknown content is shared by its name, and not kept', () => {
  expect(question(cached)).toMatchObject({ unkept: 'names a prefix cache' });
  expect(identity(cached)).not.toBe(identity({ ...hello, cachedContent: 'cachedContents/def' }));
  expect(question({ generateContentRequest: cached }, `${flash}:countTokens`).unkept).toBe(
    'names a prefix cache',
  );
});

test('where its content is known the digest counts, and the name does not', () => {
  const read = (name: string, digest: string | undefined) => {
    const provider = gemini({ contentDigest: () => digest });
    const body = { ...hello, cached_content: name };
    return provider.read(post(`${flash}:generateContent`, body));
  };
  const one = read('cachedContents/abc', 'sha-1');
  expect(one?.unkept).toBeUndefined();
  expect(one?.identity).not.toContain('cachedContents/abc');
  expect(one?.identity).toBe(read('cachedContents/def', 'sha-1')?.identity);
  expect(one?.identity).not.toBe(read('cachedContents/abc', 'sha-2')?.identity);
  expect(one?.identity).not.toBe(identity(hello));
  expect(read('sha-1', undefined)?.identity).not.toBe(one?.identity);
});
