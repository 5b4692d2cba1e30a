/** What docs/decisions/0011-sqlite.md states: `npx node packages/holdfast/tests/sqlite/measure.ts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { sqliteStore } from '../../src/adapters/sqlite/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { bytesOf, numbered, record } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-measure-'));

function quantile(times: readonly number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 1_000).toFixed(0);
}

async function times(count: number, action: (index: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await action(index);
    taken.push(performance.now() - began);
  }
  return taken;
}

const spread = (taken: readonly number[]) =>
  `p50 ${quantile(taken, 0.5)} µs, p99 ${quantile(taken, 0.99)} µs`;

async function hits(store: Store, form: string, body: (name: string, length: number) => Uint8Array) {
  for (const [what, length, count] of [
    ['1 KB', 1_000, 20_000],
    ['64 KB', 65_000, 3_000],
    ['1 MB', 1_000_000, 200],
  ] as const) {
    const records = Array.from({ length: 50 }, (_, index) => {
      const name = `${what} ${form} ${index}`;
      return record(name, body(name, length));
    });
    for (const one of records) await store.commit(one);
    const taken = await times(count, (index) => store.read((records[index % 50] as { hash: string }).hash));
    console.log(`hit of ${what}, ${form}: ${spread(taken)}`);
  }
}

/** A store that is more than half full compresses what it is given from its next opening on. */
async function fullStore(path: string): Promise<Store> {
  const settings = { maxBytes: '64MiB' } as const;
  const filled = await sqliteStore(path, settings);
  await filled.commit(record('half of it', bytesOf('half of it', 33 * 2 ** 20)));
  await filled.close();
  return sqliteStore(path, settings);
}

const full = await fullStore(join(folder, 'full.db'));
await hits(full, 'compressed', (name, length) =>
  Buffer.from(`${name} and so on, `.repeat(length / 16)).subarray(0, length),
);
await full.close();
const store = await sqliteStore(join(folder, 'hits.db'));
await hits(store, 'as it is', bytesOf);

const serial = await times(2_000, (index) => store.commit(numbered(`serial ${index}`)));
console.log(`acknowledgement, one after another: ${spread(serial)}`);
const leases = await times(2_000, (index) => store.acquire(`lease ${index}`, 10_000));
console.log(`lease, one after another: ${spread(leases)}`);

const body = bytesOf('body', 1_000);
const records = Array.from({ length: 20_000 }, (_, index) => record(`group ${index}`, body));
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const began = performance.now();
const commits = Promise.all(records.map((one) => store.commit(one)));
const during = await times(2_000, async (index) => {
  await store.read((records[index] as { hash: string }).hash);
  if (index % 20 === 0) await new Promise(setImmediate);
});
await commits;
console.log(
  `commits of 1 KB, many at once: ${((20_000 / (performance.now() - began)) * 1_000).toFixed(0)} a second`,
);
console.log(
  `reads meanwhile: ${spread(during)}; event loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms`,
);
const waiting = Promise.all(records.map((one) => store.commit(one)));
const behind = await times(20, (index) => store.acquire(`behind ${index}`, 10_000));
console.log(`lease while 20,000 commits wait: ${spread(behind)}`);
await waiting;
await store.close();

const large = await sqliteStore(join(folder, 'large.db'));
for (let from = 0; from < 100_000; from += 5_000) {
  await Promise.all(
    Array.from({ length: 5_000 }, (_, index) =>
      large.commit(record(`entry ${from + index}`, body, { tags: ['t'], paths: [`src/${from + index}.ts`] })),
    ),
  );
}
await large.close();
const openings = await times(5, async () => {
  const opened = await sqliteStore(join(folder, 'large.db'));
  if ((await opened.read(record('entry 77777', body).hash)) === undefined) throw new Error('no hit');
  await opened.close();
});
console.log(`opening 100,000 records to the first hit, and closing: p50 ${quantile(openings, 0.5)} µs`);
const again = await sqliteStore(join(folder, 'large.db'));
await times(1, () => again.dependents({ path: 'src/1.ts' }));
const found = await times(500, (index) => again.dependents({ path: `src/${index}.ts` }));
console.log(`dependents of a file among 100,000 records: ${spread(found)}`);
const told = await times(1, () => again.invalidate({ tag: 't' }));
console.log(`invalidating 100,000 records by a tag: ${spread(told)}`);
await again.close();
rmSync(folder, { recursive: true });
