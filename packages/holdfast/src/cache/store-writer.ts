import type { Key, KeyId } from '../model/key.ts';
import { pack } from '../stores/envelope.ts';
import type { StoreSelector } from '../stores/store.ts';
import { pathsOf } from '../trace/recorder.ts';
import type { Backlog, Untold, Unwritten } from './backlog.ts';
import type { Engine } from './engine.ts';
import type { KnownKeys } from './known-keys.ts';
import type { Lease, Leases } from './leases.ts';
import type { Partition } from './partition.ts';
import type { PendingWrites } from './pending-writes.ts';
import { patience, type StoreLine } from './store-line.ts';
import type { StoreReader } from './store-reader.ts';
import { recordOf, uselessAt } from './stored-entries.ts';

/** The other parts of the tier that writing takes. */
export interface WriterParts {
  readonly line: StoreLine;
  readonly backlog: Backlog;
  readonly keys: KnownKeys;
  readonly reader: StoreReader;
  readonly leases: Leases;
  readonly writes: PendingWrites;
}

/** Hands what is in memory to a store, so that it overtakes nothing there. */
export class StoreWriter {
  readonly #engine: Engine;
  readonly #line: StoreLine;
  readonly #backlog: Backlog;
  readonly #keys: KnownKeys;
  readonly #reader: StoreReader;
  readonly #leases: Leases;
  readonly #writes: PendingWrites;
  /** Writes of `set` that have not settled, with their keys: what is forbidden after them must not overtake them. */
  readonly #sets = new Map<Promise<unknown>, string>();

  constructor(engine: Engine, { line, backlog, keys, reader, leases, writes }: WriterParts) {
    this.#engine = engine;
    this.#line = line;
    this.#backlog = backlog;
    this.#keys = keys;
    this.#reader = reader;
    this.#leases = leases;
    this.#writes = writes;
  }

  /** Hands a value that was `set` to the store. Resolves to whether the store has it; never rejects. */
  persistSet(partition: Partition, id: KeyId): Promise<boolean> {
    const hash = this.#keys.locate(partition, id);
    const setting = this.#writes.add(this.#persistSet(partition, id, hash));
    this.#sets.set(setting, hash);
    void setting.then(() => this.#sets.delete(setting));
    return setting;
  }

  /** Hands a value that was generated to the store, and gives its lease back. Never rejects. */
  async persistMade(partition: Partition, id: KeyId, lease: Lease | undefined): Promise<void> {
    await this.#writes.add(
      lease === undefined ? this.#persistUnleased(partition, id) : this.#persistLeased(partition, id, lease),
    );
  }

  /** Once more, what the store did not take. Resolves to whether there is nothing left to do. */
  async writeAgain(unwritten: Unwritten): Promise<boolean> {
    const { key } = unwritten;
    const { digest: hash } = key;
    const partition = this.#engine.partition(key.scope, key.kind);
    if (unwritten.isSet) {
      const told = await this.#line.ask('invalidate', patience.forbid, (store) => store.invalidate({ hash }));
      if (told === undefined) return false;
      unwritten.isSet = false;
    }
    if (partition.slot(key.id) === undefined) return true;
    const written = await this.#underLease(hash, async (lease) => {
      // Somebody may have made a newer one.
      if (!unwritten.isSet) await this.#reader.load(partition, [key.id]);
      return (await this.#commit(partition, key.id, lease)) !== undefined;
    });
    return written === true;
  }

  /** Waits for the sets that a selector may mean, for as long as the store is given to be told of it. */
  async setsBefore({ hash }: StoreSelector): Promise<void> {
    const before = [...this.#sets].filter(([, own]) => hash === undefined || own === hash);
    if (before.length === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#engine.clock.setTimeout(resolve, patience.forbid);
    timer.unref();
    await Promise.race([Promise.all(before.map(([setting]) => setting)), promise]);
    timer.cancel();
  }

  async #persistSet(partition: Partition, id: KeyId, hash: string): Promise<boolean> {
    const told = await this.#backlog.tellAll();
    const key = partition.key(id);
    const done = told ? await this.#commit(partition, id, undefined) : undefined;
    if (done === undefined) this.#backlog.postpone(hash, { key, isSet: true });
    else this.#backlog.settled(hash);
    // What others may still have of the key is not the newest, and nobody is to get it.
    if (done === 'nothing' || done === 'full') {
      const at = this.#engine.clock.wall();
      const untold: Untold = { action: 'invalidate', selector: { hash }, at };
      this.#backlog.enforce(untold);
      await this.#backlog.tell(untold);
    }
    return done === 'committed';
  }

  async #persistLeased(partition: Partition, id: KeyId, lease: Lease): Promise<void> {
    const hash = this.#keys.locate(partition, id);
    const told = await this.#backlog.tellAll();
    const done = told ? await this.#commit(partition, id, lease) : undefined;
    if (done === undefined) this.#backlog.postpone(hash, { key: partition.key(id), isSet: false });
    else this.#backlog.settled(hash);
    await this.#leases.release(lease);
  }

  /**
   * A value that was made without a lease: it is stored only if nothing has overtaken it since, which a lease that is taken
   * now, and a look at all that happened before, can tell.
   */
  async #persistUnleased(partition: Partition, id: KeyId): Promise<void> {
    this.#keys.locate(partition, id);
    const { table } = this.#engine;
    const slot = partition.slot(id);
    const value = slot === undefined ? undefined : table.value(slot);
    const isThere = (): boolean => {
      const now = partition.slot(id);
      return now !== undefined && Object.is(table.value(now), value);
    };
    if (slot === undefined) return;
    const key = partition.key(id);
    const reached =
      (await this.#backlog.tellAll()) &&
      (await this.#underLease(key.digest, async (lease) => {
        return !isThere() || (await this.#commit(partition, id, lease)) !== undefined;
      }));
    // While somebody else makes it, it is theirs to store.
    if (reached === false && isThere()) this.#backlog.postpone(key.digest, { key, isSet: false });
  }

  /**
   * Does something in which all that others have done until then is known. False where the store does not answer, or `work`
   * says so; undefined where somebody else has the lease.
   */
  async #underLease(hash: string, work: (lease: Lease) => Promise<boolean>): Promise<boolean | undefined> {
    const claim = await this.#leases.acquire(hash);
    if (claim === undefined) return false;
    if (claim.state !== 'acquired') return undefined;
    const lease = { hash, token: claim.token, sequence: claim.sequence };
    const done = (await this.#reader.catchUp()) && (await work(lease));
    await this.#leases.release(lease);
    return done;
  }

  /** `nothing`: there is nothing in memory, or nothing that can be stored. Undefined: the store did not answer. */
  async #commit(
    partition: Partition,
    id: KeyId,
    lease: Lease | undefined,
  ): Promise<'committed' | 'fenced' | 'full' | 'nothing' | undefined> {
    const slot = partition.slot(id);
    if (slot === undefined) return 'nothing';
    const value = this.#engine.table.value(slot);
    const record = recordOf(partition, id);
    if (record === undefined) {
      this.#announceUnstorable(partition, partition.key(id), 'value');
      return 'nothing';
    }
    const { variants } = record;
    const sources = variants.flatMap(({ trace }) => trace.sources);
    const done = await this.#line.ask('commit', patience.commit, (store) =>
      store.commit(
        {
          hash: record.key.digest,
          scope: partition.scope,
          kind: partition.kind,
          tags: unique(variants.flatMap(({ tags }) => tags)),
          paths: unique(sources.flatMap(pathsOf)),
          keys: unique(variants.flatMap(({ trace }) => trace.groups.flat().map((use) => use.key.digest))),
          uselessAt: uselessAt(partition, record),
          envelope: pack(record),
        },
        lease && { token: lease.token, sequence: lease.sequence },
      ),
    );
    if (done === 'fenced') this.#drop(partition, id, value);
    if (done === 'full') this.#announceUnstorable(partition, partition.key(id), 'room');
    return done;
  }

  /** Something overtook the lease in the store: the value must not be served here either. */
  #drop(partition: Partition, id: KeyId, value: unknown): void {
    const { table, emitter } = this.#engine;
    const slot = partition.slot(id);
    if (slot !== undefined && Object.is(table.value(slot), value)) table.delete(slot);
    if (!emitter.wants('entry.fenced')) return;
    const { scope, kind } = partition;
    emitter.emit({ type: 'entry.fenced', scope, kind, key: partition.key(id), by: 'lease' });
  }

  #announceUnstorable({ scope, kind }: Partition, key: Key, why: 'value' | 'room'): void {
    const { emitter } = this.#engine;
    if (emitter.wants('entry.unstorable')) emitter.emit({ type: 'entry.unstorable', scope, kind, key, why });
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
