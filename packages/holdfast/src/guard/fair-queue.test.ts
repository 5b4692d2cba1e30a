import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue, type Place } from './fair-queue.ts';

const place = (scope: string, more: Partial<Place> = {}): Place => ({
  scope,
  priority: 0,
  deadline: Number.POSITIVE_INFINITY,
  cost: 1,
  ...more,
});

const arbitraryPlace = fc.record({
  scope: fc.constantFrom('a', 'b', 'c', 'd'),
  priority: fc.constantFrom(0, 1),
  deadline: fc.constantFrom(10, 20, Number.POSITIVE_INFINITY),
  cost: fc.constantFrom(0.25, 1, 3),
});

type Step =
  | { readonly do: 'add'; readonly place: Place }
  | { readonly do: 'serve' }
  | { readonly do: 'remove' };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: arbitraryPlace.map((one): Step => ({ do: 'add', place: one })) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'serve' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'remove' }) },
  ),
  { maxLength: 60 },
);

function served<P extends Place>(queue: FairQueue<P>): P | undefined {
  const first = queue.first();
  if (first !== undefined) queue.serve(first);
  return first;
}

function played(all: readonly Step[], capacity = 1_000): FairQueue<Place> {
  const queue = new FairQueue<Place>(capacity);
  for (const step of all) {
    if (step.do === 'add') queue.add({ ...step.place });
    else if (step.do === 'serve') served(queue);
    else {
      const one = [...queue].at(-1);
      if (one !== undefined) queue.remove(one);
    }
  }
  return queue;
}

describe('a fair queue', () => {
  test('knows exactly who goes before whom', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, pick) => {
        const queue = played(all);
        const waiting = [...queue];
        if (waiting.length === 0) return;
        const one = waiting[pick % waiting.length] as Place;
        const ahead = new Set(queue.ahead(one));
        const before = new Set<Place>();
        for (let next = served(queue); next !== one; next = served(queue)) before.add(next as Place);
        expect(ahead).toEqual(before);
      }),
    );
  });

  test('never lets one busy scope be served more than its share and one more than another', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0.25, 1, 3), { minLength: 60, maxLength: 60 }), (costs) => {
        const queue = new FairQueue<Place>(1_000);
        for (const [index, cost] of costs.entries()) queue.add(place(index % 2 === 0 ? 'a' : 'b', { cost }));
        const got = { a: 0, b: 0 };
        while (
          [...queue].some(({ scope }) => scope === 'a') &&
          [...queue].some(({ scope }) => scope === 'b')
        ) {
          const next = served(queue) as Place;
          got[next.scope as 'a' | 'b'] += next.cost;
          expect(Math.abs(got.a - got.b)).toBeLessThanOrEqual(3);
        }
      }),
    );
  });

  test('serves a scope that comes late next but one at the latest', () => {
    const queue = new FairQueue<Place>(1_000);
    for (let index = 0; index < 500; index += 1) queue.add(place('loud'));
    for (let index = 0; index < 50; index += 1) served(queue);
    const quiet = place('quiet');
    queue.add(quiet);
    expect([served(queue), served(queue)]).toContain(quiet);
  });

  test('a scope that was away has saved nothing up', () => {
    const queue = new FairQueue<Place>(1_000);
    for (let index = 0; index < 100; index += 1) queue.add(place('loud'));
    for (let index = 0; index < 50; index += 1) served(queue);
    for (let index = 0; index < 20; index += 1) queue.add(place('quiet'));
    const scopes = Array.from({ length: 10 }, () => served(queue)?.scope);
    expect(scopes.filter((scope) => scope === 'quiet').length).toBeLessThanOrEqual(6);
  });

  test('orders a scope by priority, then deadline, then arrival', () => {
    const queue = new FairQueue<Place>(10);
    const late = place('a', { deadline: 20 });
    const later = place('a');
    const latest = place('a');
    const soon = place('a', { deadline: 10 });
    const urgent = place('a', { priority: 1 });
    for (const one of [later, late, soon, latest, urgent]) queue.add(one);
    const order = Array.from({ length: 5 }, () => served(queue));
    expect(order).toEqual([urgent, soon, late, later, latest]);
    expect(order[3]).toBe(later);
  });

  test('is bounded, and full of one scope gives its last place to another', () => {
    const queue = new FairQueue<Place>(3);
    const loud = [place('loud'), place('loud'), place('loud')];
    for (const one of loud) expect(queue.add(one).ok).toBe(true);
    expect(queue.add(place('loud'))).toEqual({ ok: false });
    const added = queue.add(place('quiet'));
    expect(added.ok && added.displaced).toBe(loud[2]);
    expect(queue.add(place('quiet'))).toEqual({ ok: false });
    expect(queue.size).toBe(3);
    const urgent = queue.add(place('loud', { priority: 1 }));
    expect(urgent.ok && urgent.displaced).toBe(loud[1]);
  });

  test('never holds more than it may', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = played(all, 5);
        expect(queue.size).toBeLessThanOrEqual(5);
        expect([...queue]).toHaveLength(queue.size);
      }),
    );
  });
});
