import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Child } from './child.ts';
import { newFolder, open } from './folder.ts';
import { numbered } from './record.ts';

const share = (fc.readConfigureGlobal().numRuns ?? 100) / 100;
const rounds = Math.ceil(50 * share);

test('whoever catches up has been told of everything that another process was acknowledged before', {
  timeout: 60_000 * Math.max(1, share),
}, async () => {
  const path = join(newFolder(), 'store.db');
  const children = [new Child(), new Child(), new Child()];
  await Promise.all(children.map((child) => child.do({ type: 'open', path })));
  const store = await open(path);
  const heard: number[] = [];
  store.subscribe((change) => {
    if ('sequence' in change) heard.push(change.sequence);
  });
  let own = 0;
  const lane = async (child: Child): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      const sequence = await child.do({ type: 'invalidate', name: `${round % 7}` });
      // Between them this store writes, too, which moves the file's data version, and tells nobody here.
      if (round % 3 === 0) await store.commit(numbered(`own ${own++}`));
      await store.catchUp();
      expect(heard).toContain(sequence);
    }
  };
  await Promise.all(children.map(lane));
  expect(heard).toHaveLength(children.length * rounds);
  expect(heard).toEqual(heard.toSorted((one, other) => one - other));
  await Promise.all(children.map((child) => child.close()));
});
