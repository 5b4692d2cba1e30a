import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../scripts/step.ts';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const config = fileURLToPath(new URL('./fixtures/vitest.config.ts', import.meta.url));

/** Runs fixtures as a suite of their own. */
function runFixtures(names: string[], env: Record<string, string> = {}, pool = 'forks') {
  const args = [vitest, 'run', '--config', config, '--pool', pool, ...names];
  return run(process.execPath, args, { env: { ...process.env, ...env } });
}

test.each(['forks', 'threads'])('an unhandled rejection or exception in %s fails the suite', async (pool) => {
  const { code, output } = await runFixtures(['rejection', 'exception'], {}, pool);
  expect(output).toContain('2 passed');
  expect(output).toContain('nobody handles this rejection');
  expect(output).toContain('nobody catches this exception');
  expect(code).toBe(1);
});

test('an invariant that is broken after a test fails that test', async () => {
  const { code, output } = await runFixtures(['invariant']);
  expect(output).toContain('1 failed');
  expect(output).toContain('an invariant is broken');
  expect(code).toBe(1);
});

test('workspaces are paranoid, and a signature that lied fails the suite', async () => {
  const { code, output } = await runFixtures(['signature'], { HOLDFAST_PARANOID: '1' });
  expect(output).toContain('1 passed');
  expect(output).toContain('a signature lied');
  expect(code).toBe(1);
});

test('a property runs 100 rounds with a fixed seed, and prints the seed when it fails', async () => {
  const { output } = await runFixtures(['property'], { HOLDFAST_SEED: '', HOLDFAST_ROUNDS: '' });
  expect(output).toContain('rounds: 100');
  expect(output).toContain('seed: 20261123');
});

test('a property takes its seed and its rounds from the environment', async () => {
  const { output } = await runFixtures(['property'], { HOLDFAST_SEED: '7', HOLDFAST_ROUNDS: '31' });
  expect(output).toContain('rounds: 31');
  expect(output).toContain('seed: 7');
});

test('a seed that is no number is refused by name', async () => {
  const { code, output } = await runFixtures(['property'], { HOLDFAST_SEED: 'seven' });
  expect(output).toContain("HOLDFAST_SEED is 'seven': give a whole number");
  expect(code).toBe(1);
});
