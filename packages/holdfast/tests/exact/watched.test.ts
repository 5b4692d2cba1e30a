import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { RefreshedEntry } from '../../src/index.ts';
import { Expectation } from './expectation.ts';
import { type Program, somePrograms, variables } from './program.ts';
import { answerOfEmptyCache, ask, open, type Subject } from './subject.ts';
import { ChaoticWatch, type Noise, TruthfulWatch, WatchedSource } from './watch.ts';
import { someHappening, World } from './world.ts';

/*
 * The exact model, where a watch tells of changes: watched reads are exact as far as it tells the truth, checked ones
 * whatever it tells, and what is refreshed on change runs nothing that its readers would not run.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
/** Milliseconds: some 40 for a round, and that five times over on a busy machine. */
const patience = 200 * rounds;

const grains = fc.constantFrom(1, 10, 1_000, 2_000);
const happenings = fc.array(someHappening, { maxLength: 3 });

afterEach(() => {
  for (const name of variables) delete process.env[name];
});

function newWorld(grain: number): World {
  for (const name of variables) delete process.env[name];
  return new World(grain, true);
}

/** Asks, and compares the value and what ran with what an exact cache would say and run. */
async function compare(
  world: World,
  programs: readonly Program[],
  subject: Subject,
  expectation: Expectation,
  program: number,
  freshness: 'watched' | 'checked',
) {
  const { brought, runs } = await expectation.ask(program);
  const answer = await ask(subject.definitions[program]?.with({ freshness }));
  const value = answer.ok ? answer.resolution.value : undefined;
  expect(value).toBe(brought.ok ? brought.value : undefined);
  expect(value).toBe(await answerOfEmptyCache(world, programs, program));
  const ran = await subject.takeRuns();
  expect(new Set(ran)).toEqual(new Set(runs.keys()));
  for (const [one, kept] of runs) {
    if (kept === 'kept') expect(ran.filter((other) => other === one)).toHaveLength(1);
  }
  return { ran, ok: answer.ok };
}

test(
  'watched reads are exact where the watch tells of every change, and look at nothing where it told of none',
  async () => {
    let unlooked = 0;
    await fc.assert(
      fc.asyncProperty(
        somePrograms,
        grains,
        fc.array(fc.tuple(happenings, fc.nat({ max: 4 })), { minLength: 3, maxLength: 25 }),
        async (programs, grain, history) => {
          const world = newWorld(grain);
          const sources: [WatchedSource, TruthfulWatch][] = [];
          await using subject = await open(world, programs, {
            windows: { freshness: 'watched' },
            watched: (inner) => {
              const watch = new TruthfulWatch(inner);
              const source = new WatchedSource(inner, watch);
              sources.push([source, watch]);
              return source;
            },
          });
          const [[source, watch]] = sources as [[WatchedSource, TruthfulWatch]];
          const expectation = new Expectation(programs, world.truth);
          for (const [happened, number] of history) {
            for (const happening of happened) world.happen(happening);
            await watch.notice();
            const program = number % programs.length;
            const again = () => compare(world, programs, subject, expectation, program, 'watched');
            const before = source.checks;
            const first = await again();
            if (first.ok && first.ran.length === 0 && source.checks === before) unlooked += 1;
            const second = await again();
            // Where nothing has to run, everything is kept, and was looked at by now.
            if (!second.ok || second.ran.length > 0) continue;
            const { checks } = source;
            await again();
            expect(source.checks).toBe(checks);
          }
        },
      ),
      { numRuns: 2 * rounds },
    );
    // Also after something has happened that was none of theirs.
    expect(unlooked).toBeGreaterThan(0);
  },
  2 * patience,
);

const someNoise = fc.constantFrom<Noise>('lost', 'doubled', 'late', 'invented', 'dropped');

test(
  'checked reads are exact, whatever the watch drops, doubles, reorders and invents',
  async () => {
    let misled = 0;
    await fc.assert(
      fc.asyncProperty(
        somePrograms,
        grains,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
        fc.array(
          fc.record({
            happened: happenings,
            noise: fc.array(someNoise, { maxLength: 2 }),
            watched: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
            checked: fc.nat({ max: 4 }),
          }),
          { minLength: 3, maxLength: 20 },
        ),
        async (programs, grain, says, history) => {
          const world = newWorld(grain);
          const watch = new ChaoticWatch(says);
          const sources: WatchedSource[] = [];
          await using subject = await open(world, programs, {
            windows: { freshness: 'watched' },
            watched: (inner) => {
              const source = new WatchedSource(inner, watch);
              sources.push(source);
              return source;
            },
          });
          const [source] = sources as [WatchedSource];
          const expectation = new Expectation(programs, world.truth);
          for (const { happened, noise, watched, checked } of history) {
            for (const happening of happened) world.happen(happening);
            for (const one of noise) watch.make(one);
            for (const number of watched) {
              const program = number % programs.length;
              const { checks } = source;
              // What is proven to the watch is served without a look, right or not; everything else is a checked read.
              const key = subject.definitions[program]?.key();
              if (key !== undefined && subject.cache.get(key) !== undefined) {
                expect(source.checks).toBe(checks);
                const served = subject.cache.peek(key)?.value;
                if (served !== (await answerOfEmptyCache(world, programs, program))) misled += 1;
              }
            }
            await compare(world, programs, subject, expectation, checked % programs.length, 'checked');
          }
        },
      ),
      { numRuns: 2 * rounds },
    );
    // The watched reads between them were wrong at times.
    expect(misled).toBeGreaterThan(0);
  },
  2 * patience,
);

test(
  'refreshing on change runs what asking for the same entries would run, and leaves nothing to run for their readers',
  async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(
        somePrograms,
        grains,
        fc.array(fc.tuple(happenings, fc.array(fc.nat({ max: 4 }), { maxLength: 3 })), {
          minLength: 3,
          maxLength: 15,
        }),
        async (programs, grain, history) => {
          const world = newWorld(grain);
          const watches: TruthfulWatch[] = [];
          await using subject = await open(world, programs, {
            windows: { freshness: 'watched', refresh: 'on-change' },
            watched: (inner) => {
              const watch = new TruthfulWatch(inner);
              watches.push(watch);
              return new WatchedSource(inner, watch);
            },
          });
          const [watch] = watches as [TruthfulWatch];
          const expectation = new Expectation(programs, world.truth);
          /** What the changes that the watch has noticed come to, once they are followed up. */
          const followUp = async (): Promise<readonly RefreshedEntry[]> => {
            const changes = await watch.notice();
            if (changes.length === 0) return [];
            const { promise, resolve } = Promise.withResolvers<readonly RefreshedEntry[]>();
            using _ = subject.cache.on('refresh.settled', (event) => resolve(event.entries));
            watch.tell({ type: 'workspace.changed', changes });
            return await promise;
          };
          const programOf = ({ key }: RefreshedEntry): number =>
            subject.definitions.findIndex((definition) => definition.key().equals(key));
          for (const [happened, asked] of history) {
            for (const happening of happened) world.happen(happening);
            const entries = await followUp();
            const ran = await subject.takeRuns();
            const refreshed = entries.filter(({ came }) => came !== 'left');
            const wanted = new Set<number>();
            for (const entry of refreshed) {
              const { runs } = await expectation.ask(programOf(entry));
              for (const program of runs.keys()) wanted.add(program);
            }
            expect(new Set(ran)).toEqual(wanted);
            made += entries.filter(({ came }) => came === 'made').length;
            for (const entry of refreshed.filter(({ came }) => came !== 'failed')) {
              await compare(world, programs, subject, expectation, programOf(entry), 'watched');
            }
            for (const number of asked) {
              const program = number % programs.length;
              await compare(world, programs, subject, expectation, program, 'watched');
            }
          }
        },
      ),
      { numRuns: rounds },
    );
    expect(made).toBeGreaterThan(0);
  },
  2 * patience,
);
