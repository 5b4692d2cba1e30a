import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Expectation } from './expectation.ts';
import { type Program, somePrograms, variables } from './program.ts';
import { answerOfEmptyCache, ask, open, type Subject } from './subject.ts';
import { someHappening, World } from './world.ts';

/*
 * Promises 4 and 5, whatever happens to the files and however entries are made from each other: an empty cache gives the
 * same answer, and nothing runs that a plain model of exact freshness would not run.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
/** Milliseconds: some 40 for a round, and that five times over on a busy machine. */
const patience = 200 * rounds;

const grains = fc.constantFrom(1, 10, 1_000, 2_000);

afterEach(() => {
  for (const name of variables) delete process.env[name];
});

/** Between two questions: what happens, and which program is asked for. */
const steps = fc.array(fc.tuple(fc.array(someHappening, { maxLength: 3 }), fc.nat({ max: 4 })), {
  minLength: 3,
  maxLength: 25,
});

async function compare(
  world: World,
  programs: readonly Program[],
  subject: Subject,
  expectation: Expectation,
  program: number,
) {
  const { brought, runs } = await expectation.ask(program);
  const answer = await ask(subject.definitions[program]);
  const value = answer.ok ? answer.resolution.value : undefined;
  expect(value).toBe(brought.ok ? brought.value : undefined);
  expect(value).toBe(await answerOfEmptyCache(world, programs, program));
  if (answer.ok) expect(answer.resolution.stale).toBe(false);
  const ran = await subject.takeRuns();
  expect(new Set(ran)).toEqual(new Set(runs.keys()));
  for (const [one, kept] of runs) {
    if (kept === 'kept') expect(ran.filter((other) => other === one)).toHaveLength(1);
  }
}

test(
  'an empty cache gives the same answer, and exactly those generators run that have to',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        somePrograms,
        grains,
        fc.boolean(),
        fc.boolean(),
        steps,
        async (programs, grain, trace, paranoid, history) => {
          for (const name of variables) delete process.env[name];
          const world = new World(grain, trace);
          await using subject = await open(world, programs, { paranoid });
          const expectation = new Expectation(programs, world.truth);
          for (const [happenings, number] of history) {
            for (const happening of happenings) world.happen(happening);
            const program = number % programs.length;
            await compare(world, programs, subject, expectation, program);
            // Asked again, nothing runs but what keeps nothing.
            await compare(world, programs, subject, expectation, program);
          }
        },
      ),
      { numRuns: 2 * rounds },
    );
  },
  patience,
);

/** The provider of all generators goes down and comes back, and time passes. */
const someTurn = fc.oneof(
  { weight: 3, arbitrary: someHappening },
  { weight: 2, arbitrary: fc.constantFrom('down', 'up') },
  { weight: 2, arbitrary: fc.constantFrom(100, 900, 3_000) },
  { weight: 5, arbitrary: fc.record({ ask: fc.nat({ max: 4 }) }) },
);

test(
  'what is not marked stale is right, and what is stale is marked, through whatever entries it has come',
  async () => {
    const windows = { ttl: 1_000, staleIfError: 5_000 };
    await fc.assert(
      fc.asyncProperty(
        somePrograms,
        fc.array(someTurn, { minLength: 5, maxLength: 40 }),
        async (programs, turns) => {
          for (const name of variables) delete process.env[name];
          const world = new World(1, true);
          let down = false;
          await using subject = await open(world, programs, { windows, isDown: () => down });
          const check = async (program: number) => {
            const expected = await answerOfEmptyCache(world, programs, program);
            const answer = await ask(subject.definitions[program]);
            if (answer.ok && answer.resolution.stale === false)
              expect(answer.resolution.value).toBe(expected);
            // Nothing stale is to be had, and no failure, before something has failed.
            else expect(subject.cache.stats().generations.failed).toBeGreaterThan(0);
            return answer;
          };
          for (const turn of turns) {
            if (turn === 'down' || turn === 'up') {
              down = turn === 'down';
            } else if (typeof turn === 'number') await subject.clock.advance(turn);
            else if ('ask' in turn) await check(turn.ask % programs.length);
            else world.happen(turn);
          }
          // Past every window and back-off nothing stale is left: what an empty cache says, or its failure.
          down = false;
          await subject.clock.advance(60_000);
          for (const program of programs.keys()) {
            const answer = await check(program);
            const expected = await answerOfEmptyCache(world, programs, program);
            expect(answer.ok ? answer.resolution : { value: undefined, stale: false }).toMatchObject({
              value: expected,
              stale: false,
            });
          }
        },
      ),
      { numRuns: 2 * rounds },
    );
  },
  patience,
);
