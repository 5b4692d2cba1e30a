import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Child } from './child.ts';
import { newFolder, open } from './folder.ts';
import { isWhole, numbered } from './record.ts';

const share = (fc.readConfigureGlobal().numRuns ?? 100) / 100;
const rounds = Math.max(5, Math.ceil(5 * share));

test('what was acknowledged is there after one of four writers was killed, time and again', {
  timeout: 60_000 * Math.max(1, share),
}, async () => {
  const path = join(newFolder(), 'store.db');
  const children = await Promise.all(Array.from({ length: 4 }, () => begin(path)));
  const acknowledged: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const index = round % children.length;
    const child = children[index] as Child;
    child.do({ type: 'flood', name: `round-${round}` }).catch(() => {});
    await child.acknowledges(50 + 37 * (round % 7));
    await child.kill();
    expect(child.acknowledged.length).toBeGreaterThan(0);
    acknowledged.push(...child.acknowledged);
    children[index] = await begin(path);
  }
  const store = await open(path);
  const lost: string[] = [];
  for (const name of acknowledged) {
    const found = await store.read(numbered(name).hash);
    if (found === undefined || !isWhole(found.envelope)) lost.push(name);
  }
  expect(lost).toEqual([]);
  expect(store.status()).toMatchObject({ state: 'open', warnings: [] });
  await Promise.all(children.map((child) => child.close()));
});

async function begin(path: string): Promise<Child> {
  const child = new Child();
  await child.do({ type: 'open', path });
  return child;
}
