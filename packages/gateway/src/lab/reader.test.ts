import { expect, test } from 'vitest';
import { readersOf } from './reader.ts';
import type { StreamScene } from './scene.ts';

const scene: StreamScene = {
  name: 'stream',
  callers: 1_000,
  pace: { first: 300, perPiece: 100, pieces: 80, lateFor: 6_000 },
};

test('three in ten come at once, and the others evenly until the last of them', () => {
  const times = readersOf(scene).map(({ comesAt }) => comesAt);
  expect(times.filter((time) => time === 0)).toHaveLength(300);
  expect(times.at(-1)).toBe(6_000);
  const gaps = times.slice(300).map((time, index) => time - (times[299 + index] ?? 0));
  for (const gap of gaps) expect(gap).toBeCloseTo(6_000 / 700, 6);
});

test('about one in twenty reads slowly, and one in seven leaves before the end; nobody does both, and the first neither', () => {
  const readers = readersOf(scene);
  const slow = readers.filter(({ perPiece }) => perPiece > 0);
  const leaving = readers.filter(({ enough }) => enough !== undefined);
  expect(slow.length).toBeGreaterThan(35);
  expect(slow.length).toBeLessThan(65);
  expect(leaving.length).toBeGreaterThan(120);
  expect(leaving.length).toBeLessThan(180);
  expect(slow.filter(({ enough }) => enough !== undefined)).toEqual([]);
  for (const { perPiece } of slow) expect(perPiece).toBe(150);
  for (const { enough = 0 } of leaving) expect(enough > 0 && enough < 80).toBe(true);
  expect(readers[0]).toEqual({ comesAt: 0, perPiece: 0, enough: undefined });
});

test('both sides have the same readers', () => {
  expect(readersOf(scene)).toEqual(readersOf(scene));
});
