import { expect, test } from 'vitest';
import type { LabSceneName, LabState } from '../src/api/index.ts';
import { makeFolder, type Server, startServe } from './command.ts';
import { EventReader } from './event-reader.ts';

const serveOneFile = () => startServe(makeFolder({ 'a.ts': 'export const a = 1;\n' }));

/** Sends a herd and resolves to the state after it, live ones included. */
async function herd(server: Server, events: EventReader, callers: number): Promise<LabState> {
  const started = await server.json<LabState>('/api/lab/herd', { callers });
  expect(started).toMatchObject({ running: true, callers });
  await events.next('lab', ({ running }) => running);
  return events.next('lab', ({ running }) => !running);
}

/** Plays a scene and resolves to the state after it, live ones included. */
async function play(server: Server, events: EventReader, scene: LabSceneName): Promise<LabState> {
  const started = await server.json<LabState>('/api/lab/scene', { scene });
  expect(started).toMatchObject({ running: true, scene });
  await events.next('lab', ({ running }) => running);
  return events.next('lab', ({ running }) => !running);
}

test('a herd of 1,000 is one call through the cache and 1,000 unprotected, counted live', async () => {
  const server = await serveOneFile();
  const events = await EventReader.open(server);
  const idle = await server.json<LabState>('/api/lab');
  expect(idle).toMatchObject({ simulated: true, running: false, callers: 0, model: 'gemini-2.5-flash' });

  const { protected: one, unprotected: other, ...state } = await herd(server, events, 1_000);
  expect(state).toMatchObject({ simulated: true, mood: 'normal', callers: 1_000 });
  expect(state.prices.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(one).toMatchObject({ providerCalls: 1, answered: 1_000, failures: 0, stale: 0, waiting: 0 });
  expect(other).toMatchObject({ providerCalls: 1_000, waiting: 0 });
  expect(other.answered + other.failures).toBe(1_000);
  // 4,000 tokens in at $0.30 a million, 500 out at $2.50.
  expect(one.usd).toBeCloseTo(0.00245, 8);
  expect(other.usd).toBeCloseTo(0.00245 * other.answered, 6);
  expect(one.latency.p50).toBeGreaterThanOrEqual(290);
  expect(one.latency.p50).toBeLessThanOrEqual(one.latency.p99);

  const again = await herd(server, events, 1_000);
  expect(again.protected).toMatchObject({ providerCalls: 1, answered: 2_000 });
  const reset = await server.json<LabState>('/api/lab/reset', null);
  expect(reset.protected).toMatchObject({ providerCalls: 0, usd: 0, answered: 0, failures: 0 });
  expect(reset.unprotected).toMatchObject({ providerCalls: 0, usd: 0, answered: 0, failures: 0 });
});

test('while the provider fails, callers of an expired answer get it stale, and unprotected ones get errors', async () => {
  const server = await serveOneFile();
  const events = await EventReader.open(server);
  await herd(server, events, 10);
  await server.json('/api/lab/expire', null);
  await server.json('/api/lab/mood', { mood: 'fail' });
  const state = await herd(server, events, 10);
  expect(state.protected).toMatchObject({ answered: 20, stale: 10, failures: 0, refused: 0 });
  expect(state.unprotected).toMatchObject({ providerCalls: 20, answered: 10, failures: 10 });
  // The refresh may be tried again yet while the callers have their stale answers already.
  const isOver = ({ protected: one }: LabState) => one.providerCalls >= 5 && one.guard?.underWay === 0;
  const { protected: after } = isOver(state) ? state : await events.next('lab', isOver);
  expect(after).toMatchObject({ providerCalls: 5, answered: 20, stale: 10, failures: 0 });
  expect(after.guard).toMatchObject({ retries: 3, breaker: 'closed' });
});

test('a second herd while one runs is refused, and a reset ends the one that runs', async () => {
  const server = await serveOneFile();
  await server.json('/api/lab/mood', { mood: 'hang' });
  await server.json('/api/lab/herd', { callers: 1_000 });
  const response = await server.ask('/api/lab/herd', { callers: 10 });
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ error: { code: 'E_LAB_BUSY' } });
  const reset = await server.json<LabState>('/api/lab/reset', null);
  const none = { providerCalls: 0, answered: 0, failures: 0, waiting: 0 };
  expect(reset).toMatchObject({
    running: false,
    callers: 0,
    mood: 'hang',
    protected: none,
    unprotected: none,
  });

  await server.json('/api/lab/mood', { mood: 'normal' });
  const events = await EventReader.open(server);
  const { protected: one, unprotected: other } = await herd(server, events, 10);
  expect(one).toMatchObject({ providerCalls: 1, answered: 10, failures: 0 });
  expect(other).toMatchObject({ providerCalls: 10, answered: 10, failures: 0 });
});

test('a limited provider refuses what is over its minute, and one call is all that the cache needs of it', async () => {
  const server = await serveOneFile();
  const events = await EventReader.open(server);
  await server.json('/api/lab/mood', { mood: 'limited' });
  const state = await herd(server, events, 10);
  expect(state.protected).toMatchObject({ providerCalls: 1, answered: 10, failures: 0 });
  expect(state.unprotected).toMatchObject({ providerCalls: 10, answered: 5, failures: 5 });
});

test('a 429 storm: every caller is answered or told when to come back, and no call is a 429', async () => {
  const server = await serveOneFile();
  const events = await EventReader.open(server);
  const state = await play(server, events, 'storm');
  expect(state).toMatchObject({ scene: 'storm', callers: 1_000, mood: 'normal' });
  const { protected: one, unprotected: other } = state;
  expect(one).toMatchObject({ providerCalls: 60, answered: 60, refused: 940, failures: 0, waiting: 0 });
  expect(one.rateLimited).toBe(0);
  expect(one.comeBackIn).toBeGreaterThan(30);
  expect(one.guard).toMatchObject({ minute: { used: 60, limit: 60 }, waiting: 0, breaker: 'closed' });
  expect(other).toMatchObject({ providerCalls: 1_000, refused: 0, waiting: 0 });
  expect(other.answered + other.failures).toBe(1_000);
  expect(other.rateLimited).toBeGreaterThan(800);

  const busy = await server.json<LabState>('/api/lab/scene', { scene: 'sick' });
  expect(busy).toMatchObject({ running: true, scene: 'sick', callers: 0 });
  const response = await server.ask('/api/lab/scene', { scene: 'storm' });
  expect(response.status).toBe(409);
  await events.next('lab', ({ health }) => health === 'well');
  const reset = await server.json<LabState>('/api/lab/reset', null);
  expect(reset).toMatchObject({ running: false, health: null, scene: 'herd' });
  // The fake has forgotten its minute, and so has the guard.
  const again = await play(server, events, 'storm');
  expect(again.protected).toMatchObject({ answered: 60, refused: 940, rateLimited: 0 });
}, 20_000);

test('a stream that a thousand follow is one call, told live; unprotected it is a stream each', async () => {
  const server = await serveOneFile();
  const events = await EventReader.open(server);
  const started = await server.json<LabState>('/api/lab/scene', { scene: 'stream' });
  expect(started).toMatchObject({ running: true, scene: 'stream', callers: 1_000 });
  const flows = ({ protected: one, unprotected: other }: LabState) =>
    Number(one.stream?.replayed) > 50 && Number(one.stream?.left) > 0 && Number(other.stream?.reading) > 200;
  const { protected: one, unprotected: other } = await events.next('lab', flows);
  const [shared, own] = [one.stream, other.stream];
  expect(shared).toMatchObject({ streams: 1, underWay: 1, failed: 0 });
  // Somebody may be coming at this very moment.
  expect(Number(shared?.replayed) + Number(shared?.waiting)).toBeGreaterThanOrEqual(Number(shared?.late));
  expect(shared?.progress).toMatch(/^[A-Ya-y]+-*$/);
  expect(shared?.text).toMatch(/^How can a thousand people read one answer/);
  expect(own?.streams).toBeGreaterThan(200);
  expect(own).toMatchObject({ failed: 0, replayed: 0 });
  const more = await events.next('lab', ({ protected: later }) => later.stream?.text !== shared?.text);
  expect(more.protected.stream?.text.startsWith(String(shared?.text))).toBe(true);
  const reset = await server.json<LabState>('/api/lab/reset', null);
  expect(reset).toMatchObject({ running: false, scene: 'herd' });
  expect(reset.protected).not.toHaveProperty('stream');
});

test('a scene that does not exist is refused', async () => {
  const server = await serveOneFile();
  for (const body of [{ scene: 'herd' }, { scene: 1 }, { scene: 'sick', callers: 1 }, {}]) {
    expect((await server.ask('/api/lab/scene', body)).status).toBe(400);
  }
});
