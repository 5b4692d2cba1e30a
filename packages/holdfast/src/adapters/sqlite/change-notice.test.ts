import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StoreChange } from '../../stores/store.ts';
import type { CallerConnection } from './caller-connection.ts';
import { ChangeLog } from './change-log.ts';
import { ChangeNotice } from './change-notice.ts';
import { Leases } from './leases.ts';
import { ReadConnection } from './read-connection.ts';
import { upgrade } from './schema.ts';

type Meanwhile = { before?: () => void; after?: () => void };

/** A file that another store writes, and a connection that reads it, in whose readings something may happen. */
class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-notice-'));
  readonly path = join(this.folder, 'store.db');
  readonly writer = new DatabaseSync(this.path);
  readonly notice: ChangeNotice;
  readonly heard: StoreChange[] = [];
  readonly log: ChangeLog;
  readonly leases: Leases;
  /** What happens in the next reading of the log. */
  meanwhile: Meanwhile = {};
  readings = 0;
  connection: ReadConnection;

  constructor() {
    this.writer.exec('PRAGMA journal_mode = WAL');
    upgrade(this.writer);
    this.log = new ChangeLog(this.writer, 'another');
    this.leases = new Leases(this.writer);
    this.connection = this.#observed(new ReadConnection(this.path));
    const near: Pick<CallerConnection, 'use'> = { use: (action) => action(this.connection) };
    this.notice = new ChangeNotice(near as CallerConnection, 'me');
  }

  subscribe(): void {
    this.notice.subscribe((change) => this.heard.push(change));
  }

  invalidate(tag: string): void {
    this.log.add('invalidated', { tag }, null, Date.now());
  }

  reopen(): void {
    this.connection.close();
    this.connection = this.#observed(new ReadConnection(this.path));
  }

  get tags(): (string | undefined)[] {
    return this.heard.map((change) => ('selector' in change ? change.selector.tag : change.type));
  }

  close(): void {
    this.notice.close();
    this.connection.close();
    this.writer.close();
    rmSync(this.folder, { recursive: true });
  }

  #observed(connection: ReadConnection): ReadConnection {
    const read = connection.changesAfter.bind(connection);
    connection.changesAfter = (sequence) => {
      const { before, after } = this.meanwhile;
      this.meanwhile = {};
      this.readings += 1;
      before?.();
      const changes = read(sequence);
      after?.();
      return changes;
    };
    return connection;
  }
}

let bench: Bench;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  bench = new Bench();
});
afterEach(() => {
  bench.close();
  vi.useRealTimers();
});

test('whoever catches up reads the log only if something was committed', () => {
  bench.subscribe();
  bench.notice.catchUp();
  const { readings } = bench;
  for (let read = 0; read < 10; read += 1) bench.notice.catchUp();
  expect(bench.readings).toBe(readings);
  bench.invalidate('a');
  bench.notice.catchUp();
  expect(bench.tags).toEqual(['a']);
  expect(bench.readings).toBe(readings + 1);
  bench.notice.catchUp();
  expect(bench.readings).toBe(readings + 1);
});

test('what is committed while the log is read is told by the next look', () => {
  bench.subscribe();
  bench.invalidate('a');
  bench.meanwhile = { after: () => bench.invalidate('b') };
  bench.notice.catchUp();
  expect(bench.tags).toEqual(['a']);
  bench.notice.catchUp();
  expect(bench.tags).toEqual(['a', 'b']);
});

test('a connection that was opened anew counts its data versions anew: it is looked at as if all had moved', () => {
  bench.subscribe();
  bench.notice.catchUp();
  const version = bench.connection.dataVersion();
  bench.invalidate('a');
  bench.reopen();
  expect(bench.connection.dataVersion()).toBe(version);
  bench.notice.catchUp();
  expect(bench.tags).toEqual(['a']);
});

test('what was forgotten just before the log is read is known to be missed', () => {
  bench.subscribe();
  bench.invalidate('a');
  bench.meanwhile = {
    before: () => bench.writer.exec('UPDATE totals SET trimmed = 1; DELETE FROM changes'),
  };
  bench.notice.catchUp();
  expect(bench.heard).toEqual([{ type: 'missed' }]);
});

test('a listener that subscribes another has nobody told twice, or out of order', () => {
  bench.notice.subscribe((change) => {
    bench.heard.push(change);
    if (bench.heard.length === 1) bench.notice.subscribe(() => {});
    if (bench.heard.length === 2) bench.notice.catchUp();
  });
  for (const tag of ['a', 'b', 'c', 'd']) bench.invalidate(tag);
  bench.meanwhile = { after: () => bench.invalidate('e') };
  bench.notice.catchUp();
  bench.notice.catchUp();
  expect(bench.tags).toEqual(['a', 'b', 'c', 'd', 'e']);
});

/** A lease that somebody waits for; it has ended, and nobody has looked yet. */
function waitForEnded(): { readonly ended: () => boolean } {
  const { state } = bench.leases.acquire('h', 60_000, undefined, 0, Date.now());
  expect(state).toBe('acquired');
  const change = Number(bench.writer.prepare('SELECT change FROM leases').get()?.change);
  let ended = false;
  void bench.notice.wait('h', change, 60_000).then(() => {
    ended = true;
  });
  bench.leases.end('h', Date.now());
  return { ended: () => ended };
}

test('who waits is woken though somebody else has looked before the timer', async () => {
  bench.subscribe();
  vi.advanceTimersByTime(50);
  const waiter = waitForEnded();
  bench.notice.catchUp();
  await Promise.resolve();
  expect(waiter.ended()).toBe(true);
});

test('who waits is woken though somebody has subscribed meanwhile', async () => {
  const waiter = waitForEnded();
  bench.subscribe();
  vi.advanceTimersByTime(20);
  await Promise.resolve();
  expect(waiter.ended()).toBe(true);
});
