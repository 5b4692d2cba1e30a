import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GenerationContext } from '../src/index.ts';
import { assertInvariants, createTestCache, settled } from '../src/testing/index.ts';
import { openWorkspace } from '../src/workspace/index.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-descriptors-'));
  mkdirSync(join(root, 'folder'));
  writeFileSync(join(root, 'small'), 'text');
  writeFileSync(join(root, 'latin1'), Uint8Array.of(0x63, 0xe9));
  // Read in pieces, off the caller's thread.
  writeFileSync(join(root, 'large'), 'x'.repeat(1_000_000));
  writeFileSync(join(root, 'too-large'), 'x'.repeat(1_200_000));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Open files of this process: Linux tells them, and so does macOS. */
const descriptors = (): number =>
  readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length;

/** What a generator reads when it fails, or is aborted. */
const ways: readonly ((ctx: GenerationContext) => Promise<unknown>)[] = [
  (ctx) => ctx.file('missing'),
  (ctx) => ctx.file('folder'),
  (ctx) => ctx.file('latin1'),
  (ctx) => ctx.file('too-large'),
  (ctx) => ctx.list('small'),
  (ctx) => ctx.glob('{'.repeat(5_000)),
  (ctx) => Promise.all([ctx.bytes('large'), ctx.file('small'), ctx.file('missing')]),
  async (ctx) => {
    await ctx.file('large');
    throw new Error('the generator fails after it has read');
  },
];

/** Generations in herds of 20 of which every other one is aborted while it reads. */
async function generate(count: number) {
  await using workspace = await openWorkspace(root, { watch: false, maxFileBytes: '1MB' });
  const { cache } = createTestCache({ workspace });
  const tally = { failed: 0, aborted: 0, mostOpen: 0 };
  for (let index = 0; index < count; index += 20) {
    const some = Array.from({ length: 20 }, (_, offset) => {
      const controller = new AbortController();
      const way = ways[(index + offset) % ways.length] as (ctx: GenerationContext) => Promise<unknown>;
      const call = cache
        .getOrGenerate(`key ${index + offset}`, way, { signal: controller.signal })
        .catch((error: { name: string }) => {
          tally[error.name === 'AbortError' ? 'aborted' : 'failed'] += 1;
        });
      return { controller, call };
    });
    // In mid-read of the large one: it is open, and its first piece has not come.
    await settled();
    tally.mostOpen = Math.max(tally.mostOpen, descriptors());
    for (const [offset, { controller }] of some.entries()) if (offset % 2 === 0) controller.abort();
    await Promise.all(some.map(({ call }) => call));
  }
  // Reads that nobody waits for any more end by themselves; closing waits for them.
  await workspace.close();
  assertInvariants(cache, { quiet: false });
  return tally;
}

test('as many files are open after 1,000 generations that failed or were aborted while reading as before', async () => {
  // Whatever is opened once and for all, is open from here on.
  await generate(40);
  const before = descriptors();
  const { failed, aborted, mostOpen } = await generate(1_000);
  expect(descriptors()).toBe(before);
  expect(failed + aborted).toBe(1_000);
  expect(Math.min(failed, aborted)).toBeGreaterThan(100);
  expect(mostOpen).toBeGreaterThan(before);
});
