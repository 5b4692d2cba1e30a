/**
 * Switches off one rule after another and shows which test notices: `npm run mutations`.
 *
 *   npm run mutations              runs each against the test files that are to notice; fails where none does
 *   npm run mutations -- --record  also writes docs/mutations.md
 *   npm run mutations -- --all     runs each against every test of the library: to find who notices
 *   npm run mutations -- 3 17      only these
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mutations } from './mutations/list.ts';
import type { Mutation, Promised } from './mutations/mutation.ts';
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

/** The promises that the rules are of, by their numbers in the design. */
const promises: Readonly<Record<Promised, string>> = {
  2: 'One generation per key per lease term across processes; an overtaken holder never commits.',
  3: 'No read begun after `invalidate()` resolved returns a value begun before it; on a machine within 100 ms, strictly at once.',
  4: 'A checked read that is not marked stale is never older than its files.',
  5: 'Nothing is regenerated that did not have to be.',
  6: 'Restart, `kill -9` and a deleted table of signatures change cost only, never values.',
  9: 'Stale is served only inside its window, and always marked.',
  10: 'A store that is slow, full, corrupt, locked or gone costs performance only.',
  11: 'A damaged record is never served; a damaged file never crashes the host.',
};

function page(noticed: ReadonlyMap<number, string[]>): string {
  const rows = mutations.map(({ rule, promise, file }, index) => {
    const [first = 'NOBODY', ...more] = noticed.get(index) ?? [];
    const others = more.length > 0 ? ` (and ${more.length} more)` : '';
    return `| ${promise} | ${rule} | \`${file}\` | ${first.replaceAll('|', '\\|')}${others} |`;
  });
  return `# Every rule has a test that notices when it is off

${Object.entries(promises)
  .map(([promise, words]) => `${promise}. ${words}`)
  .join('\n')}

Below, one rule after another was switched off in the source, and the tests were run: the last column
names the first test that failed. \`npm run mutations -- --record\` does it again and writes this page; the lists are in
\`scripts/mutations/\`, and \`npm test\` checks that each of its texts still stands in the source, once.

| promise | rule, switched off | in \`packages/holdfast/src\` | noticed by |
|---|---|---|---|
${rows.join('\n')}
`;
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
  if (flags.record) writeFileSync(join(root, 'docs/mutations.md'), page(noticed));
  const missed = [...noticed.values()].filter((tests) => tests.length === 0).length;
  console.log(`${noticed.size - missed} of ${noticed.size} noticed`);
  if (missed > 0) process.exitCode = 1;
}
