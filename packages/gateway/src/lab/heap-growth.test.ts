import { expect, test } from 'vitest';
import { HeapGrowth } from './heap-growth.ts';

const size = 16 * 2 ** 20;

test('what is held counts, buffers included, and what is garbage does not', async () => {
  const growth = await HeapGrowth.start();
  const held = [Buffer.alloc(size)];
  expect(await growth.measure()).toBeGreaterThan(0.9 * size);
  held.length = 0;
  expect(await growth.measure()).toBeLessThan(0.9 * size);
});
