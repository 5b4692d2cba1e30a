import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openForWriting } from './connection.ts';
import { GroupCommit } from './group-commit.ts';
import { openFile } from './opening.ts';
import { parseOptions } from './options.ts';
import type { Order, WriterReport } from './order.ts';
import { Room } from './room.ts';

const pending = (id: number, order: Order) => ({ id, order, deadline: Number.POSITIVE_INFINITY });

test('an order that cannot be done costs the others nothing, though another process takes the lock meanwhile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-group-'));
  const path = join(folder, 'store.db');
  const { database } = openFile(
    { path, shown: path, id: 'me', newerFile: 'reject', first: true },
    { type: 'none' },
  );
  if (database === undefined) throw new Error('the file is not open');
  const other = new DatabaseSync(path);
  const reports: WriterReport[] = [];
  const room = new Room(path, parseOptions({}), () => {});
  const group = new GroupCommit(database, 'me', room, (report) => {
    reports.push(report);
    if (report.type === 'failed') other.exec('BEGIN IMMEDIATE');
  });
  const orders = [
    pending(1, { deed: 'put', table: 't', name: 'n', value: Symbol() as unknown as Uint8Array }),
    pending(2, { deed: 'invalidate', selector: { tag: 't' } }),
    pending(3, { deed: 'invalidate', selector: { tag: 'u' } }),
  ];
  const outcome = group.run(orders);
  expect(outcome).toMatchObject({ state: 'again', failure: { reason: 'busy' } });
  if (outcome.state === 'settled') return;
  expect(outcome.left.map(({ id }) => id)).toEqual([2, 3]);
  expect(reports).toMatchObject([{ type: 'failed', ids: [1] }]);
  other.exec('ROLLBACK');
  expect(group.run(outcome.left)).toEqual({ state: 'settled' });
  expect(reports.at(-1)).toEqual({
    type: 'done',
    results: [
      [2, 1],
      [3, 2],
    ],
  });
  other.close();
  database.close();
  rmSync(folder, { recursive: true });
});

test('a connection that writes makes no file, whoever takes it away just then', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-group-'));
  expect(() => openForWriting(join(folder, 'store.db'))).toThrow('unable to open');
  rmSync(folder, { recursive: true });
});
