import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Duration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import type { Work } from './call.ts';
import { type GuardEvent, guardChannelName } from './event.ts';
import { type GuardOptions, guard } from './guard.ts';
import { nextPacificMidnight } from './pacific-day.ts';
import { runOut } from './run-out.test-support.ts';

const model = 'gemini-2.5-flash';
const status = (code: number, more: object = {}) => Object.assign(new Error('x'), { status: code, ...more });
const never = () => new Promise<never>(() => {});

function bench(options: GuardOptions = {}) {
  const clock = new ManualClock();
  const gemini = guard({ clock, random: () => 0.5, ...options });
  const events: GuardEvent[] = [];
  gemini.on((event) => events.push(event));
  return { clock, gemini, events };
}

const pause = (clock: ManualClock, milliseconds: number) =>
  new Promise<void>((resolve) => clock.setTimeout(resolve, milliseconds));

describe('a guard', () => {
  test('settles every call by its deadline and leaves no timer, no listener, no place taken, whatever happens', async () => {
    const outcome = fc.constantFrom(
      'fine',
      '503',
      '429',
      '429 with a delay',
      '400',
      'reset',
      'mistake',
      'never',
      'deaf',
    );
    const caller = fc.record({
      after: fc.nat({ max: 3_000 }),
      scope: fc.constantFrom('a', 'b'),
      timeout: fc.constantFrom(100, 5_000, 90_000),
      abortAfter: fc.option(fc.nat({ max: 20_000 })),
      outcomes: fc.array(outcome, { minLength: 1, maxLength: 4 }),
      takes: fc.nat({ max: 2_000 }),
    });
    const options = fc.record({
      limits: fc.constantFrom(
        {},
        { [model]: { requestsPerMinute: 3, inputTokensPerMinute: 500, requestsPerDay: 20 } },
      ),
      admission: fc.constantFrom({}, { concurrency: 1, queue: 2 }),
      breaker: fc.constantFrom({ consecutive: 2, probes: 1 }, {}, false as const),
      dollarsPerDay: fc.constantFrom(2, 1_000),
    });
    await fc.assert(
      fc.asyncProperty(
        options,
        fc.array(caller, { maxLength: 15 }),
        fc.boolean(),
        async (own, callers, closes) => {
          const { clock, gemini } = bench({ ...own, attemptTimeout: 3_000 });
          const signals: AbortSignal[] = [];
          let atWork = 0;
          const all: Promise<void>[] = [];
          for (const one of callers) {
            await clock.flow(one.after);
            const controller = new AbortController();
            signals.push(controller.signal);
            const leaves =
              one.abortAfter === null
                ? undefined
                : clock.setTimeout(() => controller.abort('left'), one.abortAfter);
            const work = async (signal: AbortSignal, attempt: { number: number }): Promise<string> => {
              const what = one.outcomes[(attempt.number - 1) % one.outcomes.length];
              if (what === 'deaf') return never();
              if (what === 'never') {
                return new Promise((_, reject) =>
                  signal.addEventListener('abort', () => reject(signal.reason)),
                );
              }
              atWork += 1;
              await pause(clock, one.takes);
              atWork -= 1;
              if (what === 'fine') return what;
              if (what === 'mistake') throw new TypeError('mine');
              if (what === 'reset') throw Object.assign(new Error('x'), { code: 'ECONNRESET' });
              if (what === '429 with a delay') throw status(429, { headers: { 'retry-after': '20' } });
              throw status(Number(what));
            };
            const deadline = clock.now() + one.timeout;
            const call = gemini(work, {
              model,
              scope: one.scope,
              timeout: one.timeout,
              signal: controller.signal,
              estimate: { inputTokens: 100, usd: 0.5 },
            });
            const ends = () => {
              leaves?.cancel();
              expect(clock.now()).toBeLessThanOrEqual(deadline);
            };
            all.push(
              call.then(ends, (error: unknown) => {
                ends();
                if (controller.signal.aborted) expect(error).toBe('left');
              }),
            );
          }
          if (closes) await gemini.close();
          await runOut(clock, all);
          // Work that was given up may still be at it.
          expect(clock.timers).toBe(atWork);
          for (const signal of signals) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
          const { admission, lines, spending } = await gemini.status();
          expect(admission).toMatchObject({ running: 0, waiting: 0 });
          for (const { waiting } of lines) expect(waiting).toBe(0);
          for (const { reserved } of Object.values(spending)) expect(reserved).toBeCloseTo(0);
        },
      ),
    );
  });

  test('hands the attempt what is left of its time, for the provider', async () => {
    const { clock, gemini } = bench({ timeout: 10_000, attemptTimeout: 6_000 });
    const seen: unknown[] = [];
    const call = gemini(
      async (_, attempt) => {
        seen.push([attempt.number, attempt.remaining(), attempt.headers()]);
        await pause(clock, 5_750);
        if (attempt.number === 1) throw status(503);
        return 'fine';
      },
      { model },
    );
    const failed = expect(call).rejects.toMatchObject({ limit: 'call' });
    await clock.flow(20_000);
    await failed;
    expect(seen).toEqual([
      [1, 6_000, { 'x-server-timeout': '6' }],
      [2, 4_000, { 'x-server-timeout': '4' }],
    ]);
  });

  test('tells a time-out from a caller’s abort, and does not retry it', async () => {
    const { clock, gemini, events } = bench({ attemptTimeout: 1_000 });
    const failed = expect(gemini(never, { model })).rejects.toMatchObject({ limit: 'attempt' });
    await clock.flow(1_000);
    await failed;
    const controller = new AbortController();
    const call = gemini(never, { model, signal: controller.signal });
    await settled();
    controller.abort('mine');
    await expect(call).rejects.toBe('mine');
    expect(events.filter(({ type }) => type === 'attempt.started')).toHaveLength(2);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'attempt.failed', failure: { kind: 'aborted' } }),
    );
    expect((await gemini.status()).breakers[model]).toEqual({ kind: 'closed', consecutive: 1 });
  });

  test('takes a permit for every attempt', async () => {
    const { clock, gemini } = bench({ limits: { [model]: { requestsPerMinute: 1 } } });
    let attempts = 0;
    const call = gemini(
      () => {
        attempts += 1;
        if (attempts === 1) throw status(503);
        return 'fine';
      },
      { model },
    );
    await clock.flow(59_999);
    expect(attempts).toBe(1);
    await clock.flow(1);
    expect(await call).toBe('fine');
  });

  test('turns a 429 that cannot be retried in time into a refusal that says when, and parks the model', async () => {
    const { clock, gemini, events } = bench();
    const error = status(429, { headers: { 'retry-after': '53' } });
    const call = gemini(() => Promise.reject(error), { model, timeout: '10s' });
    await expect(call).rejects.toMatchObject({
      code: 'E_RATE_LIMITED',
      retryAt: clock.wall() + 53_000,
      cause: error,
    });
    let isAsked = false;
    const next = gemini(
      () => {
        isAsked = true;
      },
      { model, timeout: '10s' },
    );
    await expect(next).rejects.toMatchObject({ code: 'E_RATE_LIMITED', retryAt: clock.wall() + 53_000 });
    expect(isAsked).toBe(false);
    expect(events).toContainEqual(expect.objectContaining({ type: 'model.parked', milliseconds: 53_000 }));
    expect((await gemini.status()).breakers[model]).toEqual({ kind: 'closed', consecutive: 0 });
  });

  test('parks a model whose day is used up until midnight Pacific, though the answer says two seconds', async () => {
    const { clock, gemini } = bench();
    const details = [{ violations: [{ quotaId: 'RequestsPerDay' }] }, { retryDelay: '2s' }];
    const error = status(429, { message: JSON.stringify({ error: { details } }) });
    const midnight = nextPacificMidnight(clock.wall());
    await expect(gemini(() => Promise.reject(error), { model })).rejects.toMatchObject({ retryAt: midnight });
    await clock.flow(10_000);
    await expect(gemini(() => 'not asked', { model })).rejects.toMatchObject({ retryAt: midnight });
  });

  test('retries a 429 after what it asks for', async () => {
    const { clock, gemini } = bench();
    const call = gemini(
      (_, { number }) => {
        if (number === 1) throw status(429, { headers: { 'retry-after': '5' } });
        return clock.now();
      },
      { model },
    );
    const began = clock.now();
    await clock.flow(10_000);
    expect((await call) - began).toBe(5_250);
  });

  test('opens the breaker for sick answers alone, and tells what the provider said last', async () => {
    const { clock, gemini } = bench({ breaker: { consecutive: 2 } });
    const ask = (error: unknown) =>
      gemini(() => Promise.reject(error), { model }).catch((reason: unknown) => reason);
    for (let index = 0; index < 10; index += 1) await ask(status(400));
    const sick = status(503);
    const call = ask(sick);
    await clock.flow(10_000);
    expect(await call).toMatchObject({ code: 'E_CIRCUIT_OPEN', cause: sick });
    const now = clock.wall();
    expect(await gemini(() => 'not asked', { model: 'another' })).toBe('not asked');
    await expect(gemini(() => 'probe', { model })).resolves.toBe('probe');
    expect(clock.wall()).toBe(now);
  });

  test('knows how long requests take although a breaker that opened has emptied the queue', async () => {
    const { clock, gemini } = bench({
      admission: { concurrency: 1 },
      breaker: { consecutive: 1, rest: '1s' },
      retry: { attempts: 1 },
    });
    const ask = (work: () => unknown, timeout: Duration = '1m') =>
      gemini(work, { model, timeout }).catch((error: unknown) => error);
    const slow = async (): Promise<void> => {
      await pause(clock, 10_000);
      throw status(503);
    };
    const herd = [ask(slow), ...Array.from({ length: 4 }, () => ask(slow))];
    await clock.flow(10_000);
    await Promise.all(herd);
    await clock.flow(1_000);
    void ask(slow);
    await settled();
    expect(await ask(slow, '15s')).toMatchObject({ code: 'E_OVERLOADED', retryAt: clock.wall() + 10_000 });
    await gemini.close();
  });

  test('earns a share of a retry with each call that the provider was asked for, and none with a refusal', async () => {
    const { clock, gemini } = bench({
      admission: { concurrency: 1, queue: 0 },
      breaker: false,
      retry: { budget: { share: 0.5, burst: 1 } },
    });
    const retries = async () => (await gemini.status()).retries[model];
    const failed = expect(gemini(() => Promise.reject(status(503)), { model })).rejects.toMatchObject({
      status: 503,
    });
    await clock.flow(1_000);
    await failed;
    expect(await retries()).toBe(0);
    const held = gemini(() => pause(clock, 1_000), { model });
    await settled();
    for (let index = 0; index < 10; index += 1) {
      await expect(gemini(() => 'not asked', { model })).rejects.toMatchObject({ code: 'E_OVERLOADED' });
    }
    expect(await retries()).toBe(0);
    await clock.flow(1_000);
    await held;
    expect(await retries()).toBe(0.5);
    // One that fails has been asked for, too: the two halves are its retry.
    const second = gemini(
      (_, { number }) => {
        if (number === 1) throw status(503);
        return number;
      },
      { model },
    );
    await clock.flow(1_000);
    expect(await second).toBe(2);
    expect(await retries()).toBe(0);
  });

  test('does not grow with the models that were asked once', async () => {
    const { clock, gemini } = bench();
    for (let index = 0; index < 3_000; index += 1) {
      await gemini(() => 'fine', { model: `model ${index}` });
      if (index % 500 === 0) await clock.advance(60_000);
    }
    const { lines, breakers, retries } = await gemini.status();
    for (const kept of [lines, Object.keys(breakers), Object.keys(retries)])
      expect(kept.length).toBeLessThanOrEqual(1_500);
  });

  test('takes no time-out for a sign of sickness that the wait on our side has cut short', async () => {
    const options = { limits: { [model]: { requestsPerMinute: 1 } }, breaker: { consecutive: 1 } };
    const { clock, gemini } = bench(options);
    await gemini(() => 'fine', { model });
    const late = gemini(never, { model, timeout: '70s' }).catch((error: unknown) => error);
    await clock.flow(70_000);
    expect(await late).toMatchObject({ code: 'E_PROVIDER_TIMEOUT', limit: 'call' });
    expect((await gemini.status()).breakers[model]).toEqual({ kind: 'closed', consecutive: 0 });
  });

  test('pays what a call really used, its estimate if nobody knows, and nothing for a refusal', async () => {
    const { clock, gemini } = bench({ dollarsPerDay: 10, retry: { attempts: 1 }, attemptTimeout: 1_000 });
    const call = { model, scope: 'a', estimate: { usd: 1 } };
    await gemini(() => 'fine', { ...call, usage: () => ({ usd: 0.25 }) });
    await gemini(() => 'fine', call);
    await gemini(() => Promise.reject(status(503)), call).catch(() => undefined);
    const timedOut = gemini(never, call).catch(() => undefined);
    await clock.flow(1_000);
    await timedOut;
    expect((await gemini.status()).spending.a).toMatchObject({ spent: 2.25, reserved: 0, cap: 10 });
  });

  test('pays what attempts that failed have said that they cost, besides the one that succeeded', async () => {
    const { clock, gemini } = bench({
      dollarsPerDay: 10,
      retry: { attempts: 2 },
      limits: { [model]: { inputTokensPerMinute: 1_000 } },
    });
    const call = { model, scope: 'a', estimate: { usd: 1, inputTokens: 100 } };
    const failing: Work<string> = (_, attempt) => {
      attempt.spent({ usd: 0.25, inputTokens: 300 });
      throw attempt.number === 1 ? status(503) : status(400);
    };
    const both = gemini(failing, call).catch((error: unknown) => error);
    await clock.flow(10_000);
    expect(await both).toMatchObject({ status: 400 });
    const spent = async () => (await gemini.status()).spending.a?.spent;
    expect(await spent()).toBe(0.5);
    expect((await gemini.status()).lines[0]?.inputTokensThisMinute).toBe(600);
    const retried = gemini(
      (_, attempt) => {
        if (attempt.number === 2) return 'fine';
        attempt.spent({ usd: 0.25, inputTokens: 100 });
        throw status(503);
      },
      { ...call, usage: () => ({ usd: 2, inputTokens: 100 }) },
    );
    await clock.flow(10_000);
    expect(await retried).toBe('fine');
    expect(await spent()).toBe(2.75);
  });

  test('rejects with the error of a usage that throws: the attempt has failed, and is not said to have succeeded, too', async () => {
    const { gemini, events } = bench({ dollarsPerDay: 10 });
    const mine = new TypeError('mine');
    const usage = () => {
      throw mine;
    };
    await expect(gemini(() => 'fine', { model, usage, estimate: { usd: 1 } })).rejects.toBe(mine);
    expect(events.map(({ type }) => type)).toEqual(['attempt.started', 'attempt.failed', 'retry.decided']);
    const { spending, breakers, admission } = await gemini.status();
    expect(spending.default).toMatchObject({ spent: 1, reserved: 0 });
    expect(breakers[model]).toEqual({ kind: 'closed', consecutive: 0 });
    expect(admission.running).toBe(0);
  });

  test('gives back the permit of a call whose caller leaves while it waits for a slot', async () => {
    const { clock, gemini } = bench({
      limits: { [model]: { requestsPerMinute: 2 } },
      admission: { concurrency: 1 },
    });
    const counted = async () => (await gemini.status()).lines[0]?.requestsThisMinute;
    const first = gemini(() => pause(clock, 1_000), { model });
    const controller = new AbortController();
    const second = gemini(() => 'not asked', { model, signal: controller.signal });
    await settled();
    expect(await counted()).toBe(2);
    controller.abort('mine');
    await expect(second).rejects.toBe('mine');
    expect(await counted()).toBe(1);
    await clock.flow(1_000);
    await first;
  });

  test('corrects the tokens by the usage of the answer', async () => {
    const { gemini } = bench({ limits: { [model]: { inputTokensPerMinute: 100 } } });
    const call = { model, timeout: 1_000, estimate: { inputTokens: 90 } };
    await gemini(() => 10, { ...call, usage: (inputTokens) => ({ inputTokens }) });
    await gemini(() => 'fine', call);
    await expect(gemini(() => 'not asked', call)).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
    expect((await gemini.status()).lines).toMatchObject([
      { model, project: 'default', requestsThisMinute: 2, inputTokensThisMinute: 100, waiting: 0 },
    ]);
  });

  test('closes: what waits and what is under way is rejected, and later calls', async () => {
    const { clock, gemini, events } = bench({ admission: { concurrency: 1 } });
    let heard: unknown;
    let again: Promise<unknown> | undefined;
    const working = gemini(
      (signal) => {
        signal.addEventListener('abort', () => {
          heard = signal.reason;
          again = gemini(() => 'not asked', { model }).catch((error: unknown) => error);
        });
        return never();
      },
      { model },
    ).catch((error: unknown) => error);
    const waiting = gemini(() => 'not asked', { model }).catch((error: unknown) => error);
    await settled();
    await gemini.close();
    // The call that was under way has ended before: it is heard of.
    expect(events.map(({ type }) => type)).toEqual(['attempt.started', 'attempt.failed', 'guard.closed']);
    expect((await gemini.status()).admission).toMatchObject({ running: 0, waiting: 0 });
    for (const error of [await working, await waiting, await again, heard])
      expect(error).toMatchObject({ code: 'E_CLOSED' });
    await expect(gemini(() => 'not asked', { model })).rejects.toMatchObject({ code: 'E_CLOSED' });
    expect(clock.timers).toBe(0);
    expect(await gemini.status()).toMatchObject({ closed: true });
  });

  test('tells its listeners and the channel, and outlives a listener that throws', async () => {
    const { gemini, events } = bench();
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const published: unknown[] = [];
    const listener = (event: unknown) => published.push(event);
    subscribe(guardChannelName, listener);
    const off = gemini.on(() => {
      throw new Error('mine');
    });
    await gemini(() => 'fine', { model, scope: 'a' });
    off();
    unsubscribe(guardChannelName, listener);
    await settled();
    process.off('warning', warned);
    expect(events.map(({ type }) => type)).toEqual(['attempt.started', 'attempt.succeeded']);
    expect(published).toEqual(events);
    expect(warnings).toHaveLength(2);
  });

  test('is one queue for scopes that is fair: a quiet one is served beside one at a hundred times its rate', async () => {
    const { clock, gemini } = bench({
      limits: { [model]: { requestsPerMinute: 60 } },
      queue: 200,
      breaker: false,
    });
    const quiet: string[] = [];
    const all: Promise<unknown>[] = [];
    for (let second = 0; second < 240; second += 1) {
      for (let index = 0; index < 20; index += 1) {
        all.push(gemini(() => 'fine', { model, scope: 'loud', timeout: '30s' }).catch(() => undefined));
      }
      if (second % 5 === 0) {
        const one = gemini(() => 'fine', { model, scope: 'quiet', timeout: '70s' });
        all.push(
          one.then(
            (value) => quiet.push(value),
            () => quiet.push('refused'),
          ),
        );
      }
      await clock.flow(1_000);
    }
    await clock.flow(120_000);
    await Promise.all(all);
    expect(quiet.filter((one) => one === 'fine')).toHaveLength(48);
  });

  test.each([
    [{ queue: -1 }, 'queue must be a whole number (0 or more), not -1'],
    [
      { timeout: 'soon' as never },
      "timeout must be a number of milliseconds (0 or more) or a string such as '30s'",
    ],
    [{ retry: { budget: { share: 7 } } }, 'retry.budget.share must be a number from 0 to 1, not 7'],
  ])('refuses bad options at once %#', (options, message) => {
    expect(() => guard(options)).toThrow(message);
  });

  test.each([
    [{ model: '' }, 'model of a guarded call must be a string that is not empty'],
    [{ model, priority: Number.NaN }, 'priority must be a number, not NaN'],
    [{ model, estimate: { usd: -1 } }, 'estimate.usd must be a number (0 or more), not -1'],
  ])('refuses bad options of a call %#', async (options, message) => {
    const { gemini } = bench();
    const error = await gemini(() => 'not asked', options).catch((reason: unknown) => reason);
    expect(HoldfastError.isInstance(error) && error.message).toBe(message);
  });
});
