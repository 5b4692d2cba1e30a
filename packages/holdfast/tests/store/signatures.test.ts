import { afterEach, describe, expect, test } from 'vitest';
import type { Cache } from '../../src/index.ts';
import type { Store, StoreTable } from '../../src/stores/store.ts';
import {
  createTestCache,
  ManualClock,
  MemoryBackend,
  MemoryStore,
  settled,
} from '../../src/testing/index.ts';
import { Disk } from '../../src/workspace/disk.test-support.ts';
import { openWorkspace, type Workspace } from '../../src/workspace/index.ts';
import { withMethods } from './machine.ts';

/*
 * Promises 6, 10 and 14 for the signatures of a workspace: a store keeps them, and what becomes of them there costs
 * hashing, and nothing else.
 */

class Ground {
  readonly disk = new Disk();
  readonly clock = new ManualClock();
  readonly backend = new MemoryBackend({ clock: this.clock });
  readonly #opened: { readonly cache: Cache; readonly workspace: Workspace }[] = [];

  constructor() {
    this.disk.directory('/r');
    for (const name of ['a', 'b', 'c']) this.disk.file(`/r/${name}`, name);
    this.disk.wall += 10_000;
  }

  /** What a process has: a cache over the store, and a workspace that nobody has looked at yet. */
  async start(wrap: (store: Store) => Store = (store) => store, known?: Workspace) {
    const { disk, clock } = this;
    const workspace =
      known ?? (await openWorkspace('/r', { fileSystem: disk, clock: disk.clock, paranoid: false }));
    const { cache } = createTestCache({ workspace, clock, store: wrap(new MemoryStore(this.backend)) });
    const failures: string[] = [];
    cache.on('store.failed', ({ operation, resting }) =>
      failures.push(resting ? `${operation}, and it is left alone` : operation),
    );
    const text = cache.define({ name: 'text', generate: (ctx, name: string) => ctx.file(name) });
    this.#opened.push({ cache, workspace });
    return { cache, workspace, text, failures };
  }

  /** How many files were opened for something. */
  async opensOf(work: () => Promise<unknown>): Promise<number> {
    const before = this.disk.opened;
    await work();
    return this.disk.opened - before;
  }

  /** Turns the clock until something has settled, and says how long that took. */
  async timeOf(work: Promise<unknown>): Promise<number> {
    let done = false;
    const began = this.clock.now();
    void work.then(
      () => {
        done = true;
      },
      () => {
        done = true;
      },
    );
    for (let turn = 0; turn < 500 && !done; turn += 1) await settled();
    while (!done && this.clock.now() - began < 60_000) {
      await this.clock.advance(50);
      for (let turn = 0; turn < 10; turn += 1) await settled();
    }
    return this.clock.now() - began;
  }

  async end(): Promise<void> {
    for (const { cache, workspace } of this.#opened) {
      const closing = cache.close({ timeout: 0 });
      await this.timeOf(closing);
      await workspace.close();
    }
    expect(this.clock.timers).toBe(0);
  }
}

let ground: Ground | undefined;
afterEach(() => ground?.end());

const table = (change: Partial<StoreTable>) => (store: Store) =>
  withMethods(store, { table: (name) => ({ ...store.table(name), ...change }) });
const fail = async () => {
  throw new Error('made to fail');
};
const never = () => new Promise<never>(() => {});

describe('a process that starts', () => {
  test('hashes nothing that another one has hashed, and finds what was edited since', async () => {
    ground = new Ground();
    const first = await ground.start();
    for (const name of ['a', 'b', 'c']) expect(await first.text(name)).toBe(name);
    await first.cache.close();
    ground.disk.write('/r/b', 'B');
    ground.disk.touch('/r/b', { modified: ground.disk.wall - 10_000 });
    ground.disk.wall += 10_000;
    const second = await ground.start();
    const opened = await ground.opensOf(async () => {
      for (const name of ['a', 'c']) {
        expect(await second.text.resolve(name)).toMatchObject({ value: name, outcome: 'stored' });
      }
    });
    expect(opened).toBe(0);
    expect(await second.text.resolve('b')).toMatchObject({ value: 'B', outcome: 'generated' });
  });

  test('hashes again what it is told nothing of, as the table was deleted', async () => {
    ground = new Ground();
    const first = await ground.start();
    await first.text('a');
    await first.cache.close();
    expect(ground.backend.tables.get('signatures')?.size).toBeGreaterThan(0);
    ground.backend.tables.delete('signatures');
    const second = await ground.start();
    const { text } = second;
    expect(await ground.opensOf(async () => expect(await text('a')).toBe('a'))).toBe(1);
    expect(second.cache.stats().outcomes.stored).toBe(1);
    // And has put it there by the end.
    await second.cache.close();
    const third = await ground.start();
    expect(await ground.opensOf(() => third.text('a'))).toBe(0);
  });
});

describe('a cache', () => {
  test('has its signatures stored some seconds after they were made, and by flush() at once', async () => {
    ground = new Ground();
    const { text, cache } = await ground.start();
    await text('a');
    for (let turn = 0; turn < 300; turn += 1) await settled();
    expect(ground.backend.tables.get('signatures')?.size ?? 0).toBe(0);
    await ground.clock.advance(3_000);
    for (let turn = 0; turn < 300; turn += 1) await settled();
    const rows = ground.backend.tables.get('signatures')?.size;
    expect(rows).toBeGreaterThan(0);
    await text('b');
    await cache.flush();
    expect(ground.backend.tables.get('signatures')?.size).toBe((rows ?? 0) + 1);
  });

  test('that has closed asks its store nothing more, and its workspace serves another one', async () => {
    ground = new Ground();
    const asked: string[] = [];
    const { workspace, cache, text } = await ground.start(
      table({
        get: async (name) => {
          asked.push(name);
          return undefined;
        },
      }),
    );
    await text('a');
    await cache.close();
    expect(ground.clock.timers).toBe(0);
    asked.length = 0;
    ground.disk.write('/r/a', 'A');
    ground.disk.wall += 10_000;
    await workspace.hash('a');
    await ground.clock.advance(60_000);
    expect(asked).toEqual([]);
    const other = new Ground();
    const next = await other.start(undefined, workspace);
    expect(await next.text('a')).toBe('A');
    await next.cache.close();
    expect(other.backend.tables.get('signatures')?.size).toBeGreaterThan(0);
  });
});

describe('a store whose tables', () => {
  test('hang costs a second at the beginning, and close() no more than its limit', async () => {
    ground = new Ground();
    const first = await ground.start();
    await first.text('a');
    await first.cache.flush();
    const second = await ground.start(table({ get: never, set: never, delete: never }));
    const calling = second.text('a');
    expect(await ground.timeOf(calling)).toBeLessThanOrEqual(1_050);
    expect(await calling).toBe('a');
    expect(await ground.timeOf(second.text('a'))).toBe(0);
    expect(await ground.timeOf(second.cache.close({ timeout: 700 }))).toBeLessThanOrEqual(700);
    // The deadline of what was asked last, which keeps no process alive.
    await ground.clock.advance(10_000);
  });

  test('fail costs hashing, is told, and leaves the rest of the store in use', async () => {
    ground = new Ground();
    const first = await ground.start();
    for (const name of ['a', 'b']) await first.text(name);
    await first.cache.flush();
    const second = await ground.start(table({ get: fail, set: fail, delete: fail }));
    expect(await second.text.resolve('a')).toMatchObject({ value: 'a', outcome: 'stored' });
    for (let minute = 0; minute < 10; minute += 1) {
      await ground.clock.advance(60_000);
      expect(await second.text.resolve('b')).toMatchObject({ value: 'b', stale: false });
      await second.cache.flush();
    }
    expect(second.failures).toContain('read signatures');
    expect(second.cache.stats().generations.started).toBe(0);
  });

  test('take nothing, as the disk is full, is asked again now and then and never left alone for it', async () => {
    ground = new Ground();
    const { text, failures } = await ground.start(table({ set: fail }));
    for (const name of ['a', 'b', 'c']) await text(name);
    for (let passed = 0; passed < 600; passed += 1) {
      await ground.clock.advance(1_000);
      for (let turn = 0; turn < 5; turn += 1) await settled();
    }
    expect(new Set(failures)).toEqual(new Set(['write signatures']));
    expect(failures.length).toBeLessThan(16);
  });
});
