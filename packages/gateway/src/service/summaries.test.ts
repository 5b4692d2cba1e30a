import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { channelName, type HoldfastEvent } from 'holdfast';
import { type GuardOptions, guard } from 'holdfast/llm';
import {
  type FakeGemini,
  type FakeGeminiRequest,
  MemoryBackend,
  MemoryStore,
  type ScriptedStep,
  startFakeGemini,
} from 'holdfast/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inMemory, type OpenedStore } from '../store/index.ts';
import { GeminiSummaries } from '../summary/index.ts';
import { pathOf } from './context-cache.ts';
import { FolderService } from './folder-service.ts';

const key = 'CANARY-KEY';
const inText = 'CANARY-TEXT';
const inAnswer = 'CANARY-ANSWER';
const model = 'gemini-2.5-flash';

let root: string;
let fake: FakeGemini;
let service: FolderService;
/** What Gemini was sent. */
let sent: FakeGeminiRequest[];
/** Every run of a generator, as `summary(a.ts)`, in order. */
let runs: string[];
let events: HoldfastEvent[];

const record = (message: unknown) => {
  const event = message as HoldfastEvent;
  events.push(event);
  if (event.type === 'generation.started') runs.push(`${event.kind}(${pathOf(event.key)})`);
};

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-summaries-'));
  write('a.ts', `// ${inText}\nexport const a = 1;\n`);
  write('b.ts', 'export const b = 1;\n');
  [sent, runs, events] = [[], [], []];
  fake = await startFakeGemini({
    reply: (request) => {
      sent.push(request);
      return `It holds ${inAnswer},\nnumber ${sent.length}.`;
    },
  });
  service = await open();
  subscribe(channelName, record);
});
afterEach(async () => {
  unsubscribe(channelName, record);
  await service.close();
  await fake.close();
  rmSync(root, { recursive: true });
});

const write = (path: string, text: string | Uint8Array) => writeFileSync(join(root, path), text);

async function open(options: { key?: string; model?: string } = { key }, opened: OpenedStore = inMemory) {
  return FolderService.open(root, opened, false, summaries({}, options));
}

/** Each call is one attempt, so that a failure is told at once. */
function summaries(guarding: GuardOptions, options: { key?: string; model?: string } = { key }) {
  const own = guard({ retry: { attempts: 1 }, ...guarding });
  onTestFinished(() => own.close());
  return new GeminiSummaries({ ...options, upstream: { baseUrl: fake.url, isLoopback: true }, guard: own });
}

/** What ran since this was asked last, sorted. */
const ran = () => runs.splice(0).sort();
const calls = () => fake.stats().calls.generateContent;
const ledger = () => service.stats().kinds.summary;

describe('with a key', () => {
  test('ten callers at once cost one call, and the next one none', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => service.summary('a.ts')));
    expect(calls()).toBe(1);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array(9).fill('coalesced'),
      'generated',
    ]);
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([`It holds ${inAnswer}, number 1.`]));
    expect(await service.summary('a.ts')).toMatchObject({
      by: 'gemini',
      model,
      outcome: 'hit',
      stale: false,
    });
    expect(calls()).toBe(1);
    expect(ran()).toEqual(['outline(a.ts)', 'summary(a.ts)']);
  });

  test('Gemini gets path, outline and text of the file, and nothing of another one', async () => {
    write('b.ts', 'export const OTHER = 1;\n');
    await service.summary('a.ts');
    const [{ body, model: asked, version } = {}] = sent;
    expect([asked, version]).toEqual([model, 'v1beta']);
    const said = JSON.stringify(body);
    expect(said).toContain('a.ts');
    expect(said).toContain('2-2 exported variable a');
    expect(said).toContain(inText);
    expect(said).not.toContain('OTHER');
    expect(body).toMatchObject({
      generationConfig: { temperature: 0, thinkingConfig: { thinkingBudget: 0 } },
    });
  });

  test('what it cost is told with it, counted once, and as simulated where Gemini is on this machine', async () => {
    const { cost } = await service.summary('a.ts');
    const { prompt, candidates } = fake.stats().tokens;
    const usd = expect.closeTo((0.3 * prompt + 2.5 * candidates) / 1e6, 12);
    const tokens = { inputTokens: prompt, outputTokens: candidates, usd };
    expect(cost).toMatchObject({ ...tokens, simulated: true });
    await service.summary('a.ts');
    expect(ledger()?.simulated).toMatchObject({ spent: tokens, saved: tokens });
    expect(service.stats().simulated.spent.inputTokens).toBe(prompt);
    expect(service.stats().spent).toMatchObject({ inputTokens: 0, usd: 0 });
  });

  test.each([
    ['Google has the listed price', undefined, { usd: expect.any(Number) }],
    ['another address has none that is known', 'https://gemini.example/base', { unpricedTokens: 30 }],
  ])('%s', async (_, baseUrl, spent) => {
    await service.close();
    const asked: string[] = [];
    const answer = {
      candidates: [{ content: { parts: [{ text: 'It adds.' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 20, candidatesTokenCount: 10 },
    };
    const gemini = new GeminiSummaries({
      key,
      ...(baseUrl !== undefined && { upstream: { baseUrl, isLoopback: false } }),
      fetch: async (input, init) => {
        asked.push(`${new Headers(init?.headers).get('x-goog-api-key')} ${String(input)}`);
        return Response.json(answer);
      },
    });
    service = await FolderService.open(root, inMemory, false, gemini);
    expect(await service.summary('a.ts')).toMatchObject({ by: 'gemini', text: 'It adds.', model });
    const place = baseUrl ?? 'https://generativelanguage.googleapis.com';
    expect(asked).toEqual([`${key} ${place}/v1beta/models/${model}:generateContent`]);
    expect(ledger()?.spent).toMatchObject({ inputTokens: 20, outputTokens: 10, ...spent });
    expect(ledger()?.simulated.spent.inputTokens).toBe(0);
  });

  test('an edit, of a comment too, is one generation; one that is undone, or of another file, is none', async () => {
    await service.summary('a.ts');
    expect(ran()).toEqual(['outline(a.ts)', 'summary(a.ts)']);
    write('a.ts', `// ${inText}, edited\nexport const a = 1;\n`);
    expect(await service.summary('a.ts')).toMatchObject({
      outcome: 'generated',
      text: expect.stringMatching(/number 2/),
    });
    expect(ran()).toEqual(['outline(a.ts)', 'summary(a.ts)']);
    write('a.ts', `// ${inText}\nexport const a = 1;\n`);
    expect(await service.summary('a.ts')).toMatchObject({
      outcome: 'hit',
      text: expect.stringMatching(/number 1/),
    });
    write('b.ts', 'export const edited = 1;\n');
    expect(await service.summary('a.ts')).toMatchObject({ outcome: 'hit' });
    expect(ran()).toEqual([]);
    expect(calls()).toBe(2);
  });

  test('reading the folder, looks at it and edits of it ask Gemini for nothing', async () => {
    await service.read();
    write('a.ts', 'export const edited = 1;\n');
    await service.refresh();
    await service.summary('a.ts', false);
    expect(fake.stats().requests).toBe(0);
    await service.summary('a.ts');
    write('a.ts', 'export const again = 1;\n');
    await service.refresh();
    expect(fake.stats().requests).toBe(1);
  });

  test('what is kept is told without a call, and no call is counted', async () => {
    await service.read();
    const counted = () => [ledger()?.calls, service.stats().kinds.outline?.calls];
    const unasked = {
      by: 'outline',
      because: 'not asked',
      text: expect.stringMatching(/^typescript, 2 lines/),
    };
    expect(await service.summary('a.ts', false)).toMatchObject(unasked);
    expect(counted()).toEqual([0, 2]);
    await service.summary('a.ts');
    const kept = {
      by: 'gemini',
      outcome: 'hit',
      text: expect.stringMatching(/number 1/),
      cost: { outputTokens: expect.any(Number) },
    };
    expect(await service.summary('a.ts', false)).toMatchObject(kept);
    expect(counted()).toEqual([1, 2]);
    write('a.ts', 'export const edited = 1;\nexport const more = 1;\n');
    expect(await service.summary('a.ts', false)).toMatchObject(unasked);
    // The outline of what was edited was made.
    expect(counted()).toEqual([1, 3]);
    expect(calls()).toBe(1);
  });

  test('a summary tells why it stands as it does, below the outline that it was made of', async () => {
    await service.summary('a.ts');
    const brief = async () =>
      (await service.why('a.ts')).entries.map(({ entry, state }) => `${entry} ${state}`);
    expect(await brief()).toEqual(['outline(a.ts) fresh', 'summary(a.ts) fresh']);
    write('a.ts', 'export const edited = 1;\n');
    expect(await brief()).toEqual([
      'outline(a.ts) changed',
      expect.stringMatching(/^summary\(a\.ts\) (changed|unknown)$/),
    ]);
  });

  test('a summary is no part of what an edit cost', async () => {
    await service.read();
    fake.always({ latency: '300ms' });
    await service.summary('a.ts');
    write('b.ts', 'export const edited = 1;\n');
    expect((await service.refresh()).spentSeconds).toBeLessThan(0.3);
  });
});

describe('when Gemini fails', () => {
  const failures: readonly (readonly [string, ScriptedStep, string])[] = [
    ['is overloaded', { fail: '503' }, 'E_PROVIDER'],
    ['breaks', { fail: '500' }, 'E_PROVIDER'],
    ['refuses the request', { fail: '400' }, 'E_PROVIDER'],
    ['refuses the key', { fail: '403' }, 'E_PROVIDER'],
    ['has no such model', { fail: '404' }, 'E_PROVIDER'],
    ['breaks the connection', { fail: 'reset' }, 'E_UNREACHABLE'],
    ['breaks off', { fail: 'reset', afterChunks: 1 }, 'E_UNREACHABLE'],
    ['is stopped for safety', { reply: { text: inAnswer, finishReason: 'SAFETY' } }, 'E_BAD_ANSWER'],
    ['is cut off', { reply: { text: inAnswer, finishReason: 'MAX_TOKENS' } }, 'E_BAD_ANSWER'],
    ['says nothing', { reply: ' \n' }, 'E_BAD_ANSWER'],
  ];
  test.each(failures)(
    'as it %s, the outline answers and says why, and the next call asks again',
    async (_, step, because) => {
      fake.next(step);
      expect(await service.summary('a.ts')).toMatchObject({
        by: 'outline',
        because,
        explanation: expect.stringContaining('Gemini'),
        text: 'typescript, 2 lines, about 10 tokens. Holds variable a.',
      });
      expect(ledger()).toMatchObject({ entries: 0, outcomes: { failed: 1 } });
      expect(await service.summary('a.ts')).toMatchObject({ by: 'gemini', outcome: 'generated' });
      expect(calls()).toBe(2);
    },
  );

  test('all who wait for it get the outline after one call', async () => {
    fake.next({ fail: '503' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => service.summary('a.ts')));
    expect(new Set(answers.map(({ by, because }) => `${by} ${because}`))).toEqual(
      new Set(['outline E_PROVIDER']),
    );
    expect(calls()).toBe(1);
  });

  test('its rate limit is respected, and told with the time to come back', async () => {
    fake.next({ fail: '429', retryDelay: '53s' });
    const before = Date.now();
    const answer = await service.summary('a.ts');
    expect(answer).toMatchObject({ by: 'outline', because: 'E_RATE_LIMITED' });
    expect(answer.retryAt).toBeGreaterThan(before + 50_000);
    expect(await service.summary('b.ts')).toMatchObject({ because: 'E_RATE_LIMITED' });
    expect(calls()).toBe(1);
  });

  test('and does not answer, the time is bounded', async () => {
    await service.close();
    service = await FolderService.open(root, inMemory, false, summaries({ attemptTimeout: '50ms' }));
    fake.next({ hang: true });
    expect(await service.summary('a.ts')).toMatchObject({ by: 'outline', because: 'E_PROVIDER_TIMEOUT' });
  });

  test('what was paid for an answer that cannot be used is counted all the same', async () => {
    fake.next({ reply: { text: inAnswer, finishReason: 'SAFETY' } });
    await service.summary('a.ts');
    expect(ledger()?.simulated.spent.inputTokens).toBe(fake.stats().tokens.prompt);
    expect(fake.stats().tokens.prompt).toBeGreaterThan(0);
    expect(ledger()?.generations).toMatchObject({ succeeded: 0, failed: 1 });
  });

  test('the summary of an earlier state of the file is told, marked, until the file changes or Gemini answers', async () => {
    await service.summary('a.ts');
    write('a.ts', 'export const edited = 1;\n');
    fake.next({ fail: '503' });
    const old = { by: 'gemini', text: expect.stringMatching(/number 1/), outcome: 'stale', stale: 'changed' };
    expect(await service.summary('a.ts')).toMatchObject({ ...old, reason: 'failed' });
    expect(await service.summary('a.ts')).toMatchObject({ ...old, reason: 'backoff' });
    expect(calls()).toBe(2);
    write('a.ts', 'export const again = 1;\n');
    expect(await service.summary('a.ts')).toMatchObject({
      outcome: 'generated',
      stale: false,
      text: expect.stringMatching(/number 2/),
    });
  });

  test('a redirect is not followed, as it could lead key and file elsewhere', async () => {
    await service.close();
    const asked: string[] = [];
    const gemini = new GeminiSummaries({
      key,
      fetch: async (input, init) => {
        asked.push(`${init?.redirect} ${String(input)}`);
        throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
      },
    });
    service = await FolderService.open(root, inMemory, false, gemini);
    expect(await service.summary('a.ts')).toMatchObject({ by: 'outline', because: 'E_UNREACHABLE' });
    expect(asked).toEqual([
      `error https://generativelanguage.googleapis.com/v1beta/models/${model}:generateContent`,
    ]);
  });

  test('a mistake of our own is no failure of Gemini', async () => {
    await service.close();
    const mistake = async () => Promise.reject(new RangeError('a mistake'));
    service = await FolderService.open(root, inMemory, false, new GeminiSummaries({ key, fetch: mistake }));
    await expect(service.summary('a.ts')).rejects.toThrow('a mistake');
  });
});

describe('nothing is sent', () => {
  test('without a key: the outline answers and says so', async () => {
    await service.close();
    service = await open({});
    expect(service.state().summary).toEqual({ model, hasKey: false, recipient: new URL(fake.url).host });
    expect(await service.summary('a.ts')).toMatchObject({
      by: 'outline',
      because: 'no key',
      outcome: 'generated',
    });
    expect(ledger()).toMatchObject({ outcomes: { missed: 1, failed: 0 }, generations: { started: 0 } });
    expect(fake.stats().requests).toBe(0);
  });

  test.each(['.env', 'server.pem', 'credentials.json'])(
    'of %s, which holds secrets by its name',
    async (path) => {
      write(path, 'SECRET=1\n');
      const secret = { by: 'outline', because: 'secret' };
      expect(await service.summary(path)).toMatchObject(secret);
      expect(await service.summary(path, false)).toMatchObject(secret);
      expect(fake.stats().requests).toBe(0);
    },
  );

  test.each([
    ['has nothing in it', ''],
    ['has only white space', ' \n\n'],
    ['is binary', new Uint8Array([1, 0, 2])],
  ])('of a file that %s', async (_, content) => {
    write('c.txt', content);
    expect(await service.summary('c.txt')).toMatchObject({ by: 'outline', because: 'E_NO_TEXT' });
    expect(fake.stats().requests).toBe(0);
  });

  test('of a file that an ignore file leaves out, that is not there, or outside of the folder', async () => {
    write('.gitignore', 'ignored.ts\n');
    write('ignored.ts', 'export const x = 1;\n');
    for (const path of ['ignored.ts', 'missing.ts'])
      await expect(service.summary(path)).rejects.toMatchObject({ code: 'E_NOT_LISTED' });
    await expect(service.summary('../a.ts')).rejects.toMatchObject({ code: 'E_OUTSIDE_ROOT' });
    expect(fake.stats().requests).toBe(0);
  });
});

describe('with a store', () => {
  const backend = () => {
    const made = new MemoryBackend();
    return (): OpenedStore => ({ store: new MemoryStore(made), file: 'store' });
  };

  test('a summary outlives the process, and is told without a key', async () => {
    const opened = backend();
    await service.close();
    service = await open({ key }, opened());
    await service.summary('a.ts');
    await service.close();
    service = await open({}, opened());
    expect(await service.summary('a.ts', false)).toMatchObject({
      by: 'gemini',
      text: expect.stringMatching(/number 1/),
    });
    expect(await service.summary('a.ts')).toMatchObject({ by: 'gemini', outcome: 'hit' });
    await service.close();
    service = await open({}, opened());
    expect(await service.summary('a.ts')).toMatchObject({ by: 'gemini', outcome: 'stored' });
    expect(calls()).toBe(1);
  });

  test('those who ask at once, with one store, cost one call', async () => {
    const opened = backend();
    const services = [await open({ key }, opened()), await open({ key }, opened())];
    onTestFinished(async () => void (await Promise.all(services.map((one) => one.close()))));
    const asking = services.flatMap((one) => [one.summary('a.ts'), one.summary('a.ts')]);
    const answers = await Promise.all(asking);
    expect(new Set(answers.map(({ by, text }) => `${by}: ${text}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ by: 'gemini' });
    expect(calls()).toBe(1);
  });

  test('another model, and another address, make summaries of their own', async () => {
    const opened = backend();
    await service.close();
    service = await open({ key }, opened());
    await service.summary('a.ts');
    await service.close();
    service = await open({ key, model: 'gemini-9' }, opened());
    expect(await service.summary('a.ts')).toMatchObject({ outcome: 'generated', model: 'gemini-9' });
    expect(sent[1]?.body).not.toMatchObject({ generationConfig: { thinkingConfig: {} } });
    await service.close();
    service = await FolderService.open(root, opened(), false, new GeminiSummaries({ key: undefined }));
    expect(await service.summary('a.ts')).toMatchObject({ by: 'outline', because: 'no key' });
  });
});

test('neither key, text nor answer is in a log, an event, a report or an error', async () => {
  const output: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      output.push(String(chunk));
      return true;
    });
  }
  onTestFinished(() => void vi.restoreAllMocks());
  await service.close();
  const opened = { store: new MemoryStore(new MemoryBackend()), file: 'store' };
  service = await open({ key }, opened);
  await service.read();
  fake.next({ fail: '400' }, { fail: 'reset' }, { reply: { text: inAnswer, finishReason: 'SAFETY' } });
  const failed = [
    await service.summary('a.ts'),
    await service.summary('a.ts'),
    await service.summary('a.ts'),
  ];
  await service.summary('a.ts');
  write('a.ts', `// ${inText}, edited\n`);
  fake.next({ fail: '503' });
  await service.summary('a.ts');
  const why = await service.why('a.ts');
  const stored = await service.stored();
  // Printed as a careless line of a log would.
  const shown = [output, failed, events, why, stored, service.state(), service.stats()].map(
    (thing) => `${JSON.stringify(thing)} ${inspect(thing, { depth: 12, showHidden: true })}`,
  );
  expect(events.filter(({ type }) => type === 'generation.failed')).toHaveLength(4);
  for (const text of shown) expect(text).not.toMatch(/CANARY/);
});

test('whom a file is sent to is said by name: Google, or the host of another upstream', () => {
  const at = (baseUrl: string) => new GeminiSummaries({ upstream: { baseUrl, isLoopback: false } }).recipient;
  expect(new GeminiSummaries().recipient).toBe('Google');
  expect(at('https://generativelanguage.googleapis.com')).toBe('Google');
  expect(at('https://models.example:8443/gemini')).toBe('models.example:8443');
});
