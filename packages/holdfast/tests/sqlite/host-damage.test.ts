import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { damages, overwrite } from './damages.ts';
import { newFolder } from './folder.ts';
import { Host } from './host.ts';
import { madeOf } from './record.ts';

/* Damage, as the callers of a cache see it: values, and never a wrong one. */

const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
const rounds = fc.readConfigureGlobal().numRuns ?? 100;
const movedAside = expect.stringMatching(/^a damaged file was moved to 'store\.db\.damaged-/);

let sound: Promise<Buffer> | undefined;

/** The bytes of a store of which a cache has made all its values. */
function soundBytes(): Promise<Buffer> {
  sound ??= makeSound();
  return sound;
}

async function makeSound(): Promise<Buffer> {
  const path = join(newFolder(), 'sound.db');
  const host = await Host.open(path);
  await Promise.all(keys.map((key) => host.cache.set(key, madeOf(key), { tags: ['t'] })));
  await host.close();
  return readFileSync(path);
}

/** By itself: what one process makes another one finds. */
async function recovers(host: Host, path: string): Promise<void> {
  await host.persist('new', 'new');
  const other = await Host.open(path);
  expect(await other.cache.lookup('new')).toMatchObject({ value: 'new', outcome: 'stored' });
  expect(host.store.status().state).toBe('open');
}

test.each(damages)('a file that %s costs generations, and what they make is stored', async (_, damage) => {
  const path = join(newFolder(), 'store.db');
  writeFileSync(path, damage(await soundBytes()));
  const host = await Host.open(path);
  await host.make(keys);
  await recovers(host, path);
  expect(host.store.status().warnings).toContainEqual(movedAside);
  await host.make(keys);
  await host.close();
  expect(await (await Host.open(path)).make(keys)).toEqual(new Set(['stored']));
});

test('whatever bits are flipped, no caller gets a wrong value, and what is made anew is stored', {
  timeout: 60_000 * Math.max(1, rounds / 100),
}, async () => {
  const bytes = await soundBytes();
  const flip = fc.nat(bytes.length * 8 - 1);
  await fc.assert(
    fc.asyncProperty(fc.array(flip, { minLength: 10, maxLength: 40 }), async (flips) => {
      const folder = newFolder();
      const path = join(folder, 'store.db');
      const damaged = Buffer.from(bytes);
      for (const bit of flips) damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      writeFileSync(path, damaged);
      const host = await Host.open(path, { newerFile: 'replace' }).catch((error: Error) => {
        expect(error).toMatchObject({ code: 'E_STORE_OPEN' });
        expect(error.message).toMatch(/another program|unsupported file format/);
      });
      if (host === undefined) return;
      for (const key of keys) {
        const found = await host.cache.lookup(key);
        if (found !== undefined) expect(found.value).toBe(madeOf(key));
      }
      await host.make(keys);
      await recovers(host, path);
      await host.close();
      rmSync(folder, { recursive: true });
    }),
    { numRuns: Math.ceil(0.12 * rounds) },
  );
});

test('a file that is overwritten while it is open: memory answers, the event says so, and a new one is begun', async () => {
  const path = join(newFolder(), 'store.db');
  const host = await Host.open(path);
  for (const key of keys) await host.cache.set(key, madeOf(key));
  overwrite(path);
  expect(await host.make([...keys, 'another'])).toContain('hit');
  await host.until(() => /malformed|not a database/.test(host.failures));
  await recovers(host, path);
  expect(host.store.status().warnings).toContainEqual(movedAside);
  await host.make(keys);
});

test('a file that is deleted while it is open: callers go on, memory is made anew, and so is the file', async () => {
  const folder = newFolder();
  const path = join(folder, 'store.db');
  const host = await Host.open(path);
  await host.make(keys);
  await host.cache.flush();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  // What others have invalidated meanwhile nobody can tell any more: nothing in memory is trusted.
  await host.until(() => host.told.some(({ type }) => type === 'store.missed'));
  expect(await host.make(keys)).toEqual(new Set(['generated']));
  await recovers(host, path);
  expect(host.store.status().warnings).toEqual([expect.stringContaining('another is in its place')]);
  await host.make(keys);
  await host.close();
  expect(await (await Host.open(path)).make(keys)).toEqual(new Set(['stored']));
});
