import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../scripts/step.ts';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const config = fileURLToPath(new URL('./fixtures/vitest.config.ts', import.meta.url));

/** Runs one fixture as a suite of its own. */
function runFixture(name: string, env: Record<string, string> = {}, pool = 'forks') {
  const args = [vitest, 'run', '--config', config, '--pool', pool, '--no-color', name];
  return run(process.execPath, args, { env: { ...process.env, ...env } });
}

test.each([
  ['rejection', 'nobody handles this rejection', 'forks'],
  ['rejection', 'nobody handles this rejection', 'threads'],
  ['exception', 'nobody catches this exception', 'forks'],
  ['exception', 'nobody catches this exception', 'threads'],
])('an unhandled %s ("%s") in %s fails the suite though every test passes', async (name, message, pool) => {
  const { code, output } = await runFixture(name, {}, pool);
  expect(output).toContain('1 passed');
  expect(output).toContain(message);
  expect(code).toBe(1);
});

test('an invariant that is broken after a test fails that test', async () => {
  const { code, output } = await runFixture('invariant');
  expect(output).toContain('1 failed');
  expect(output).toContain('an invariant is broken');
  expect(code).toBe(1);
});

test('a property runs 100 rounds with a fixed seed, and prints the seed when it fails', async () => {
  const { output } = await runFixture('property', { HOLDFAST_SEED: '', HOLDFAST_ROUNDS: '' });
  expect(output).toContain('rounds: 100');
  expect(output).toContain('seed: 20261123');
});

test('a property takes its seed and its rounds from the environment', async () => {
  const { output } = await runFixture('property', { HOLDFAST_SEED: '7', HOLDFAST_ROUNDS: '31' });
  expect(output).toContain('rounds: 31');
  expect(output).toContain('seed: 7');
});

test('a seed that is no number is refused by name', async () => {
  const { code, output } = await runFixture('property', { HOLDFAST_SEED: 'seven' });
  expect(output).toContain("HOLDFAST_SEED is 'seven': give a whole number");
  expect(code).toBe(1);
});
