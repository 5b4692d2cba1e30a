import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HoldfastRefusedError } from '../lib/errors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { Breaker, type BreakerOptions, type Passage, parseBreaker } from './breaker.ts';

function bench(options: BreakerOptions = {}) {
  const clock = new ManualClock();
  const changes: string[] = [];
  const breaker = new Breaker(clock, 'm', parseBreaker(options), (state) => changes.push(state));
  const call = (health: 'well' | 'sick' | 'unknown') => breaker.enter().end(health);
  const times = (count: number, health: 'well' | 'sick' | 'unknown') => {
    for (let index = 0; index < count; index += 1) call(health);
  };
  return { clock, breaker, changes, call, times };
}

describe('a breaker', () => {
  test('opens after failures in a row', () => {
    const { breaker, times } = bench({ consecutive: 3 });
    times(2, 'sick');
    times(1, 'well');
    times(2, 'sick');
    expect(breaker.state.kind).toBe('closed');
    times(1, 'sick');
    expect(breaker.state.kind).toBe('open');
    expect(() => breaker.enter()).toThrow(HoldfastRefusedError);
  });

  test('opens by the share of failures in its window, once there are enough calls in it', async () => {
    const { breaker, clock, times } = bench({
      consecutive: 100,
      minimum: 10,
      failureRate: 0.5,
      window: 1_000,
    });
    times(5, 'sick');
    await clock.advance(1_100);
    times(5, 'well');
    times(4, 'sick');
    expect(breaker.state.kind).toBe('closed');
    times(1, 'sick');
    expect(breaker.state.kind).toBe('open');
  });

  test('is not opened by what says nothing of the provider', () => {
    const { breaker, times } = bench({ consecutive: 2 });
    times(1, 'sick');
    times(100, 'unknown');
    expect(breaker.state).toMatchObject({ kind: 'closed', consecutive: 1 });
  });

  test('lets a bounded number of probes through after its rest, and closes when as many succeed', async () => {
    const { breaker, clock, changes, times } = bench({ consecutive: 1, rest: 1_000, probes: 2 });
    times(1, 'sick');
    await clock.advance(999);
    expect(() => breaker.check()).toThrow('it is tried again in 1 ms');
    await clock.advance(1);
    const probes = [breaker.enter(), breaker.enter()];
    expect(() => breaker.enter()).toThrow(HoldfastRefusedError);
    probes[0]?.end('unknown');
    const third = breaker.enter();
    probes[1]?.end('well');
    expect(breaker.state.kind).toBe('half-open');
    third.end('well');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  test('rests twice as long after each probe that fails, up to the longest', async () => {
    const { breaker, clock, times } = bench({ consecutive: 1, rest: 1_000, longestRest: 3_000 });
    times(1, 'sick');
    const rests: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const { state } = breaker;
      if (state.kind !== 'open') throw new Error(state.kind);
      rests.push(state.until - clock.now());
      await clock.advance(state.until - clock.now());
      times(1, 'sick');
    }
    expect(rests).toEqual([1_000, 2_000, 3_000, 3_000]);
  });

  test('does not hear what began in a state that is gone', async () => {
    const { breaker, clock, times } = bench({ consecutive: 1, rest: 1_000, probes: 1 });
    const old = breaker.enter();
    const older = breaker.enter();
    times(1, 'sick');
    await clock.advance(1_000);
    const probe = breaker.enter();
    old.end('sick');
    older.end('well');
    expect(breaker.state).toMatchObject({ kind: 'half-open', probing: 1, succeeded: 0 });
    probe.end('well');
    probe.end('sick');
    expect(breaker.state.kind).toBe('closed');
  });

  test('follows its model', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('enter' as const) }),
      fc.record({
        do: fc.constant('end' as const),
        pick: fc.nat(),
        health: fc.constantFrom('well' as const, 'sick' as const, 'unknown' as const),
      }),
      fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 400, 1_000, 2_500) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { breaker, clock } = bench({
          consecutive: 3,
          rest: 1_000,
          longestRest: 2_000,
          probes: 2,
          failureRate: 1,
          minimum: 1_000,
        });
        // The model: how often it changed tells one state from the next of its kind.
        const model = {
          kind: 'closed',
          epoch: 0,
          consecutive: 0,
          until: 0,
          rest: 1_000,
          probing: 0,
          succeeded: 0,
        };
        const become = (change: Partial<typeof model>) =>
          Object.assign(model, { epoch: model.epoch + 1, consecutive: 0, probing: 0, succeeded: 0 }, change);
        const open: { passage: Passage; epoch: number }[] = [];
        for (const one of steps) {
          if (one.do === 'wait') await clock.advance(one.milliseconds);
          else if (one.do === 'enter') {
            if (model.kind === 'open' && clock.now() >= model.until) become({ kind: 'half-open' });
            const isIn = model.kind === 'closed' || (model.kind === 'half-open' && model.probing < 2);
            if (!isIn) expect(() => breaker.enter()).toThrow(HoldfastRefusedError);
            else {
              open.push({ passage: breaker.enter(), epoch: model.epoch });
              if (model.kind === 'half-open') model.probing += 1;
            }
          } else if (open.length > 0) {
            const [ended] = open.splice(one.pick % open.length, 1);
            ended?.passage.end(one.health);
            if (ended?.epoch === model.epoch && model.kind === 'closed' && one.health !== 'unknown') {
              model.consecutive = one.health === 'sick' ? model.consecutive + 1 : 0;
              if (model.consecutive === 3) become({ kind: 'open', until: clock.now() + 1_000, rest: 1_000 });
            } else if (ended?.epoch === model.epoch && model.kind === 'half-open') {
              model.probing -= 1;
              if (one.health === 'sick') {
                const rest = Math.min(2_000, model.rest * 2);
                become({ kind: 'open', until: clock.now() + rest, rest });
              } else if (one.health === 'well') {
                model.succeeded += 1;
                if (model.succeeded === 2) become({ kind: 'closed' });
              }
            }
          }
          expect(breaker.state.kind).toBe(model.kind);
          if (breaker.state.kind === 'half-open') expect(breaker.state.probing).toBe(model.probing);
        }
      }),
    );
  });

  test('is at rest when a new one would know as much', async () => {
    const { breaker, clock, times } = bench({ consecutive: 2, window: 1_000, rest: 1_000, probes: 1 });
    expect(breaker.isAtRest).toBe(true);
    times(1, 'well');
    await clock.advance(800);
    expect(breaker.isAtRest).toBe(false);
    await clock.advance(300);
    expect(breaker.isAtRest).toBe(true);
    times(1, 'sick');
    await clock.advance(2_000);
    expect(breaker.isAtRest).toBe(false);
    times(1, 'sick');
    expect(breaker.isAtRest).toBe(false);
    await clock.advance(1_000);
    times(1, 'well');
    expect(breaker.isAtRest).toBe(true);
  });

  test('refuses bad options and repeats them', () => {
    expect(() => parseBreaker({ probes: 0 })).toThrow(
      'breaker.probes must be a whole number (1 or more), not 0',
    );
    expect(() => parseBreaker({ failureRate: 0 })).toThrow('breaker.failureRate must be more than 0');
    expect(() => parseBreaker({ window: 0 })).toThrow(
      'breaker.window must be more than 0 and have an end, not 0',
    );
  });
});
