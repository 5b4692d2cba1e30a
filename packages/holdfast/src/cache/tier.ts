import type { Milliseconds } from '../lib/duration.ts';
import type { Store } from '../stores/store.ts';
import type { Remembrance } from '../trace/shelf.ts';
import { Backlog } from './backlog.ts';
import { Backplane } from './backplane.ts';
import type { Engine } from './engine.ts';
import { KnownKeys } from './known-keys.ts';
import { Leases } from './leases.ts';
import { lentShelf } from './lent-shelf.ts';
import { PendingWrites } from './pending-writes.ts';
import { StoreLine } from './store-line.ts';
import { StoreReader } from './store-reader.ts';
import { StoreWriter } from './store-writer.ts';

/**
 * Tier two as the engine sees it: whatever a store does or does not do costs a bounded wait. Failures are misses; after
 * some in a row nothing is asked of the store for a while, and what it missed is told when it answers again.
 */
export class Tier {
  /** Every read asks the store first what was invalidated. */
  readonly strict: boolean;
  readonly reader: StoreReader;
  readonly writer: StoreWriter;
  readonly leases: Leases;
  readonly backplane: Backplane;
  readonly #engine: Engine;
  readonly #line: StoreLine;
  readonly #backlog: Backlog;
  readonly #writes = new PendingWrites();
  readonly #unsubscribe: () => void;
  /** Of the files of the workspace. */
  readonly #signatures: Remembrance | undefined;
  #closed = false;

  constructor(engine: Engine, store: Store, strict: boolean) {
    this.strict = strict;
    this.#engine = engine;
    const writes = this.#writes;
    const line = new StoreLine(engine, store, () => void writes.add(backlog.work()));
    const backlog = new Backlog(engine.clock, {
      tell: (untold) => this.backplane.tell(untold),
      write: (unwritten) => this.writer.writeAgain(unwritten),
    });
    const keys = new KnownKeys(engine);
    this.#line = line;
    this.#backlog = backlog;
    this.reader = new StoreReader(engine, line, backlog, keys);
    this.leases = new Leases(engine.clock, line, writes);
    this.writer = new StoreWriter(engine, {
      line,
      backlog,
      keys,
      reader: this.reader,
      leases: this.leases,
      writes,
    });
    this.backplane = new Backplane(engine, line, backlog, keys, this.writer, writes);
    this.#unsubscribe = store.subscribe((change) => {
      if (!this.#closed) this.backplane.apply(change);
    });
    this.#signatures = engine.workspace?.remember?.({
      shelf: lentShelf(line, 'signatures'),
      clock: engine.clock,
    });
  }

  /** Resolves when every write that was accepted before has settled. */
  async flush(): Promise<void> {
    await this.#writes.settled();
    await this.#signatures?.save();
  }

  /** Gives what was accepted so many milliseconds, and closes the store. Never rejects. */
  async close(limit: Milliseconds): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = limit > 0 ? this.#engine.clock.setTimeout(resolve, limit) : undefined;
    if (timer === undefined) resolve();
    await Promise.race([this.#finish(), promise]);
    this.#closed = true;
    this.#signatures?.end();
    this.#backlog.close();
    this.#unsubscribe();
    await Promise.race([this.#line.close(), promise]);
    timer?.cancel();
  }

  /** Writes everything, and once more what could not be written the first time. */
  async #finish(): Promise<void> {
    await this.#writes.settled();
    for (let attempt = 0; attempt < 2 && !this.#backlog.isEmpty; attempt += 1) await this.#backlog.work();
    await this.#signatures?.save();
  }
}
