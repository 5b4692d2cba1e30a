import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Definition, HoldfastCycleError, kind } from '../../src/index.ts';
import { assertInvariants, createTestCache, settled } from '../../src/testing/index.ts';

/*
 * Definitions that call each other at random. Where the calls form no circle every value is right; where they do, the
 * callers on it are told by a HoldfastCycleError; and nobody ever waits for ever, under any schedule.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;

/** How a generator asks for another value. */
type By = 'use' | 'plain' | 'both at once';
interface Edge {
  readonly to: number;
  readonly by: By;
}
/** Of each definition, what it asks for, in order. */
type Graph = readonly (readonly Edge[])[];

const size = 6;
/** More than any history here has a reason for. */
const mostRuns = 200;
const edges = (target: fc.Arbitrary<number>) =>
  fc.array(fc.record({ to: target, by: fc.constantFrom<By[]>('use', 'use', 'plain', 'both at once') }), {
    maxLength: 3,
  });
const anyGraph: fc.Arbitrary<Graph> = fc.array(edges(fc.nat(size - 1)), { minLength: size, maxLength: size });
/** Every definition asks only for later ones. */
const acyclicGraph: fc.Arbitrary<Graph> = fc.tuple(
  ...Array.from({ length: size }, (_, node) =>
    node === size - 1 ? fc.constant([]) : edges(fc.integer({ min: node + 1, max: size - 1 })),
  ),
);
/** How often the sources change: each round every value is asked for again. */
const roots = fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 5 });

interface World {
  readonly nodes: readonly Definition<[], string>[];
  /** What goes into a node's own part of its value. */
  readonly source: number[];
  readonly runs: number[];
}

function build(graph: Graph, pause: (label: string) => Promise<void>) {
  const { cache, clock } = createTestCache({ kinds: { node: kind<string>({ generationTimeout: 1_000 }) } });
  const world: World = { nodes: [], source: graph.map(() => 0), runs: graph.map(() => 0) };
  const nodes = graph.map((outgoing, index) =>
    cache.define({
      kind: 'node',
      name: `node ${index}`,
      generate: async (ctx): Promise<string> => {
        const runs = (world.runs[index] as number) + 1;
        world.runs[index] = runs;
        // A circle that nobody notices would go round here for ever, and no time-out of a test would get its turn.
        if (runs > mostRuns) throw new Error(`node ${index} ran ${runs} times`);
        const source = world.source[index];
        const parts: string[] = [];
        for (const { to, by } of outgoing) {
          await pause(`node ${index} asks for ${to}`);
          const node = nodes[to] as Definition<[], string>;
          if (by === 'use') parts.push(await ctx.use(node));
          else if (by === 'plain') parts.push(await node());
          else parts.push(...(await Promise.all([ctx.use(node), node()])));
        }
        return `${index}.${source}(${parts.join()})`;
      },
    }),
  );
  return { cache, clock, world: { ...world, nodes } };
}

function rightValue(graph: Graph, world: World, index: number): string {
  const parts = (graph[index] ?? []).flatMap(({ to, by }) => {
    const value = rightValue(graph, world, to);
    return by === 'both at once' ? [value, value] : [value];
  });
  return `${index}.${world.source[index]}(${parts.join()})`;
}

/** Whether a node can come back to one that is on the way to it. */
function meetsCycle(graph: Graph, index: number, path: readonly number[] = []): boolean {
  if (path.includes(index)) return true;
  return (graph[index] ?? []).some(({ to }) => meetsCycle(graph, to, [...path, index]));
}

/** Lets everything scheduled happen; whatever has not ended by then never will without the clock. */
async function until(scheduler: fc.Scheduler, all: Promise<unknown>): Promise<boolean> {
  let over = false;
  void all.then(() => {
    over = true;
  });
  for (let round = 0; !over && round < 200; round += 1) {
    await scheduler.waitIdle();
    await settled();
  }
  return over;
}

test('values of definitions without a circle are right, and each is made once', async () => {
  await fc.assert(
    fc.asyncProperty(acyclicGraph, roots, fc.scheduler(), async (graph, asked, scheduler) => {
      const { cache, world } = build(graph, (label) => scheduler.schedule(Promise.resolve(), label));
      const all = Promise.all(asked.map((index) => world.nodes[index]?.()));
      expect(await until(scheduler, all)).toBe(true);
      expect(await all).toEqual(asked.map((index) => rightValue(graph, world, index)));
      expect(Math.max(...world.runs)).toBeLessThanOrEqual(1);
      assertInvariants(cache);
    }),
    { numRuns: rounds * 2 },
  );
});

test('values of definitions that only use each other follow their sources, and nothing else is made anew', async () => {
  const onlyUses = acyclicGraph.map((graph) =>
    graph.map((outgoing) => outgoing.map(({ to }) => ({ to, by: 'use' as const }))),
  );
  await fc.assert(
    fc.asyncProperty(
      onlyUses,
      roots,
      fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 4 }),
      fc.scheduler(),
      async (graph, asked, changed, scheduler) => {
        const { cache, world } = build(graph, (label) => scheduler.schedule(Promise.resolve(), label));
        const askAll = async (): Promise<void> => {
          const all = Promise.all(asked.map((index) => world.nodes[index]?.()));
          expect(await until(scheduler, all)).toBe(true);
          expect(await all).toEqual(asked.map((index) => rightValue(graph, world, index)));
        };
        await askAll();
        for (const index of changed) {
          world.source[index] = (world.source[index] as number) + 1;
          await world.nodes[index]?.invalidate();
          const before = [...world.runs];
          await askAll();
          for (const [node, count] of world.runs.entries()) {
            const again = count - (before[node] as number);
            const affected = node === index || rightValue(graph, world, node).includes(`${index}.`);
            expect(again, `runs of ${node} after ${index} has changed`).toBeLessThanOrEqual(affected ? 1 : 0);
          }
          // Asked once more, nothing runs at all.
          const settledRuns = [...world.runs];
          await askAll();
          expect(world.runs).toEqual(settledRuns);
        }
        assertInvariants(cache);
      },
    ),
    { numRuns: rounds },
  );
});

test('a circle of definitions is told to its callers, and nobody waits for ever', async () => {
  let circles = 0;
  await fc.assert(
    fc.asyncProperty(anyGraph, roots, fc.scheduler(), async (graph, asked, scheduler) => {
      const { cache, clock, world } = build(graph, (label) => scheduler.schedule(Promise.resolve(), label));
      const all = Promise.allSettled(asked.map((index) => world.nodes[index]?.()));
      expect(await until(scheduler, all), 'everybody was answered without the clock').toBe(true);
      for (const [place, result] of (await all).entries()) {
        const index = asked[place] as number;
        if (meetsCycle(graph, index)) {
          circles += 1;
          expect(result).toMatchObject({ status: 'rejected', reason: expect.any(HoldfastCycleError) });
        } else {
          expect(result).toEqual({ status: 'fulfilled', value: rightValue(graph, world, index) });
        }
      }
      // A generator may still be asking for its last values after another has failed it.
      await scheduler.waitIdle();
      await settled();
      assertInvariants(cache);
      expect(clock.timers).toBe(0);
    }),
    { numRuns: rounds * 2 },
  );
  expect(circles).toBeGreaterThan(rounds / 2);
});

test('generators that close a circle only after it was kept are told so, too', async () => {
  await fc.assert(
    fc.asyncProperty(
      acyclicGraph,
      anyGraph,
      roots,
      fc.scheduler(),
      async (before, after, asked, scheduler) => {
        let graph: Graph = before;
        const live: Graph = Array.from({ length: size }, (_, index) => ({
          [Symbol.iterator]: () => (graph[index] ?? [])[Symbol.iterator](),
        })) as unknown as Graph;
        const { cache, clock, world } = build(live, (label) => scheduler.schedule(Promise.resolve(), label));
        const first = Promise.all(world.nodes.map((node) => node()));
        expect(await until(scheduler, first)).toBe(true);
        graph = after;
        const forgotten = asked.map((index) => world.nodes[index]?.invalidate());
        await Promise.all(forgotten);
        const again = Promise.allSettled(world.nodes.map((node) => node()));
        expect(await until(scheduler, again), 'everybody was answered without the clock').toBe(true);
        for (const result of await again) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(HoldfastCycleError);
        }
        await scheduler.waitIdle();
        await settled();
        assertInvariants(cache);
        expect(clock.timers).toBe(0);
      },
    ),
    { numRuns: rounds },
  );
});
