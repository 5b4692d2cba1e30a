import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReadConnection } from '../../src/adapters/sqlite/read-connection.ts';
import { isWhole, numbered } from './record.ts';
import { Thread } from './thread.ts';

/*
 * One bit each: what a thread that writes makes of the file, and a connection that reads. Several at once, and through whole
 * stores: damage.test.ts.
 */

const names = Array.from({ length: 40 }, (_, index) => `record ${index}`);
const rounds = fc.readConfigureGlobal().numRuns ?? 100;
const limits = { plain: 2 ** 20, compressed: 2 ** 20 };

/** Where the header says whose file it is, and of which form: a flip there may make another program's of it. */
const spoken = [
  { from: 44, to: 48, as: /unsupported file format/ },
  { from: 60, to: 64, as: /a newer version/ },
];

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-flip-'));
  path = join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function assertWhole(): void {
  let connection: ReadConnection;
  try {
    connection = new ReadConnection(path);
  } catch {
    return;
  }
  for (const name of names) {
    const { hash, envelope } = numbered(name);
    try {
      const found = connection.read(hash, limits);
      if (found.state !== 'found' || !isWhole(found.record.envelope)) continue;
      expect(Buffer.compare(found.record.envelope, envelope)).toBe(0);
      expect(found.record.expiredAt).toBeUndefined();
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_SQLITE_ERROR' });
    }
  }
  connection.close();
}

test('any one bit that is flipped costs no wrong record, and the next commits are taken', {
  timeout: 60_000 * Math.max(1, rounds / 100),
}, async () => {
  const thread = new Thread(path);
  for (const name of names) expect(await thread.commit(name)).toBe('committed');
  await thread.close();
  const bytes = readFileSync(path);
  const header = 100 * 8;
  const bit = fc.oneof(
    { weight: 1, arbitrary: fc.nat(header - 1) },
    { weight: 4, arbitrary: fc.nat(bytes.length * 8 - 1) },
  );
  await fc.assert(
    fc.asyncProperty(bit, async (flipped) => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      const damaged = Buffer.from(bytes);
      const at = flipped >> 3;
      damaged[at] = (damaged[at] as number) ^ (1 << (flipped & 7));
      writeFileSync(path, damaged);
      const thread = new Thread(path);
      const words = spoken.find(({ from, to }) => at >= from && at < to);
      if (thread.whyLost !== undefined && words !== undefined) {
        expect(thread.whyLost).toMatch(words.as);
        expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
        return thread.close();
      }
      expect(thread.whyLost).toBeUndefined();
      assertWhole();
      let outcome: unknown;
      for (let attempt = 0; attempt < 3 && outcome !== 'committed'; attempt += 1) {
        outcome = await thread.commit('new');
      }
      expect(outcome).toBe('committed');
      expect(await thread.order({ deed: 'invalidate', selector: { tag: 't' } })).toBeTypeOf('number');
      await thread.close();
    }),
    { numRuns: Math.ceil(1.5 * rounds) },
  );
});

test.each([
  ['the version of the form in which it is written', 18],
  ['its mark', 70],
  ['a version before the first', 63],
])('a file that has lost %s is moved aside', async (_, at) => {
  const first = new Thread(path);
  await first.commit('record');
  await first.close();
  const bytes = readFileSync(path);
  bytes[at] = at === 63 ? 0 : 99;
  writeFileSync(path, bytes);
  const thread = new Thread(path);
  expect(await thread.commit('new')).toBe('committed');
  expect(thread.reports).toContainEqual(
    expect.objectContaining({
      type: 'opened',
      warnings: [expect.stringContaining('a damaged file was moved')],
    }),
  );
  await thread.close();
});

test('an index that leads to rows that are not there keeps no record from leaving', async () => {
  const first = new Thread(path);
  for (const name of ['one', 'two']) await first.commit(name);
  await first.close();
  // The index is hidden while what it is of changes.
  const database = new DatabaseSync(path);
  database.enableDefensive(false);
  const hidden = database.prepare(`SELECT * FROM sqlite_schema WHERE name = 'tags_record'`).get();
  database.exec(`PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'tags_record'`);
  database.exec('PRAGMA writable_schema = RESET; DELETE FROM tags WHERE record = 1');
  database.exec('PRAGMA writable_schema = ON');
  const values = Object.values(hidden ?? {});
  database.prepare('INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)').run(...values);
  database.close();
  const thread = new Thread(path);
  expect(thread.reports).toMatchObject([{ type: 'opened', warnings: [] }]);
  const { hash } = numbered('one');
  expect(await thread.order({ deed: 'invalidate', selector: { hash } })).toBeTypeOf('number');
  expect(thread.reports.at(-2)).toMatchObject({
    type: 'opened',
    warnings: [expect.stringContaining('a damaged file was moved')],
  });
  await thread.close();
});

test('a file without one of its tables, or its columns, is moved aside', async () => {
  for (const [word, other] of [
    ['openers', 'oqeners'],
    ['useless', 'uselesr'],
    ['records_removed AFTER DELETE', 'records_removed AFTER INSERT'],
  ] as const) {
    const first = new Thread(path);
    await first.commit('record');
    await first.close();
    const bytes = readFileSync(path);
    const at = bytes.indexOf(word);
    expect(at).toBeGreaterThan(0);
    bytes.write(other, at, 'latin1');
    writeFileSync(path, bytes);
    const thread = new Thread(path);
    expect(await thread.commit('new')).toBe('committed');
    await thread.close();
    expect(readdirSync(folder).filter((name) => /damaged-[^/]*Z(-\d)?$/.test(name))).toHaveLength(1);
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
  }
});
