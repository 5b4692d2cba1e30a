import type { StoreBench } from './store-conformance/bench.ts';
import { changeCases } from './store-conformance/changes.ts';
import { closingCases } from './store-conformance/closing.ts';
import { fenceCases } from './store-conformance/fences.ts';
import { findingCases } from './store-conformance/finding.ts';
import { leaseCases } from './store-conformance/leases.ts';
import { recordCases } from './store-conformance/records.ts';
import { Storm } from './store-conformance/storm.ts';
import { type StoreCase, Trial } from './store-conformance/trial.ts';
import { runUnderFaults } from './store-conformance/under-faults.ts';

export type { StoreBench };

/** `describe` and `it` of Vitest, `node:test`, Jest or Mocha. */
export interface TestFramework {
  describe(name: string, body: () => void): unknown;
  it(name: string, run: () => Promise<void>): unknown;
}

/** Every statement of the suite, by what it is about. */
export const storeCases: Readonly<Record<string, readonly StoreCase[]>> = {
  records: recordCases,
  leases: leaseCases,
  fences: fenceCases,
  changes: changeCases,
  finding: findingCases,
  closing: closingCases,
};

/**
 * The contract of a `Store`, as tests of the framework that is handed in: one for each statement.
 *
 * ```ts
 * describe('my store', () => {
 *   describeStore({ describe, it }, { open: (name) => myStore(join(folder, name)), … });
 * });
 * ```
 */
export function describeStore({ describe, it }: TestFramework, bench: StoreBench): void {
  for (const [subject, cases] of Object.entries(storeCases)) {
    describe(subject, () => {
      for (const [index, storeCase] of cases.entries()) {
        it(storeCase.name, () => runStoreCase(storeCase, bench, `${subject}-${index}`));
      }
    });
  }
}

export interface FaultRounds {
  /** Of the faults, and of what is done. */
  readonly seed: number;
  /** Storms, of a hundred deeds each. */
  readonly rounds: number;
}

/**
 * The same once more over stores that fail, by errors, delays, lost and repeated answers and damaged bytes: no record is
 * wrong, every error is an E_STORE, and fences hold.
 */
export function describeStoreUnderFaults(
  { describe, it }: TestFramework,
  bench: StoreBench,
  { seed, rounds }: FaultRounds,
): void {
  for (const [subject, cases] of Object.entries(storeCases)) {
    describe(`${subject}, with faults`, () => {
      for (const [index, storeCase] of cases.entries()) {
        const name = `${subject}-${index}-faults`;
        it(storeCase.name, () => runUnderFaults(storeCase, bench, name, seed + index));
      }
    });
  }
  it(`keeps every fence in ${rounds} storms from seed ${seed} on`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      await new Storm(bench, `storm-${round}`, seed + round).run(100);
    }
  });
}

/** Runs one statement over stores of a name, which nobody else uses, and closes them. */
export async function runStoreCase(storeCase: StoreCase, bench: StoreBench, name: string): Promise<void> {
  const trial = new Trial(bench, name);
  try {
    await storeCase.check(trial);
  } finally {
    await trial.end();
  }
}
