/**
 * Everything that must hold, in one command, counted in its last line.
 *
 *   npm test              types, lint, floors, unused code, examples, the packed packages, and every test
 *   npm run test:deep     every test with a random seed and as many rounds of each property as HOLDFAST_ROUNDS says, and
 *                         every rule of docs/mutations.md switched off
 *   npm run test:node24   every test on the oldest Node that is promised
 *
 * The quick checks go two at a time; the tests have the machine for themselves, as some of them watch time.
 */
import { globSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { everyRuleIsNoticed } from './mutations.ts';
import { node24 } from './node24.ts';
import { packed } from './packed.ts';
import { type Outcome, program, report, root, run, type Step } from './step.ts';
import { randomSeed, suite } from './suite.ts';

const deepRounds = '2000';
const exampleLimit = 60_000;

const types: Step = program('types', 'npx', ['tsc', '-b']);
const assets: Step = program('build', process.execPath, ['scripts/build.ts']);

async function plan(which: string | undefined): Promise<readonly Step[][]> {
  switch (which) {
    case undefined: {
      const examples = globSync('examples/*.ts', { cwd: root }).sort();
      return [
        [types],
        [assets],
        [
          program('lint', 'npx', ['biome', 'check', '--error-on-warnings', '.']),
          program('floors', process.execPath, ['scripts/floors.ts']),
          program('unused code and dependencies', 'npx', ['knip']),
          ...examples.map((file) => program(file, process.execPath, [file], { limit: exampleLimit })),
          packed,
        ],
        [suite({ name: 'tests' })],
      ];
    }
    case 'deep': {
      const seed = process.env.HOLDFAST_SEED ?? randomSeed();
      const rounds = process.env.HOLDFAST_ROUNDS ?? deepRounds;
      const name = `tests with HOLDFAST_SEED=${seed} HOLDFAST_ROUNDS=${rounds}`;
      console.log(name);
      return [
        [assets],
        [everyRuleIsNoticed],
        [suite({ name, env: { HOLDFAST_SEED: seed, HOLDFAST_ROUNDS: rounds } })],
      ];
    }
    case 'node24': {
      const node = await node24();
      const { output } = await run(node, ['--version']);
      return [[assets], [suite({ name: `tests on Node ${output.trim()}`, node })]];
    }
    default:
      throw new Error(`scripts/test.ts knows 'deep' and 'node24', not '${which}'`);
  }
}

/** Runs steps in order, two at a time. */
async function runPair(steps: readonly Step[]): Promise<Outcome[]> {
  const waiting = [...steps];
  const outcomes: Outcome[] = [];
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift())
      outcomes.push(await report(step));
  };
  await Promise.all([lane(), lane()]);
  return outcomes;
}

const start = performance.now();
let [passed, failed] = [0, 0];
for (const steps of await plan(process.argv[2])) {
  for (const outcome of await runPair(steps)) {
    passed += outcome.passed;
    failed += outcome.failed;
  }
}
console.log(`${((performance.now() - start) / 1000).toFixed(0)} s on Node ${process.versions.node}`);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
