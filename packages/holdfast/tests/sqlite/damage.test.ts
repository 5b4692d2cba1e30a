import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { Store, StoreChange } from '../../src/stores/store.ts';
import { Child } from './child.ts';
import { damages, overwrite } from './damages.ts';
import { newFolder, open } from './folder.ts';
import { isWhole, numbered } from './record.ts';
import { Thread } from './thread.ts';

const names = Array.from({ length: 150 }, (_, index) => `record ${index}`);
const share = (fc.readConfigureGlobal().numRuns ?? 100) / 100;

afterEach(() => {
  vi.useRealTimers();
});

let sound: Promise<Buffer> | undefined;

/** The bytes of a store that was closed, with all records in it. */
function soundBytes(): Promise<Buffer> {
  sound ??= makeSound();
  return sound;
}

async function makeSound(): Promise<Buffer> {
  const path = join(newFolder(), 'sound.db');
  const store = await open(path);
  // At once, and so in few transactions: each of them is the disk's time.
  await Promise.all(
    names.map((name) => store.commit(numbered(name, { tags: ['t'], paths: [`${name}.ts`] }))),
  );
  await store.close();
  return readFileSync(path);
}

/** How many records are there; none of them may be damaged, and no error may be anything but E_STORE. */
async function wholeRecords(store: Store): Promise<number> {
  let count = 0;
  for (const name of names) {
    const { hash, envelope } = numbered(name);
    const found = await store.read(hash).catch((error: { readonly code?: string }) => {
      expect(error.code).toBe('E_STORE');
    });
    // A record whose envelope was damaged is told by its own check, as it is by the engine.
    if (found === undefined || !isWhole(found.envelope)) continue;
    expect(Buffer.compare(found.envelope, envelope)).toBe(0);
    expect(found.expiredAt).toBeUndefined();
    count += 1;
  }
  return count;
}

/** The store takes records again, by itself: an attempt or two may be what finds the damage. */
async function takesRecords(store: Store): Promise<void> {
  let outcome: unknown;
  for (let attempt = 0; attempt < 4 && outcome !== 'committed'; attempt += 1) {
    outcome = await store.commit(numbered('new')).catch((error: unknown) => error);
  }
  expect(outcome).toBe('committed');
  const found = await store.read(numbered('new').hash);
  expect(found !== undefined && isWhole(found.envelope)).toBe(true);
}

test.each(damages)(
  'a file that %s is moved aside, and a new one is begun',
  { timeout: 20_000 },
  async (_, damage) => {
    const folder = newFolder();
    const path = join(folder, 'store.db');
    writeFileSync(path, damage(await soundBytes()));
    const store = await open(path);
    await wholeRecords(store);
    await takesRecords(store);
    expect(store.status()).toMatchObject({ state: 'open' });
    expect(store.status().warnings).toContainEqual(
      expect.stringMatching(/^a damaged file was moved to 'store\.db\.damaged-/),
    );
    expect(readdirSync(folder)).toContainEqual(expect.stringMatching(/^store\.db\.damaged-/));
  },
);

test('a file that somebody had open and did not close is checked as a whole before it is used', {
  timeout: 20_000,
}, async () => {
  const path = join(newFolder(), 'store.db');
  writeFileSync(path, await soundBytes());
  const child = new Child();
  await child.do({ type: 'open', path });
  await child.kill();
  const bytes = readFileSync(path);
  // A page that opening does not read.
  writeFileSync(path, bytes.fill(0xff, bytes.length - 4_096));
  const store = await open(path);
  expect(store.status().warnings).toContainEqual(expect.stringMatching(/^a damaged file was moved/));
  await takesRecords(store);
});

test('an empty file is a new one', async () => {
  const path = join(newFolder(), 'store.db');
  writeFileSync(path, '');
  const store = await open(path);
  await takesRecords(store);
  expect(store.status()).toMatchObject({ state: 'open', warnings: [] });
});

const noNumber = '9223372036854775807';

test('a token that no store has written is damage: the file is moved aside', async () => {
  const path = join(newFolder(), 'store.db');
  writeFileSync(path, await soundBytes());
  const database = new DatabaseSync(path);
  database.exec(`UPDATE totals SET floor = ${noNumber}`);
  database.close();
  // The thread alone: a store gives up a lease after 250 ms, in which a busy machine does not move a file.
  vi.useFakeTimers({ toFake: ['performance'] });
  const thread = new Thread(path);
  const { hash } = numbered('new');
  expect(await thread.order({ deed: 'acquire', hash, term: 1_000, joined: undefined })).toMatchObject({
    state: 'acquired',
  });
  expect(thread.reports.findLast(({ type }) => type === 'opened')).toMatchObject({
    warnings: [expect.stringMatching(/^a damaged file was moved/)],
  });
  await thread.close();
});

test.each([4_000_000_000_000_000, -4_000_000_000_000_000, noNumber])(
  'a wrong sum of bytes (%s) costs no record: it is counted again',
  async (bytes) => {
    const path = join(newFolder(), 'store.db');
    writeFileSync(path, await soundBytes());
    const database = new DatabaseSync(path);
    database.exec(`UPDATE totals SET bytes = ${bytes}`);
    database.close();
    const store = await open(path);
    await takesRecords(store);
    expect(await wholeRecords(store)).toBe(names.length);
    expect(store.status()).toMatchObject({ state: 'open', records: names.length + 1 });
    expect(store.status().bytes).toBeLessThan(1_000_000);
  },
);

test('a time that no store has written costs its record, and no other', async () => {
  const path = join(newFolder(), 'store.db');
  writeFileSync(path, await soundBytes());
  const database = new DatabaseSync(path);
  database.exec(`UPDATE records SET expired = ${noNumber} WHERE hash = '${numbered('record 7').hash}'`);
  database.close();
  const store = await open(path);
  expect(await store.read(numbered('record 7').hash)).toBeUndefined();
  expect(await wholeRecords(store)).toBe(names.length - 1);
  await takesRecords(store);
  expect(store.status().warnings).toEqual(['a damaged record was taken out']);
});

test('flipped bits never make a damaged record, and never keep a store from going on', {
  timeout: 60_000 * Math.max(1, share),
}, async () => {
  const bytes = await soundBytes();
  const folder = newFolder();
  let file = 0;
  const flip = fc.nat(bytes.length * 8 - 1);
  await fc.assert(
    fc.asyncProperty(fc.array(flip, { minLength: 4, maxLength: 8 }), async (flips) => {
      const damaged = Buffer.from(bytes);
      for (const bit of flips) damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      file += 1;
      const path = join(folder, `${file}.db`);
      writeFileSync(path, damaged);
      const store = await open(path, { newerFile: 'replace' }).catch((error: Error) => {
        // Its first page says that it is somebody else's.
        expect(error).toMatchObject({ code: 'E_STORE_OPEN' });
        expect(error.message).toMatch(/another program|unsupported file format/);
      });
      if (store === undefined) return;
      await wholeRecords(store);
      await takesRecords(store);
      await store.close();
    }),
    { numRuns: Math.ceil(35 * share), examples: [[[223936, 330144, 395680, 155275]]] },
  );
});

test('a file that is deleted while it is open is made anew, and subscribers are told', {
  timeout: 20_000,
}, async () => {
  const folder = newFolder();
  const path = join(folder, 'store.db');
  const store = await open(path);
  await store.commit(numbered('before'));
  const missed = nextMissed(store);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  await missed;
  await takesRecords(store);
  expect(store.status().warnings).toEqual([expect.stringContaining('another is in its place')]);
  expect(await store.read(numbered('before').hash)).toBeUndefined();
  expect(await (await open(path)).read(numbered('new').hash)).toBeDefined();
});

test('a file that another takes the place of while it is open is given up for it', {
  timeout: 20_000,
}, async () => {
  const folder = newFolder();
  const [path, other] = [join(folder, 'store.db'), join(folder, 'other.db')];
  const second = await open(other);
  await second.commit(numbered('other'));
  await second.close();
  const store = await open(path);
  await store.commit(numbered('before'));
  const missed = nextMissed(store);
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  renameSync(other, path);
  await missed;
  expect(await store.read(numbered('other').hash)).toBeDefined();
  expect(await store.read(numbered('before').hash)).toBeUndefined();
  await takesRecords(store);
});

test('a file that is overwritten while it is open is moved aside', { timeout: 20_000 }, async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  for (const name of names) await store.commit(numbered(name));
  overwrite(path);
  await wholeRecords(store);
  await takesRecords(store);
  const second = await open(path);
  await wholeRecords(second);
  await takesRecords(second);
  await takesRecords(store);
  expect(store.status().state).toBe('open');
});

function nextMissed(store: Store): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  store.subscribe((change: StoreChange) => {
    if (change.type === 'missed') resolve();
  });
  return promise;
}
