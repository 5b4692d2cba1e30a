import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { SceneResult } from '../src/demo/scene.ts';
import { runCommand } from './command.ts';

test('the five scenes come out as expected, as a table and within 20 seconds', {
  timeout: 20_000,
}, async () => {
  const main = fileURLToPath(new URL('../dist/demo/main.js', import.meta.url));
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(text).toMatch(/provider calls +dollars +errors +seconds/);
  expect(text.match(/^ {4}ok as expected/gm)).toHaveLength(5);
  expect(text).toMatch(/simulated gemini-2\.5-flash/);
  expect(text).toMatch(/^every scene came out as expected, in [\d.]+ s$/m);
});

test('as JSON it tells calls, dollars, errors and seconds of both sides', { timeout: 20_000 }, async () => {
  const { code, stdout } = await runCommand(['demo', '--json']);
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as { simulated: boolean; ok: boolean; scenes: SceneResult[] };
  expect(report).toMatchObject({ simulated: true, ok: true });
  const numbers = report.scenes.map(({ protected: one, unprotected: other }) => [
    other.providerCalls,
    one.providerCalls,
    one.errors,
  ]);
  expect(numbers).toEqual([
    [10, 1, 0],
    [100, 0, 0],
    [50, 50, 0],
    [5, 1, 0],
    [100, 1, 0],
  ]);
  // How many of the hundred the provider refuses depends on how fast this machine sends them.
  const [expired, kept, bounded, failing, streamed] = report.scenes.map(
    ({ unprotected }) => unprotected.errors,
  );
  expect([expired, bounded, failing, streamed]).toEqual([0, 0, 5, 0]);
  expect(kept).toBeLessThanOrEqual(36);
  for (const { unprotected, protected: one } of report.scenes) {
    expect(one.usd).toBeLessThanOrEqual(unprotected.usd);
    expect(one.seconds).toBeLessThan(5);
  }
});
