import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { Deadline } from './deadline.ts';
import { parseBackOff, type RetryDecision, type RetryOptions, retry } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';

const overloaded = (more: object = {}) => Object.assign(new Error('overloaded'), { status: 503, ...more });
const forEver = Number.POSITIVE_INFINITY;

function bench(more: Partial<RetryOptions> & { timeout?: number } = {}) {
  const clock = new ManualClock();
  const decisions: RetryDecision[] = [];
  const options: RetryOptions = {
    clock,
    backOff: parseBackOff({}),
    deadline: new Deadline(clock, more.timeout ?? forEver),
    budget: new RetryBudget(),
    random: () => 0.5,
    decided: (decision) => decisions.push(decision),
    ...more,
  };
  return { clock, options, decisions };
}

describe('a retry', () => {
  test('backs off by a random part of a time that doubles up to the longest', async () => {
    const { clock, options, decisions } = bench({
      backOff: parseBackOff({ attempts: 6, base: 100, longest: 500 }),
    });
    const failed = retry(() => Promise.reject(overloaded()), options).catch((error: unknown) => error);
    await clock.flow(10_000);
    expect(await failed).toMatchObject({ status: 503 });
    expect(decisions.map((one) => (one.retry ? one.delay : one.why))).toEqual([
      50,
      100,
      200,
      250,
      250,
      'attempts',
    ]);
  });

  test('waits at least as long as the provider says', async () => {
    const { clock, options, decisions } = bench();
    const work = (attempt: number) =>
      attempt === 1
        ? Promise.reject(overloaded({ headers: { 'retry-after': '7' } }))
        : Promise.resolve('fine');
    const value = retry(work, options);
    await clock.flow(6_999);
    expect(clock.timers).toBe(1);
    await clock.flow(1_000);
    expect(await value).toBe('fine');
    expect(decisions[0]).toMatchObject({ retry: true, delay: 7_250 });
  });

  test('is given up at once where it would come past the deadline', async () => {
    const { clock, options, decisions } = bench({ timeout: 5_000 });
    const error = overloaded({ headers: { 'retry-after': '5' } });
    await expect(retry(() => Promise.reject(error), options)).rejects.toBe(error);
    expect(decisions).toMatchObject([{ retry: false, why: 'deadline' }]);
    expect(clock.timers).toBe(0);
  });

  test('is not made of a mistake', async () => {
    const { options, decisions } = bench();
    const error = new TypeError('mine');
    await expect(retry(() => Promise.reject(error), options)).rejects.toBe(error);
    expect(decisions).toMatchObject([{ retry: false, why: 'not worth it' }]);
  });

  test('is not made of what a part has been handed on of, and not asked about it where it would not help', async () => {
    let asked = 0;
    const isRepeatable = () => {
      asked += 1;
      return asked === 1;
    };
    const { clock, options, decisions } = bench({ isRepeatable });
    const failed = retry(() => Promise.reject(overloaded()), options).catch((error: unknown) => error);
    await clock.flow(10_000);
    expect(await failed).toMatchObject({ status: 503 });
    expect(decisions).toMatchObject([{ retry: true }, { retry: false, why: 'not repeatable' }]);
    await expect(retry(() => Promise.reject(new TypeError('mine')), options)).rejects.toThrow('mine');
    expect(asked).toBe(2);
  });

  test('ends its back-off at once by an abort, with the reason, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const { clock, options } = bench({ signal: controller.signal });
    const value = retry(() => Promise.reject(overloaded()), options);
    await settled();
    expect(clock.timers).toBe(1);
    const reason = new Error('mine');
    controller.abort(reason);
    await expect(value).rejects.toBe(reason);
    expect(clock.timers).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('rejects with the caller’s reason, not with what its client makes of it', async () => {
    const controller = new AbortController();
    const { options, decisions } = bench({ signal: controller.signal });
    const value = retry(() => {
      controller.abort('mine');
      return Promise.reject(overloaded());
    }, options);
    await expect(value).rejects.toBe('mine');
    expect(decisions).toEqual([]);
  });

  test('never starts after the deadline, whatever fails how', async () => {
    const failure = fc.record({
      after: fc.nat({ max: 2_000 }),
      retryAfter: fc.option(fc.nat({ max: 5_000 })),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(failure, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (failures, timeout, random) => {
          const { clock, options } = bench({
            timeout,
            random: () => random,
            backOff: parseBackOff({ attempts: 8 }),
          });
          const work = async (attempt: number) => {
            if (attempt > 1) expect(clock.now()).toBeLessThan(options.deadline.at);
            const { after, retryAfter } = failures[(attempt - 1) % failures.length] as (typeof failures)[0];
            await new Promise<void>((resolve) => clock.setTimeout(resolve, after));
            throw overloaded(
              retryAfter === null ? {} : { headers: { 'retry-after-ms': String(retryAfter) } },
            );
          };
          const value = expect(retry(work, options)).rejects.toMatchObject({ status: 503 });
          await clock.flow(200_000);
          await value;
          expect(clock.timers).toBe(0);
        },
      ),
    );
  });
});

describe('the budget', () => {
  test('keeps the retries within a tenth of the calls and what was saved up, however all fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom(0, 0.1, 0.5, 1),
        fc.integer({ min: 0, max: 12 }),
        async (calls, share, burst) => {
          const budget = new RetryBudget({ share, burst });
          const { clock, options } = bench({ budget, backOff: parseBackOff({ attempts: 5 }) });
          let attempts = 0;
          const all = Array.from({ length: calls }, () =>
            retry(() => {
              attempts += 1;
              return Promise.reject(overloaded());
            }, options).catch(() => undefined),
          );
          await clock.flow(100_000);
          await Promise.all(all);
          expect(attempts - calls).toBeLessThanOrEqual(burst + share * calls + 1e-6);
        },
      ),
    );
  });

  test('lets every tenth call have a retry once what was saved up is gone', async () => {
    const budget = new RetryBudget({ burst: 1 });
    expect(budget.take()).toBe(true);
    let retries = 0;
    for (let call = 0; call < 100; call += 1) {
      budget.call();
      if (budget.take()) retries += 1;
    }
    expect(retries).toBe(10);
  });

  test('refuses bad options and repeats them', () => {
    expect(() => new RetryBudget({ share: 2 })).toThrow(
      'retry.budget.share must be a number from 0 to 1, not 2',
    );
    expect(() => new RetryBudget({ burst: -1 })).toThrow(
      'retry.budget.burst must be a number of 0 or more, not -1',
    );
    expect(() => parseBackOff({ attempts: 0 })).toThrow(
      'retry.attempts must be a whole number (1 or more), not 0',
    );
  });
});
