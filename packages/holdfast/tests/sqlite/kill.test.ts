import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Store } from '../../src/stores/store.ts';
import { Child } from './child.ts';
import { newFolder, open } from './folder.ts';
import { Host } from './host.ts';
import { isWhole, madeOf, numbered } from './record.ts';

const share = (fc.readConfigureGlobal().numRuns ?? 100) / 100;
/** A hundred, where each property has two thousand. */
const rounds = Math.max(5, Math.ceil(5 * share));
const timeout = 60_000 * Math.max(1, share);

/**
 * Four processes write without a pause, and one after another is killed in the middle of it.
 * @param look says of a name whether what was acknowledged under it is there, as it was
 */
async function killInTurn(
  path: string,
  what: 'records' | 'values',
  look: (name: string) => Promise<boolean>,
): Promise<void> {
  let begun = 0;
  const begin = async (): Promise<Child> => {
    const child = new Child();
    await child.do({ type: 'open', path });
    begun += 1;
    child.do({ type: 'flood', name: `writer ${begun}`, what }).catch(() => {});
    return child;
  };
  const lost: string[] = [];
  const kill = async (child: Child): Promise<void> => {
    await child.kill();
    for (const name of child.acknowledged) if (!(await look(name))) lost.push(name);
  };
  const writers = await Promise.all(Array.from({ length: 4 }, begin));
  for (let round = 0; round < rounds; round += 1) {
    const index = round % writers.length;
    const writer = writers[index] as Child;
    await writer.acknowledges(50 + 37 * (round % 7));
    await kill(writer);
    expect(lost).toEqual([]);
    writers[index] = await begin();
  }
  await Promise.all(writers.map(kill));
  expect(lost).toEqual([]);
  expect(begun).toBe(rounds + 4);
}

const sound = (store: Store) => expect(store.status()).toMatchObject({ state: 'open', warnings: [] });

test('what was acknowledged is there after one of four writers was killed, time and again', {
  timeout,
}, async () => {
  const path = join(newFolder(), 'store.db');
  const reader = await open(path);
  await killInTurn(path, 'records', async (name) => {
    const { hash, envelope } = numbered(name);
    const found = await reader.read(hash);
    return found !== undefined && isWhole(found.envelope) && Buffer.compare(found.envelope, envelope) === 0;
  });
  sound(reader);
  sound(await open(path));
});

test('a cache beside four that are killed, time and again, finds the value of each set that was acknowledged', {
  timeout,
}, async () => {
  const path = join(newFolder(), 'store.db');
  const host = await Host.open(path);
  await killInTurn(path, 'values', async (name) => {
    const found = await host.cache.lookup(name);
    return found?.value === madeOf(name);
  });
  expect(host.told).toEqual([]);
  sound(host.store);
  await host.make(['after']);
  await host.close();
});
