import { describe, expect, test } from 'vitest';
import { flash, hello, post, question } from './exchange.test-support.ts';
import { gemini } from './index.ts';

const withTools = (...tools: object[]) => ({ ...hello, tools });
const withFile = (fileUri: string) => ({ contents: [{ parts: [{ fileData: { fileUri } }] }] });
const uploaded = 'https://generativelanguage.googleapis.com/v1beta/files/ux9ptj31q2nn';

describe('an answer may be kept', () => {
  test.each([
    ['by default', hello],
    ['where it is sampled', { ...hello, generationConfig: { temperature: 1.5 } }],
    ['where several are asked for', { ...hello, generationConfig: { candidateCount: 3 } }],
    ['where the client runs the functions', withTools({ functionDeclarations: [{ name: 'f' }] })],
    ['where the client moves the mouse', withTools({ computerUse: { environment: 'ENVIRONMENT_BROWSER' } })],
    ['of a file by the name that the API made', withFile(uploaded)],
  ])('%s', (_, body) => {
    expect(question(body).unkept).toBeUndefined();
  });
});

describe('an answer is shared, and not kept', () => {
  test.each([
    ['searches the Web', withTools({ googleSearch: {} })],
    ['searches the Web', withTools({ functionDeclarations: [] }, { google_search_retrieval: {} })],
    ['reads pages of the Web', withTools({ urlContext: {} })],
    ['looks at maps', withTools({ googleMaps: {} })],
    ['runs code, which can read the time', withTools({ codeExecution: {} })],
    ['searches files that can change', withTools({ fileSearch: {} })],
    ['asks servers of others', withTools({ mcpServers: [{}] })],
    ['has a tool that is not known here', withTools({ telepathy: {} })],
    ['has a tool that is not known here', withTools({ constructor: {} })],
    ['searches the Web', { ...hello, tools: { googleSearch: {} } }],
    [
      'names a file that can change',
      withFile('https://generativelanguage.googleapis.com/v1beta/files/my-report'),
    ],
    ['names a file that can change', withFile('https://www.youtube.com/watch?v=1')],
    ['names a file that can change', withFile('gs://bucket/file.pdf')],
    ['names a file that can change', withFile('https://example.com/files/ux9ptj31q2nn')],
    [
      'names a file that can change',
      { contents: [{ parts: [{ file_data: { file_uri: 'https://a.example' } }] }] },
    ],
    [
      'names a file that can change',
      { contents: [{ parts: [{ functionResponse: { parts: [{ fileData: { fileUri: 'gs://a/b' } }] } }] }] },
    ],
    ['goes on with an answer that the provider holds', { ...hello, continuationToken: 'AAAA' }],
  ])('as it %s', (reason, body) => {
    expect(question(body).unkept).toBe(reason);
  });
});

describe('tokens are estimated', () => {
  const tokens = (part: object) => question({ contents: [{ role: 'user', parts: [part] }] }).estimatedTokens;
  const bytes = (mimeType: string, count: number) =>
    tokens({ inlineData: { mimeType, data: 'A'.repeat((count / 3) * 4) } });

  test('by the bytes of the text', () => {
    expect(tokens({ text: 'x'.repeat(4_000) })).toBe(1_001);
    expect(tokens({ text: '語'.repeat(4_000) })).toBe(3_001);
    expect(tokens({ functionCall: {}, thoughtSignature: 'A'.repeat(4_000) })).toBe(1);
  });

  test('by what inline data is', () => {
    expect(bytes('image/png', 3_000_000)).toBe(259);
    expect(bytes('audio/mp3', 480_000)).toBeCloseTo(961, -1);
    expect(bytes('text/plain', 3_000)).toBeCloseTo(751, -1);
    expect(bytes('application/pdf', 300_000)).toBeCloseTo(1_501, -1);
    expect(bytes('constructor', 3_000)).toBe(259);
  });

  test('as none where they are only counted', () => {
    expect(question(hello, `${flash}:countTokens`).estimatedTokens).toBe(0);
  });
});

test('hostile bodies are read or passed on, and never throw', () => {
  const deep = (depth: number) => `{"contents":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const bodies = [
    deep(100_000),
    deep(150),
    `{"generationConfig":{"responseSchema":${'{"items":'.repeat(50_000)}{}${'}'.repeat(50_000)}}}`,
    `{"contents":[${'{},'.repeat(200_000)}{}]}`,
    '{"__proto__":{"tools":[{"googleSearch":{}}]},"constructor":1}',
    '{"tools":[null,1,"x",[[]]],"contents":{"parts":null},"generationConfig":[]}',
    '{"generationConfig":{"responseFormat":[null,{"text":1},{"text":{}}],"responseSchema":"x"},"serviceTier":{}}',
    '{"cachedContent":{"a":1},"generateContentRequest":null,"requests":"x"}',
    '{"contents":[{"parts":[{"fileData":"x"},{"inlineData":{"data":1,"mimeType":[]}},{"inline_data":{}}]}]}',
    '{"contents":"\\ud800"}',
  ];
  const families = ['generateContent', 'countTokens', 'embedContent', 'batchEmbedContents'];
  const read = bodies.map((body) =>
    families.map((name) => gemini().read(post(`${flash}:${name}`, body)) !== undefined),
  );
  // Whether a schema of fifty thousand levels can be written is V8's affair: it may be read or passed on.
  const [tooDeep, deepest, , ...others] = read.map((row) => row.every(Boolean));
  expect([tooDeep, deepest, ...others]).toEqual([false, true, ...others.map(() => true)]);
  expect(read[0]).toEqual([false, false, false, false]);
});

test('objects named like inherited things have no such thing', () => {
  const body = JSON.parse('{"__proto__":{"tools":[{"googleSearch":{}}]},"contents":[]}');
  expect(question(body).unkept).toBeUndefined();
});
