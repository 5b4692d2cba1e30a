/**
 * Switches off one rule after another and shows which test notices: `npm run mutations`.
 *
 *   npm run mutations              runs each against the test files that are to notice; fails where none does
 *   npm run mutations -- --record  also writes docs/mutations.md
 *   npm run mutations -- --all     runs each against every test of the library: to find who notices
 *   npm run mutations -- 3 17      only these; --record leaves the other rows of the page as they are
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mutations } from './mutations/list.ts';
import type { Mutation } from './mutations/mutation.ts';
import { pageOf } from './mutations/page.ts';
import { type Outcome, root, run, type Step } from './step.ts';

/** In whatever Node starts from there. */
const native = pathToFileURL(join(root, 'scripts/mutations/native.ts')).href;
/** Milliseconds for the tests of one mutation: one that makes a test hang is noticed, too. */
const limit = 120_000;

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Who noticed that a rule was off, each as `file: test`; empty where nobody did. */
async function noticedBy(index: number, tests: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mutation-'));
  const file = join(folder, 'results.json');
  try {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--maxWorkers=1', '--reporter=json', `--outputFile.json=${file}`, ...tests];
    const env = {
      ...process.env,
      HOLDFAST_MUTATION: String(index),
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${native}`,
    };
    const { code, output } = await run(process.execPath, args, { env, limit });
    if (code === null) return [`${tests[0]}: (did not end)`];
    return readResults(file, output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readResults(file: string, output: string): string[] {
  let results: Results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  } catch (cause) {
    throw new Error(`Vitest left no report: ${output}`, { cause });
  }
  return results.testResults.flatMap(({ name, assertionResults, status }) => {
    const short = name.slice(join(root, 'packages/holdfast/').length);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${short}: (outside of any test)`];
    return failed.map(({ fullName }) => `${short}: ${fullName}`);
  });
}

async function tryAll(chosen: readonly number[], everywhere: boolean): Promise<Map<number, string[]>> {
  const noticed = new Map<number, string[]>();
  const waiting = chosen.values();
  const lane = async () => {
    for (const index of waiting) {
      const { rule, tests } = mutations[index] as Mutation;
      const paths = everywhere ? ['packages/holdfast/'] : tests.map((path) => `packages/holdfast/${path}`);
      const found = await noticedBy(index, paths);
      noticed.set(index, found);
      console.log(`${found.length === 0 ? 'NOBODY' : `${found.length}`.padStart(6)}  ${index}  ${rule}`);
      if (everywhere) for (const test of found.slice(0, 12)) console.log(`          ${test}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  return noticed;
}

/** All of them, each counted: a step of \`npm run test:deep\`. */
export const everyRuleIsNoticed: Step = {
  name: 'rules switched off, one at a time',
  run: async (): Promise<Outcome> => {
    const noticed = await tryAll([...mutations.keys()], false);
    const missed = [...noticed].filter(([, tests]) => tests.length === 0);
    const output = missed.map(([index]) => `nobody notices: ${mutations[index]?.rule}\n`).join('');
    return { passed: noticed.size - missed.length, failed: missed.length, output };
  },
};

if (import.meta.main) {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { record: { type: 'boolean', default: false }, all: { type: 'boolean', default: false } },
  });
  const chosen = positionals.length > 0 ? positionals.map(Number) : [...mutations.keys()];
  const noticed = await tryAll(chosen, flags.all);
  if (flags.record) {
    const path = join(root, 'docs/mutations.md');
    const byRule = new Map(
      [...noticed].map(([index, tests]) => [(mutations[index] as Mutation).rule, tests]),
    );
    writeFileSync(path, pageOf(mutations, byRule, readFileSync(path, 'utf8')));
  }
  const missed = [...noticed.values()].filter((tests) => tests.length === 0).length;
  console.log(`${noticed.size - missed} of ${noticed.size} noticed`);
  if (missed > 0) process.exitCode = 1;
}
