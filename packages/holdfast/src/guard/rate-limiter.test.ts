import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HoldfastRefusedError } from '../lib/errors.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { MemoryQuota } from './memory-quota.ts';
import { nextPacificMidnight } from './pacific-day.ts';
import type { Permit, PermitRequest } from './permit.ts';
import type { Quota, RateLimits } from './quota.ts';
import { RateLimiter } from './rate-limiter.ts';
import { runOut } from './run-out.test-support.ts';

const minute = 60_000;
const model = 'gemini-2.5-flash';
const forEver = Number.POSITIVE_INFINITY;

function bench(limits: RateLimits, more: { queue?: number; quota?: (clock: ManualClock) => Quota } = {}) {
  const clock = new ManualClock();
  const quota = more.quota?.(clock);
  const limiter = new RateLimiter({
    clock,
    limits: { [model]: limits },
    queue: more.queue ?? 1_000,
    ...(quota === undefined ? {} : { quota }),
  });
  const acquire = (request: Partial<PermitRequest> = {}) =>
    limiter.acquire({ project: 'p', model, scope: 's', priority: 0, deadline: forEver, ...request });
  return { clock, limiter, acquire };
}

/** Sends and is answered at once. */
function spend(permit: Permit): void {
  permit.sent();
  permit.settle();
}

const refusal = (promise: Promise<unknown>): Promise<HoldfastRefusedError> =>
  promise.then(
    () => {
      throw new Error('it was let in');
    },
    (error: unknown) => {
      if (!(error instanceof HoldfastRefusedError)) throw error;
      return error;
    },
  );

interface Arrived {
  readonly at: number;
  readonly tokens: number;
}

function expectWithin(arrivals: readonly Arrived[], limits: RateLimits): void {
  for (const { at } of arrivals) {
    const window = arrivals.filter((one) => one.at > at - minute && one.at <= at);
    expect(window.length).toBeLessThanOrEqual(limits.requestsPerMinute ?? forEver);
    const tokens = window.reduce((sum, one) => sum + one.tokens, 0);
    expect(tokens).toBeLessThanOrEqual(limits.inputTokensPerMinute ?? forEver);
  }
}

describe('the rate limiter', () => {
  test('never lets more than the limits into any minute as the provider counts it, keeps no caller past its deadline, and leaves nothing behind', async () => {
    const caller = fc.record({
      after: fc.nat({ max: 20_000 }),
      scope: fc.constantFrom('a', 'b'),
      priority: fc.constantFrom(0, 1),
      patience: fc.constantFrom(0, 500, 30_000, 90_000, forEver),
      abortAfter: fc.option(fc.nat({ max: 90_000 })),
      inputTokens: fc.integer({ min: 1, max: 100 }),
      latency: fc.constantFrom(0, 300, 1_500, 20_000),
      /** When in its time it comes in, at the latest two seconds after its send. */
      way: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const limitsOf = fc.record({
      requestsPerMinute: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      inputTokensPerMinute: fc.option(fc.integer({ min: 100, max: 250 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(limitsOf, fc.array(caller, { maxLength: 25 }), async (limits, callers) => {
        const { clock, limiter, acquire } = bench(limits as RateLimits);
        const arrivals: Arrived[] = [];
        let answers = 0;
        const waiting: Promise<void>[] = [];
        const controllers: AbortController[] = [];
        for (const one of callers) {
          await clock.flow(one.after);
          const deadline = clock.now() + one.patience;
          const controller = new AbortController();
          controllers.push(controller);
          const { scope, priority, inputTokens } = one;
          const turn = acquire({ scope, priority, inputTokens, deadline, signal: controller.signal });
          const leaves =
            one.abortAfter === null ? undefined : clock.setTimeout(() => controller.abort(), one.abortAfter);
          waiting.push(
            turn.then(
              (permit) => {
                leaves?.cancel();
                expect(clock.now()).toBeLessThanOrEqual(deadline);
                permit.sent();
                arrivals.push({
                  at: clock.now() + one.way * Math.min(one.latency, 2_000),
                  tokens: inputTokens,
                });
                answers += 1;
                clock.setTimeout(() => {
                  answers -= 1;
                  permit.settle();
                }, one.latency);
              },
              () => {
                leaves?.cancel();
                expect(clock.now()).toBeLessThanOrEqual(deadline);
              },
            ),
          );
        }
        await clock.flow(0);
        await runOut(clock, waiting);
        expect(clock.timers).toBe(answers);
        await clock.flow(minute);
        expect(clock.timers).toBe(0);
        expectWithin(arrivals, limits as RateLimits);
        for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
        for (const line of await limiter.status()) expect(line.waiting).toBe(0);
      }),
    );
  });

  test('counts a request until a minute after its answer, as it came in some time before', async () => {
    const { clock, acquire } = bench({ requestsPerMinute: 1 });
    const first = await acquire();
    first.sent();
    await clock.flow(1_500);
    first.settle();
    let isIn = false;
    const second = acquire().then((permit) => {
      isIn = true;
      spend(permit);
    });
    await clock.flow(minute - 1);
    expect(isIn).toBe(false);
    await clock.flow(1);
    expect(isIn).toBe(true);
    await second;
  });

  test('does not count the whole time of a slow answer: what was sent has come in within two seconds', async () => {
    const { clock, acquire } = bench({ requestsPerMinute: 1 });
    (await acquire()).sent();
    let isIn = false;
    const second = acquire().then((permit) => {
      isIn = true;
      spend(permit);
    });
    await clock.flow(minute + 1_999);
    expect(isIn).toBe(false);
    await clock.flow(1);
    await second;
    expect(clock.timers).toBe(0);
  });

  test('refuses at once whom it cannot let in in time, and who comes back then is let in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat({ max: 20_000 }), { minLength: 1, maxLength: 12 }),
        async (requestsPerMinute, gaps) => {
          const { clock, acquire } = bench({ requestsPerMinute });
          for (const gap of gaps) {
            await clock.flow(gap);
            void acquire().then(spend);
          }
          await settled();
          const before = clock.now();
          const late = acquire({ deadline: clock.now() + 1 }).then(
            (permit) => {
              spend(permit);
              return undefined;
            },
            (error: unknown) => error as HoldfastRefusedError,
          );
          const error = await late;
          expect(clock.now()).toBe(before);
          if (error === undefined) return;
          expect(error.code).toBe('E_RATE_LIMITED');
          await clock.flow(error.retryAt - clock.wall());
          spend(await acquire({ deadline: clock.now() + 1 }));
        },
      ),
    );
  });

  test('tells the end of whichever ends first, one that is under way or one that was answered', async () => {
    const { clock, acquire } = bench({ requestsPerMinute: 2 });
    (await acquire()).sent();
    await clock.flow(10_000);
    spend(await acquire());
    await clock.flow(1_000);
    const told = async () => (await refusal(acquire({ deadline: clock.now() + 1 }))).retryAt - clock.wall();
    // Sent eleven seconds ago, and come in within two; the other one a second ago.
    expect(await told()).toBe(minute - 9_000);
    void acquire().then(spend);
    await settled();
    expect(await told()).toBe(minute - 1_000);
    await clock.flow(minute);
    expect(clock.timers).toBe(0);
  });

  test('reserves tokens by the estimate and corrects them by what was used', async () => {
    const { acquire } = bench({ inputTokensPerMinute: 100 });
    const first = await acquire({ inputTokens: 90 });
    first.sent();
    await refusal(acquire({ inputTokens: 20, deadline: 2_000 }));
    first.settle(10);
    const second = await acquire({ inputTokens: 90 });
    second.sent();
    second.settle(90);
    await refusal(acquire({ inputTokens: 1, deadline: 2_000 }));
  });

  test('takes the average of what the last calls used where nobody estimates', async () => {
    const { acquire } = bench({ inputTokensPerMinute: 100 });
    const first = await acquire();
    first.sent();
    first.settle(60);
    await refusal(acquire({ deadline: 2_000 }));
    await acquire({ inputTokens: 40 });
  });

  test('refuses for ever what is over the limit alone', async () => {
    const { acquire } = bench({ inputTokensPerMinute: 100 });
    expect((await refusal(acquire({ inputTokens: 101 }))).retryAt).toBe(forEver);
  });

  test('gives a permit that was called off to the next', async () => {
    const { acquire } = bench({ requestsPerMinute: 1, requestsPerDay: 1 });
    const first = await acquire();
    const second = acquire();
    first.cancel();
    spend(await second);
    first.cancel();
    await refusal(acquire({ deadline: 2_000 }));
  });

  test('counts the day from midnight to midnight in Los Angeles, also when the clocks change', async () => {
    const { clock, acquire } = bench({ requestsPerDay: 2 });
    clock.jumpWall(Date.parse('2026-03-08T08:30:00Z') - clock.wall());
    spend(await acquire());
    spend(await acquire());
    const error = await refusal(acquire({ deadline: clock.now() + minute }));
    expect(error.retryAt).toBe(Date.parse('2026-03-09T07:00:00Z'));
    const third = acquire();
    await clock.flow(error.retryAt - clock.wall() - 1);
    expect(clock.timers).toBe(1);
    await clock.flow(1);
    spend(await third);
    expect(clock.timers).toBe(0);
  });

  test('takes a permit of yesterday that is called off from no count of today', async () => {
    const { clock, acquire } = bench({ requestsPerDay: 1 });
    const yesterday = await acquire();
    await clock.flow(nextPacificMidnight(clock.wall()) - clock.wall());
    spend(await acquire());
    yesterday.cancel();
    await refusal(acquire({ deadline: clock.now() + minute }));
  });

  test('sends nothing after a 429 until the provider said, and tells those who cannot wait so long', async () => {
    const { clock, limiter, acquire } = bench({ requestsPerMinute: 1 });
    spend(await acquire());
    const impatient = refusal(acquire({ deadline: clock.now() + 2 * minute }));
    const patient = acquire();
    await limiter.learn('p', model, 5 * minute);
    expect((await impatient).retryAt).toBe(clock.wall() + 5 * minute);
    expect((await refusal(acquire({ deadline: clock.now() + minute }))).retryAt).toBe(
      clock.wall() + 5 * minute,
    );
    expect((await limiter.status())[0]).toMatchObject({ parked: 5 * minute, waiting: 1 });
    await clock.flow(5 * minute - 1);
    expect((await limiter.status())[0]).toMatchObject({ waiting: 1 });
    await clock.flow(1);
    spend(await patient);
    expect(clock.timers).toBe(0);
  });

  test('parks one model of one project, no other', async () => {
    const { limiter, acquire } = bench({});
    await limiter.learn('p', model, minute);
    spend(await acquire({ project: 'q' }));
    spend(await acquire({ model: 'gemini-2.5-pro' }));
    await refusal(acquire({ deadline: 2_000 }));
  });

  test('gives a quiet scope its turn while a loud one fills the queue', async () => {
    const { clock, acquire } = bench({ requestsPerMinute: 10 }, { queue: 50 });
    const loud = Array.from({ length: 200 }, () => acquire({ scope: 'loud' }).then(spend, () => undefined));
    let isServed = false;
    const quiet = acquire({ scope: 'quiet', deadline: clock.now() + 2 * minute }).then((permit) => {
      isServed = true;
      spend(permit);
    });
    await clock.flow(minute);
    expect(isServed).toBe(true);
    await quiet;
    await clock.flow(10 * minute);
    await Promise.all(loud);
  });

  test('works the same over a quota that answers in its own time: nobody who left keeps a grant', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        async (scheduler, aborts) => {
          let granted = 0;
          const quotaOf = (clock: ManualClock): Quota => {
            const memory = new MemoryQuota(clock);
            return {
              take: (line, tokens) =>
                scheduler.schedule(Promise.resolve(), 'take').then(() => {
                  const taken = memory.take(line, tokens);
                  if (!taken.ok) return taken;
                  granted += 1;
                  const cancel = () => {
                    granted -= 1;
                    taken.grant.cancel();
                  };
                  return { ok: true, grant: { ...taken.grant, cancel } };
                }),
              forecast: (line, tokens, ahead) =>
                scheduler
                  .schedule(Promise.resolve(), 'forecast')
                  .then(() => memory.forecast(line, tokens, ahead)),
              park: (line, milliseconds) => memory.park(line, milliseconds),
              status: (line) => memory.status(line),
            };
          };
          const { clock, limiter, acquire } = bench({ requestsPerMinute: 3 }, { quota: quotaOf });
          let served = 0;
          const all = aborts.map((abort) => {
            const controller = new AbortController();
            const turn = acquire({ signal: controller.signal }).then(
              () => {
                served += 1;
              },
              () => undefined,
            );
            if (abort) void scheduler.schedule(Promise.resolve(), 'abort').then(() => controller.abort());
            return turn;
          });
          const end = scheduler.schedule(Promise.resolve(), 'end');
          await scheduler.waitAll();
          await end;
          await settled();
          await scheduler.waitAll();
          await settled();
          expect(granted).toBe(served);
          expect(served).toBeLessThanOrEqual(3);
          limiter.close(new Error('closed'));
          await Promise.all(all);
          expect(clock.timers).toBe(0);
        },
      ),
    );
  });

  test('tells a caller that the quota cannot be asked, and asks again for the next', async () => {
    let failing = true;
    const { clock, acquire } = bench(
      {},
      {
        quota: (clock) => {
          const memory = new MemoryQuota(clock);
          return {
            take: async (line, tokens) => {
              if (failing) throw new Error('the shared store is gone');
              return memory.take(line, tokens);
            },
            forecast: (line, tokens, ahead) => memory.forecast(line, tokens, ahead),
            park: (line, milliseconds) => memory.park(line, milliseconds),
            status: (line) => memory.status(line),
          };
        },
      },
    );
    await expect(acquire()).rejects.toThrow('the shared store is gone');
    failing = false;
    spend(await acquire());
    expect(clock.timers).toBe(0);
  });

  test('drives nobody out of a full queue for one that is refused itself', async () => {
    const { clock, acquire } = bench({ requestsPerMinute: 1 }, { queue: 2 });
    spend(await acquire());
    const loud = [acquire({ scope: 'loud' }), acquire({ scope: 'loud' })];
    const { timers } = clock;
    const before = clock.now();
    await refusal(acquire({ scope: 'quiet', deadline: clock.now() + 1_000 }));
    expect([clock.now(), clock.timers]).toEqual([before, timers]);
    await clock.flow(minute);
    spend(await (loud[0] as Promise<Permit>));
    await clock.flow(minute);
    spend(await (loud[1] as Promise<Permit>));
    expect(clock.timers).toBe(0);
  });

  test('lets in whoever can go at once where nobody may wait, and refuses the others', async () => {
    const { clock, acquire } = bench({ requestsPerMinute: 1 }, { queue: 0 });
    spend(await acquire());
    expect(await refusal(acquire())).toMatchObject({
      code: 'E_RATE_LIMITED',
      retryAt: clock.wall() + minute,
    });
    await clock.advance(minute);
    const aborted = AbortSignal.abort(new Error('gone'));
    await expect(acquire({ signal: aborted })).rejects.toThrow('gone');
    spend(await acquire());
  });

  test('refuses at once when its queue is full, also while a quota far away says nothing', async () => {
    const silent = () => new Promise<never>(() => {});
    const quota: Quota = { take: silent, forecast: silent, park: silent, status: silent };
    const { clock, acquire } = bench({ requestsPerMinute: 2 }, { queue: 1, quota: () => quota });
    const first = refusal(acquire({ deadline: clock.now() + 1_000 }));
    expect((await refusal(acquire())).retryAt).toBe(clock.wall() + minute / 2);
    await clock.flow(1_000);
    await first;
    expect(clock.timers).toBe(0);
  });

  test('keeps no line of a project that is done, and forgets no count that holds', async () => {
    const limits = { requestsPerDay: 1 };
    const { clock, limiter, acquire } = bench(limits);
    spend(await acquire());
    const under = await acquire({ project: 'under way' });
    const parked = limiter.learn('parked', model, 2 * minute);
    const waiting = acquire({ deadline: clock.now() + 90_000_000 });
    for (let project = 0; project < 5_000; project += 1)
      spend(await acquire({ project: `tenant ${project}` }));
    await parked;
    const lines = await limiter.status();
    expect(lines.length).toBeLessThanOrEqual(1_000);
    expect(lines.map(({ project }) => project)).toEqual(expect.arrayContaining(['p', 'under way', 'parked']));
    under.cancel();
    await refusal(acquire({ project: 'tenant 0', deadline: clock.now() + minute }));
    await clock.flow(nextPacificMidnight(clock.wall()) - clock.wall());
    spend(await waiting);
    spend(await acquire({ project: 'tenant 0' }));
    expect(clock.timers).toBe(0);
  });

  test('refuses a bad limit and repeats it', () => {
    expect(() => bench({ requestsPerMinute: -1 })).toThrow(
      `limits of '${model}': requestsPerMinute must be a whole number (0 or more), not -1`,
    );
  });

  test('a model without a quota today is told midnight', async () => {
    const { clock, acquire } = bench({ requestsPerDay: 1 });
    spend(await acquire());
    expect((await refusal(acquire({ deadline: 2_000 }))).retryAt).toBe(nextPacificMidnight(clock.wall()));
  });
});
