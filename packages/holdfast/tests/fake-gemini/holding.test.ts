import { describe, expect, test } from 'vitest';
import { Gate } from '../../src/testing/fake-gemini/index.ts';
import { generate, HandClock, start, stream } from './client.ts';

describe('time', () => {
  test('passes on the clock that was handed in: before the answer and before each further chunk', async () => {
    const clock = new HandClock();
    const fake = await start({
      latency: { first: 1_000, perChunk: 100 },
      clock,
      reply: 'x'.repeat(60).concat(' y'),
    });
    const call = stream(fake);
    await fake.received(1);
    expect([...clock.timers].map((timer) => timer.at)).toEqual([1_000]);
    clock.pass(1_000);
    const reader = (await call).body?.getReader();
    await reader?.read();
    expect([...clock.timers].map((timer) => timer.at)).toEqual([1_100]);
    clock.pass(100);
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('STOP');
    expect((await reader?.read())?.done).toBe(true);
  });

  test('opens the minute of the limit again', async () => {
    const clock = new HandClock();
    const fake = await start({ limits: { requestsPerMinute: 1 }, clock });
    expect((await generate(fake)).status).toBe(200);
    const refused = await generate(fake);
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain('"retryDelay":"60s"');
    clock.pass(60_000);
    expect((await generate(fake)).status).toBe(200);
  });
});

describe('holding calls', () => {
  test('lets a test see a whole herd in flight, then some through, then all', async () => {
    const fake = await start();
    const gate = fake.hold();
    const herd = Array.from({ length: 50 }, () => generate(fake));
    await fake.received(50);
    expect(gate.waiting).toBe(50);
    expect(fake.stats()).toMatchObject({ inFlight: 50, maxInFlight: 50, answered: 0 });
    expect(gate.pass(2)).toBe(2);
    await Promise.race(herd);
    expect(gate.waiting).toBe(48);
    gate.release();
    const answers = await Promise.all(herd);
    expect(answers.every((response) => response.status === 200)).toBe(true);
    expect((await generate(fake)).status).toBe(200);
    expect(fake.stats()).toMatchObject({ inFlight: 0, maxInFlight: 50, answered: 51 });
  });

  test('is refused while another gate holds, and possible again after', async () => {
    const fake = await start();
    const gate = fake.hold();
    expect(() => fake.hold()).toThrow('release that gate first');
    gate.release();
    fake.hold().release();
  });

  test('in mid-stream goes on with the rest of the same answer', async () => {
    const fake = await start();
    const plain = await (await stream(fake)).text();
    const gate = new Gate();
    fake.next({ hold: gate, afterChunks: 2 });
    const events = await stream(fake);
    expect(events.status).toBe(200);
    const rest = events.text();
    gate.release();
    expect(await rest).toBe(plain);
  });
});
