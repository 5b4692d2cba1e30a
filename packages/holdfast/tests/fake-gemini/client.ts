import { expect, onTestFinished } from 'vitest';
import type { Clock, Timer } from '../../src/lib/clock.ts';
import {
  type FakeGemini,
  type FakeGeminiOptions,
  type FakeGeminiStats,
  startFakeGemini,
} from '../../src/testing/fake-gemini/index.ts';

export const model = 'gemini-2.5-flash';
export const prompt = { contents: [{ role: 'user', parts: [{ text: 'What holds fast?' }] }] };

/** A fake that is closed, and whose account must add up, when the test is over. */
export async function start(options: FakeGeminiOptions = {}): Promise<FakeGemini> {
  const fake = await startFakeGemini(options);
  onTestFinished(async () => {
    await fake.close();
    expectToAddUp(fake.stats());
    expect(fake.stats().inFlight).toBe(0);
  });
  return fake;
}

function expectToAddUp(stats: FakeGeminiStats): void {
  const failed = Object.values(stats.failures).reduce((sum, count) => sum + count, 0);
  expect(stats.inFlight + stats.answered + stats.disconnected + failed).toBe(stats.requests);
}

export interface Sent {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly method?: string;
}

export function send(fake: FakeGemini, path: string, sent: Sent = {}): Promise<Response> {
  return fetch(`${fake.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(prompt),
    headers: { 'x-goog-api-key': 'any' },
    ...sent,
  });
}

export const generate = (fake: FakeGemini, sent?: Sent) =>
  send(fake, `/v1/models/${model}:generateContent`, sent);
export const stream = (fake: FakeGemini, sent?: Sent) =>
  send(fake, `/v1/models/${model}:streamGenerateContent?alt=sse`, sent);

/** Fires timers in order of their time when it is told to. */
export class HandClock implements Clock {
  time = 0;
  readonly timers = new Set<{ at: number; run: () => void }>();
  now(): number {
    return this.time;
  }
  wall(): number {
    return this.time;
  }
  setTimeout(run: () => void, milliseconds: number): Timer {
    const timer = { at: this.time + milliseconds, run };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer), unref: () => {}, ref: () => {} };
  }
  pass(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of this.timers) {
      if (timer.at > this.time) continue;
      this.timers.delete(timer);
      timer.run();
    }
  }
}

/** The code of an error or of the nearest of its causes that has one; the error itself if none has. */
export async function errorCode(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause) return cause.code;
  }
  return error;
}

export async function readUntilError(response: Response): Promise<{ text: string; error: unknown }> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
  } catch (error) {
    return { text, error };
  }
  throw new Error('the stream ended well');
}
