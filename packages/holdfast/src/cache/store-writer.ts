import type { Key, KeyId } from '../model/key.ts';
import { pack } from '../stores/envelope.ts';
import type { Store } from '../stores/store.ts';
import { pathsOf } from '../trace/recorder.ts';
import type { Backlog, Unwritten } from './backlog.ts';
import type { Engine } from './engine.ts';
import type { Partition } from './partition.ts';
import { patience, type StoreLine } from './store-line.ts';
import { recordOf, uselessAt } from './stored-entries.ts';
import type { Lease, Tier } from './tier.ts';

/** Hands what is in memory to a store, so that it overtakes nothing there. */
export class StoreWriter {
  readonly #engine: Engine;
  readonly #tier: Tier;
  readonly #store: Store;
  readonly #line: StoreLine;
  readonly #backlog: Backlog;

  constructor(engine: Engine, tier: Tier, store: Store, line: StoreLine, backlog: Backlog) {
    this.#engine = engine;
    this.#tier = tier;
    this.#store = store;
    this.#line = line;
    this.#backlog = backlog;
  }

  async persistSet(partition: Partition, id: KeyId): Promise<boolean> {
    const hash = this.#tier.locate(partition, id);
    const told = await this.#backlog.tellAll();
    const key = partition.key(id);
    const done = told ? await this.#commit(partition, id, undefined) : undefined;
    if (done === undefined) this.#backlog.postpone(hash, { key, isSet: true });
    else this.#backlog.settled(hash);
    // What others may still have of the key is not the newest, and nobody is to get it.
    if (done === 'nothing' || done === 'full') {
      await this.#line.ask('invalidate', patience.forbid, () => this.#store.invalidate({ hash }));
    }
    return done === 'committed';
  }

  async persistLeased(partition: Partition, id: KeyId, lease: Lease): Promise<void> {
    const hash = this.#tier.locate(partition, id);
    const told = await this.#backlog.tellAll();
    const done = told ? await this.#commit(partition, id, lease) : undefined;
    if (done === undefined) this.#backlog.postpone(hash, { key: partition.key(id), isSet: false });
    else this.#backlog.settled(hash);
    await this.#tier.release(lease);
  }

  /**
   * A value that was made without a lease: it is stored only if nothing has overtaken it since, which a lease that is taken
   * now, and a look at all that happened before, can tell.
   */
  async persistUnleased(partition: Partition, id: KeyId): Promise<void> {
    this.#tier.locate(partition, id);
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

  /** Once more, what the store did not take. Resolves to whether there is nothing left to do. */
  async writeAgain(unwritten: Unwritten): Promise<boolean> {
    const { key } = unwritten;
    const { digest: hash } = key;
    const partition = this.#engine.partition(key.scope, key.kind);
    if (unwritten.isSet) {
      const told = await this.#line.ask('invalidate', patience.forbid, () =>
        this.#store.invalidate({ hash }),
      );
      if (told === undefined) return false;
      unwritten.isSet = false;
    }
    if (partition.slot(key.id) === undefined) return true;
    const written = await this.#underLease(hash, async (lease) => {
      // Somebody may have made a newer one.
      if (!unwritten.isSet) await this.#tier.load(partition, [key.id]);
      return (await this.#commit(partition, key.id, lease)) !== undefined;
    });
    return written === true;
  }

  /**
   * Does something in which all that others have done until then is known. False where the store does not answer, or `work`
   * says so; undefined where somebody else has the lease.
   */
  async #underLease(hash: string, work: (lease: Lease) => Promise<boolean>): Promise<boolean | undefined> {
    const claim = await this.#tier.acquire(hash);
    if (claim === undefined) return false;
    if (claim.state !== 'acquired') return undefined;
    const lease = { hash, token: claim.token, sequence: claim.sequence };
    const done = (await this.#tier.catchUp()) && (await work(lease));
    await this.#tier.release(lease);
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
      this.#announceUnstorable(partition, partition.key(id));
      return 'nothing';
    }
    const { variants } = record;
    const sources = variants.flatMap(({ trace }) => trace.sources);
    const done = await this.#line.ask('commit', patience.commit, () =>
      this.#store.commit(
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

  #announceUnstorable({ scope, kind }: Partition, key: Key): void {
    const { emitter } = this.#engine;
    if (emitter.wants('entry.unstorable')) emitter.emit({ type: 'entry.unstorable', scope, kind, key });
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
