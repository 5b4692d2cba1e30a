import { expect, onTestFinished, test } from 'vitest';
import { ManualClock, settled } from '../../testing/manual-clock.ts';
import type { Sight } from '../refusal.ts';
import type { Inspector } from './inspection.ts';
import { Place } from './place.ts';
import { Sweep } from './sweep.ts';

const perTurn = 10;

/** A sweep over places of which everything costs what a test says. Turns end after ten looks, and come when it says so. */
function sweeping(count: number) {
  const clock = new ManualClock();
  const places = Array.from(
    { length: count },
    (_, index) => new Place({ type: 'file', path: `${index}`, digest: 'x' }, 'x'),
  );
  const looks: number[] = [];
  const turns: (() => void)[] = [];
  const suspects: Place[] = [];
  let taken = 0;
  let stretches = 0;
  const play = {
    look: (): Sight | Promise<Sight> => ({ digest: 'x' }),
    next: () => {},
  };
  const inspector = {
    begin: () => {
      stretches += 1;
    },
    turn: () => {
      taken += 1;
      if (taken % perTurn !== 0) return undefined;
      return new Promise<void>((resolve) => turns.push(resolve));
    },
    look: () => {
      looks.push(clock.now());
      return play.look();
    },
  };
  function* each(): Iterable<Place> {
    for (const place of places) {
      play.next();
      yield place;
    }
  }
  const sweep = new Sweep(
    // As much of one as a sweep asks: a whole one needs a workspace.
    inspector as unknown as Inspector,
    clock,
    (place) => suspects.push(place),
    (error) => {
      throw error;
    },
  );
  onTestFinished(() => sweep.stop());
  sweep.start(each, 1_000);
  /** Time passes, and every turn that is waited for has come. */
  const pass = async (milliseconds: number): Promise<void> => {
    await clock.advance(milliseconds);
    while (turns.length > 0) {
      turns.shift()?.();
      await settled();
    }
  };
  return { clock, looks, turns, suspects, places, play, pass, stretches: () => stretches };
}

test('a round rests 22 times as long as all of it took, the way from place to place included', async () => {
  const { clock, looks, play, pass } = sweeping(30);
  // Nothing but bookkeeping takes time.
  play.next = () => void clock.advance(10);
  const began = clock.now();
  await pass(1_000);
  expect(looks).toHaveLength(30);
  const ended = clock.now();
  expect(ended - began).toBe(1_000 + 30 * 10);
  await pass(22 * 300 - 1);
  expect(looks).toHaveLength(30);
  await pass(1);
  expect(looks).toHaveLength(60);
});

test('what a round waits for its turns counts for nothing', async () => {
  const { clock, looks, turns, pass } = sweeping(12);
  await clock.advance(1_000);
  expect(looks).toHaveLength(9);
  await clock.advance(60_000);
  expect(looks).toHaveLength(9);
  turns.shift()?.();
  await settled();
  expect(looks).toHaveLength(12);
  await pass(1_000);
  expect(looks).toHaveLength(24);
});

test('a round has no promise for a place that it can look at in its turn', async () => {
  const { clock, looks } = sweeping(9);
  const advancing = clock.advance(1_000);
  const heard: number[] = [];
  queueMicrotask(() => heard.push(looks.length));
  await advancing;
  expect(heard).toEqual([9]);
});

test('a slow look counts in whole, and ends what was seen before it', async () => {
  const { looks, play, pass, stretches } = sweeping(2);
  const { promise, resolve } = Promise.withResolvers<Sight>();
  play.look = () => promise;
  await pass(1_000);
  const before = stretches();
  await pass(500);
  expect(looks).toHaveLength(1);
  resolve({ digest: 'x' });
  await settled();
  expect([looks.length, stretches()]).toEqual([2, before + 2]);
  await pass(22 * 500 - 1);
  expect(looks).toHaveLength(2);
  await pass(1);
  expect(looks.length).toBeGreaterThan(2);
});

test('what is found otherwise than it is known is told, unless something was heard of it meanwhile', async () => {
  const { places, play, suspects, pass } = sweeping(2);
  for (const place of places) place.digest = 'x';
  play.look = () => ({ digest: 'y' });
  await pass(1_000);
  expect(suspects).toEqual(places);
  suspects.length = 0;
  const { promise, resolve } = Promise.withResolvers<Sight>();
  play.look = () => promise;
  await pass(1_000);
  places[0]?.touch(1);
  resolve({ digest: 'y' });
  await settled();
  expect(suspects).toEqual([places[1]]);
});
