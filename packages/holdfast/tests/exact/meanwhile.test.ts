import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { detached } from '../../src/index.ts';
import { settled } from '../../src/testing/index.ts';
import { contents, failing, type Program, somePrograms, variables } from './program.ts';
import { type Answer, answerOfEmptyCache, ask, open } from './subject.ts';
import { type Happening, someHappening, World } from './world.ts';

/*
 * Edits while generators run, while files are read, and while they are checked.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
/** Milliseconds: some 40 for a round, and that five times over on a busy machine. */
const patience = 200 * rounds;
const grains = fc.constantFrom(1, 10, 1_000, 2_000);

afterEach(() => {
  for (const name of variables) delete process.env[name];
});

const given = (answer: Answer): string | undefined => (answer.ok ? answer.resolution.value : undefined);

/** What happens at which pause, counted over the whole history. */
const happenings = fc.array(fc.tuple(fc.nat({ max: 40 }), someHappening), { maxLength: 12 });

const unstable = (answer: Answer): boolean =>
  !answer.ok && (answer.error as { code?: string }).code === 'E_UNSTABLE_INPUTS';

/** A world in which something happens at chosen pauses of the generators. */
async function restless(
  programs: readonly Program[],
  schedule: readonly (readonly [number, Happening])[],
  grain: number,
) {
  for (const name of variables) delete process.env[name];
  const world = new World(grain, true);
  const state = { pauses: 0, happened: 0, quiet: false };
  const pause = async () => {
    await Promise.resolve();
    const now = state.pauses;
    state.pauses += 1;
    if (state.quiet) return;
    for (const [when, happening] of schedule) {
      if (when !== now) continue;
      world.happen(happening);
      state.happened += 1;
    }
  };
  const subject = await open(world, programs, { pause });
  return { world, subject, state };
}

test(
  'what is handed over after edits in mid-generation is what an empty cache says at the end',
  async () => {
    await fc.assert(
      fc.asyncProperty(somePrograms, happenings, grains, async (programs, schedule, grain) => {
        // Of one program that uses no other: nothing pauses after the last look.
        const [alone] = programs as [Program];
        const { world, subject, state } = await restless([alone], schedule, grain);
        await using _ = subject;
        for (let call = 0; call < 4; call += 1) {
          const before = state.happened;
          const answer = await ask(subject.definitions[0]);
          const expected = await answerOfEmptyCache(world, [alone], 0);
          expect((await subject.takeRuns()).length).toBeLessThanOrEqual(4);
          // Four runs that came to nothing need four edits.
          if (state.happened - before >= 4 && !answer.ok) continue;
          expect(given(answer)).toBe(expected);
        }
      }),
      { numRuns: 3 * rounds },
    );
  },
  patience,
);

test(
  'and with entries that are made from each other, it is so as soon as the edits are over',
  async () => {
    await fc.assert(
      fc.asyncProperty(somePrograms, happenings, grains, async (programs, schedule, grain) => {
        const { world, subject, state } = await restless(programs, schedule, grain);
        await using _ = subject;
        for (let call = 0; call < 2 * programs.length; call += 1) {
          const calls = [call, call + 1, call].map((number) =>
            ask(subject.definitions[number % programs.length]),
          );
          for (const answer of await Promise.all(calls)) {
            if (answer.ok) expect(answer.resolution.stale).toBe(false);
          }
        }
        state.quiet = true;
        for (const [program, definition] of subject.definitions.entries()) {
          const expected = await answerOfEmptyCache(world, programs, program);
          await subject.takeRuns();
          expect(given(await ask(definition))).toBe(expected);
          const ran = new Set(await subject.takeRuns());
          // Once more: nothing is made that was kept, so what ran was not.
          expect(given(await ask(definition))).toBe(expected);
          for (const again of await subject.takeRuns()) expect(ran).toContain(again);
        }
      }),
      { numRuns: 2 * rounds },
    );
  },
  patience,
);

interface Moment {
  readonly at: number;
  readonly what: 'edit' | 'save' | 'call' | 'wait';
  readonly content: string;
}

const someMoments: fc.Arbitrary<readonly Moment[]> = fc.array(
  fc.record({
    at: fc.nat({ max: 60 }),
    what: fc.constantFrom('edit', 'edit', 'save', 'call', 'call', 'wait'),
    content: fc.constantFrom(...contents, 'longer than the others', 'as long as the others'),
  }),
  { minLength: 2, maxLength: 14 },
);

test(
  'every caller gets a content that the file had during its call, whatever looks, edits and calls come in between',
  async () => {
    await fc.assert(
      fc.asyncProperty(someMoments, grains, async (moments, grain) => {
        const world = new World(grain, true);
        const program: Program = { steps: [{ do: 'file', of: 'a' }], shape: 'all' };
        await using subject = await open(world, [program], { paranoid: false, pause: async () => step() });
        const versions = ['a'];
        const calls: Promise<void>[] = [];
        const wrong: unknown[] = [];
        let [at, enough] = [0, false];

        function call(): void {
          const from = versions.length - 1;
          calls.push(
            detached(() => ask(subject.definitions[0])).then((answer) => {
              const seen = versions.slice(from);
              const fits = answer.ok
                ? seen.includes(answer.resolution.value)
                : unstable(answer)
                  ? versions.length > 4 // Four edits, some of them before this one joined.
                  : seen.some((content) => content.includes(failing));
              if (!fits) wrong.push({ seen, got: given(answer) });
            }),
          );
        }
        function step(): void {
          const now = at;
          at += 1;
          if (enough) return;
          for (const moment of moments) {
            if (moment.at !== now) continue;
            if (moment.what === 'call') call();
            else if (moment.what === 'wait') world.disk.wall += 2_500;
            else {
              versions.push(moment.content);
              if (moment.what === 'edit') world.disk.write('/r/a', moment.content);
              else world.disk.file('/r/a', moment.content);
            }
          }
        }

        // Every operation on the disk is a moment: in mid-read, in mid-check, between two looks of one.
        world.disk.before = (operation) => {
          if (operation === 'read' || operation === 'lstat' || operation === 'open' || operation === 'status')
            step();
        };
        call();
        for (let turn = 0; turn < 80; turn += 1) {
          step();
          await settled();
        }
        enough = true;
        await Promise.all(calls);
        world.disk.before = () => {};
        call();
        await Promise.all(calls);
        expect(wrong).toEqual([]);
      }),
      { numRuns: 5 * rounds },
    );
  },
  patience,
);
