import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newFolder } from './folder.ts';
import { type Question, Witness } from './witness.ts';

/*
 * Random histories of a small folder on the real disk, watched by a real thread. After each stretch of a history
 * everything that is known by watching is what a workspace finds that does not watch, and was told.
 */

const files = ['a', 'b', 'd/c', 'd/e/c', '.gitignore', 'd/.gitignore', 'd/.x/c'];
const places = [...files, 'd', 'd/e', 'd/.x'];
const questions: readonly Question[] = [
  ...['a', 'd', 'd/e/c'].map((path) => ({ ask: 'exists', path }) as const),
  ...['.', 'd', 'd/e', 'd/.x', 'b'].map((path) => ({ ask: 'list', path }) as const),
  { ask: 'glob', pattern: '**/*' },
  { ask: 'glob', pattern: '**/c', options: { dot: true, ignore: ['e/'] } },
  { ask: 'glob', pattern: 'd/c' },
  { ask: 'glob', pattern: 'd/**', options: { links: 'leave out', unreadable: 'leave out' } },
];

type Change = (root: string) => void;

interface Step {
  /** For who reads a counterexample. */
  readonly text: string;
  /** Throws where it is impossible: a random history may ask for that. */
  readonly change: Change;
}

const step = (text: string, change: Change): Step => ({ text, change });
const breath: Step = { text: 'breathe', change: () => {} };
const reckoning: Step = { text: 'reckon', change: () => {} };

const somePlace = fc.constantFrom(...places);
const someFile = fc.constantFrom(...files);
const someContent = fc.constantFrom('aa', 'bb', 'c', '', 'd', '!c', 'e/');
const someTarget = fc.constantFrom(
  'a',
  'd/c',
  'd',
  './d/../b',
  'nowhere',
  '../out/x',
  '../out/nothing',
  'd/../../r/a',
);

/** Puts something new in the place of whatever is there. */
function replace(root: string, path: string, make: (file: string) => void): void {
  const file = join(root, path);
  make(`${file}.new`);
  try {
    renameSync(`${file}.new`, file);
  } catch {
    rmSync(file, { recursive: true, force: true });
    renameSync(`${file}.new`, file);
  }
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(someFile, someContent)
      .map(([path, text]) => step(`write ${path} ${text}`, (root) => writeFileSync(join(root, path), text))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(someFile, someContent)
      .map(([path, text]) =>
        step(`save ${path} ${text}`, (root) => replace(root, path, (file) => writeFileSync(file, text))),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(someFile, someContent).map(([path, text]) =>
      step(`make ${path} ${text}`, (root) => {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(somePlace, somePlace)
      .map(([from, to]) =>
        step(`move ${from} ${to}`, (root) => renameSync(join(root, from), join(root, to))),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(somePlace, somePlace)
      .map(([from, to]) =>
        step(`copy ${from} ${to}`, (root) => copyFileSync(join(root, from), join(root, to))),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a', 'd', 'd/e').map((path) =>
      step(`aside and back ${path}`, (root) => {
        renameSync(join(root, path), join(root, '../aside'));
        renameSync(join(root, '../aside'), join(root, path));
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: somePlace.map((path) =>
      step(`remove ${path}`, (root) => rmSync(join(root, path), { recursive: true })),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b', 'd', 'd/e'), someTarget)
      .map(([path, to]) =>
        step(`link ${path} ${to}`, (root) => replace(root, path, (file) => symlinkSync(to, file))),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('a', 'd', 'd/e', 'd/.x')
      .map((path) => step(`directory ${path}`, (root) => mkdirSync(join(root, path), { recursive: true }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(somePlace, fc.nat(40_000))
      .map(([path, time]) => step(`touch ${path}`, (root) => utimesSync(join(root, path), time, time))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(somePlace, fc.constantFrom(0o755, 0o644, 0o700))
      .map(([path, mode]) => step(`chmod ${path}`, (root) => chmodSync(join(root, path), mode))),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      step('another root', (root) => {
        execFileSync('cp', ['-a', root, join(root, '../copy')]);
        rmSync(root, { recursive: true });
        renameSync(join(root, '../copy'), root);
      }),
    ),
  },
  { weight: 4, arbitrary: fc.constant(breath) },
  { weight: 4, arbitrary: fc.constant(reckoning) },
);

const rounds = Math.max(10, fc.readConfigureGlobal().numRuns ?? 100);
/** A history takes 0.1 s, and on a machine with a load of 20 on its two cores as much as 2 s. */
const patience = 600 * rounds;

async function run(history: readonly Step[]): Promise<number> {
  const folder = newFolder();
  const root = join(folder, 'r');
  mkdirSync(join(root, 'd/e'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out/x'), 'aa');
  const one = await Witness.open(root);
  let changes = 0;
  try {
    await one.watch(places.slice(0, 5), questions.slice(0, 6));
    // On a busy machine the thread may take longer to start than a sync waits.
    await one.until(({ workspace }) => workspace.status().state === 'LIVE');
    for (const [index, each] of [...history, reckoning].entries()) {
      if (index === Math.floor(history.length / 2)) await one.watch(places.slice(5), questions.slice(6));
      if (each === breath) await new Promise(setImmediate);
      if (each === reckoning) {
        const { changed, state, faults } = await one.reckon();
        expect([index, state, faults]).toEqual([index, 'LIVE', []]);
        changes += changed;
        continue;
      }
      try {
        each.change(root);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
      }
    }
  } finally {
    await one.close();
    rmSync(folder, { recursive: true });
  }
  return changes;
}

test.runIf(process.platform === 'linux')(
  'what is known by watching is what is there, after any history of a real folder',
  async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 60 }), async (history) => {
        changes += await run(history);
      }),
      {
        numRuns: Math.ceil(rounds / 10),
        // Looking for a shorter one takes longer than the test may: it would end without the history that has failed.
        endOnFailure: true,
      },
    );
    expect(changes).toBeGreaterThan(100);
  },
  patience,
);
