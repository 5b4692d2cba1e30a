/**
 * One file that outlives the process, and that every process of the machine shares. Two caches stand for two processes
 * here; they would do the same in two programs.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import { openWorkspace } from 'holdfast/workspace';

await using cleanup = new AsyncDisposableStack();
const root = await mkdtemp(join(tmpdir(), 'holdfast-store-'));
cleanup.defer(() => rm(root, { recursive: true }));
await writeFile(join(root, 'notes.md'), 'first draft\n');

let made = 0;

/** What each process does when it starts. */
async function start() {
  const workspace = cleanup.use(await openWorkspace(root));
  const store = await sqliteStore(join(root, '.cache', 'holdfast.sqlite'));
  const cache = createCache({ workspace, store });
  const shout = cache.define({
    name: 'shout',
    version: 1,
    generate: async (ctx, path: string) => {
      made += 1;
      return (await ctx.file(path)).trim().toUpperCase();
    },
  });
  return { cache, shout };
}

const [one, two] = [await start(), await start()];

// A herd in both at once: one of them generates, the other one waits for what it commits.
const herd = [one, two].flatMap(({ shout }) => Array.from({ length: 100 }, () => shout('notes.md')));
assert.equal(new Set(await Promise.all(herd)).size, 1);
console.log(`200 callers in two processes: ${made} made`);
assert.equal(made, 1);

// Invalidated in one, it is gone in the other, too: within 100 ms, or at once with `coherence: 'strict'`.
await one.cache.invalidate({ kind: 'default' });
await one.shout('notes.md');
console.log(`after an invalidation: ${made} made`);
assert.equal(made, 2);
await Promise.all([one.cache.close(), two.cache.close()]);

// A new process finds what the others have made.
const three = await start();
const restarted = await three.shout.resolve('notes.md');
console.log(`after a restart: ${restarted.outcome}, ${made} made`);
assert.equal(restarted.outcome, 'stored');
await three.cache.close();

// What changes while nothing runs is noticed by whoever starts next.
await writeFile(join(root, 'notes.md'), 'second draft\n');
const four = await start();
console.log(`after an edit while nothing ran: ${await four.shout('notes.md')}, ${made} made`);
assert.equal(made, 3);
await four.cache.close();
