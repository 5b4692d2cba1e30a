/**
 * Runs before every test file.
 *
 * Property tests: HOLDFAST_SEED and HOLDFAST_ROUNDS set the seed and the number of rounds of each property; both are
 * fixed unless given. A failing property prints its seed and the path to its counterexample. A test that wants fewer
 * rounds takes a share of `fc.readConfigureGlobal().numRuns`, so that it grows with the others.
 *
 * Invariants: whoever makes something with inner invariants in a test adds a function to the set at
 * `globalThis[Symbol.for('holdfast.invariants')]`. It is called after every test until it is taken out, and throws
 * when an invariant is broken.
 *
 * Paranoia: workspaces hash every file at every check (HOLDFAST_PARANOID, unless it is set otherwise), and the warning that
 * a signature has vouched for a wrong content fails the run. Tests that count hashings open theirs with
 * `paranoid: false`.
 *
 * An unhandled rejection or exception fails the run: that is Vitest's own doing, and tests/unhandled.test.ts checks it.
 */
import fc from 'fast-check';
import { afterEach } from 'vitest';

process.env.HOLDFAST_PARANOID ??= '1';
process.on('warning', (warning: Error & { readonly code?: string }) => {
  if (warning.code === 'W_SIGNATURE') throw warning;
});

const defaultSeed = 20261123;
const defaultRounds = 100;

fc.configureGlobal({
  seed: integerFrom('HOLDFAST_SEED', defaultSeed),
  numRuns: integerFrom('HOLDFAST_ROUNDS', defaultRounds),
});

function integerFrom(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  if (!/^\d+$/.test(text)) throw new Error(`${name} is '${text}': give a whole number`);
  return Number(text);
}

const registry = globalThis as { [key: symbol]: Set<() => void> | undefined };
const key = Symbol.for('holdfast.invariants');
const invariants = registry[key] ?? new Set();
registry[key] = invariants;

afterEach(() => {
  for (const check of invariants) check();
});
