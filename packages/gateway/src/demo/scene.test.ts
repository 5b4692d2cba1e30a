import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { demo } from './demo.ts';
import { problemsOf, type Scene, type SideResult } from './scene.ts';

const side: SideResult = { providerCalls: 2, usd: 0, errors: 0, seconds: 0, facts: { stale: 5 } };

test('a scene that comes out otherwise says what was expected and what was', () => {
  expect(problemsOf({ providerCalls: 2, errors: 0, stale: 5 }, side)).toEqual([]);
  expect(problemsOf({ providerCalls: 1, errors: 0, entries: 20 }, side)).toEqual([
    'providerCalls: expected 1, was 2',
    'entries: expected 20, was not told',
  ]);
});

let written = '';
beforeEach(() => {
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());

const played = async () => ({ errors: 0, facts: { entries: 21 } });
const broken: Scene = {
  name: 'a broken promise',
  expectation: 'exactly 20 entries',
  expected: { entries: 20 },
  unprotected: played,
  protected: played,
};

test('a scene whose expectation fails makes the demo exit 1 and say so', async () => {
  expect(await demo([], [broken])).toBe(1);
  expect(written).toContain('NOT entries: expected 20, was 21');
  expect(written).toMatch(/1 of 1 scenes did not/);
});

test('and so it does as JSON', async () => {
  expect(await demo(['--json'], [broken])).toBe(1);
  expect(JSON.parse(written)).toMatchObject({ ok: false, scenes: [{ problems: [expect.any(String)] }] });
});
