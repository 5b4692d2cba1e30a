import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Outcome, root, run, type Step } from './step.ts';

export interface SuiteOptions {
  readonly name: string;
  /** the Node that runs it; this one by default */
  readonly node?: string;
  /** for the property tests: see tests/setup.ts */
  readonly env?: Readonly<Record<string, string>>;
}

/** What Vitest's JSON reporter writes, as far as it is counted here. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** All tests that Vitest runs, each counted. */
export function suite({ name, node = process.execPath, env = {} }: SuiteOptions): Step {
  return {
    name,
    run: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-suite-'));
      const results = join(folder, 'results.json');
      const vitest = join(root, 'node_modules/vitest/vitest.mjs');
      const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
      try {
        // What the tests start finds the same Node that runs them.
        const path = `${dirname(node)}${delimiter}${process.env.PATH}`;
        const { code } = await run(node, args, { echo: true, env: { ...process.env, ...env, PATH: path } });
        return count(readFileSync(results, 'utf8'), code);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

/**
 * Counts the tests. A file that fails before its first test is one failure, and so is what fails outside of any test,
 * such as an unhandled rejection. A run without a test has failed.
 */
export function count(json: string, code: number | null): Outcome {
  const { numPassedTests: passed, numFailedTests, testResults } = JSON.parse(json) as Results;
  const broken = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = numFailedTests + broken;
  const outside = failed === 0 && (code !== 0 || passed === 0) ? 1 : 0;
  return { passed, failed: failed + outside, output: `Vitest exited ${code}: its report is above\n` };
}

/** A seed for one run of the property tests. */
export const randomSeed = (): string => String(randomInt(2 ** 31));
