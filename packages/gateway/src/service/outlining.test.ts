import { expect, test } from 'vitest';
import { fromOwnPlace } from './outlining.ts';

const paths = Array.from({ length: 100 }, (_, index) => `f${index}.ts`);

test('every process takes the same files, each in an order that begins somewhere else', () => {
  const orders = [4_000, 4_001, 4_002, 4_003].map((processId) => fromOwnPlace(paths, processId));
  for (const order of orders) expect([...order].sort()).toEqual([...paths].sort());
  const begins = orders.map(([first]) => paths.indexOf(first as string)).sort((one, other) => one - other);
  const distances = begins.slice(1).map((begin, index) => begin - (begins[index] as number));
  expect(Math.min(...distances)).toBeGreaterThan(10);
});

test('a folder without files has no order', () => {
  expect(fromOwnPlace([], 4_000)).toEqual([]);
});
