import type { Milliseconds } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import { Key, type KeyId, keyIdOf } from '../model/key.ts';
import { mostRecordVariants, type RecordVariant } from '../model/record.ts';
import { unpack } from '../stores/envelope.ts';
import type {
  Claim,
  SharedFailure,
  Store,
  StoreChange,
  StoredRecord,
  StoreSelector,
} from '../stores/store.ts';
import { Backlog, type Untold } from './backlog.ts';
import type { Engine } from './engine.ts';
import { expireTarget, invalidateTarget } from './invalidation.ts';
import type { Target } from './matching.ts';
import type { Partition } from './partition.ts';
import { patience, StoreLine } from './store-line.ts';
import { StoreWriter } from './store-writer.ts';
import { adopt, revive } from './stored-entries.ts';

/** Readings of a record while invalidations keep coming. */
const mostReadings = 3;
/** Milliseconds after which a key is looked at again that the store does not tell of. */
const unnotified = 250;
/** Leases that are asked for at once. */
const mostAcquiring = 100;
/** A lease that nobody renews for so long is free. */
export const leaseTerm: Milliseconds = 10_000;

/** A flight's claim on its key across processes. */
export interface Lease {
  readonly hash: string;
  readonly token: number;
  readonly sequence: number;
}

/**
 * Tier two as the engine sees it: whatever a store does or does not do costs a bounded wait. Failures are misses; after
 * some in a row nothing is asked of the store for a while, and what it missed is told when it answers again.
 */
export class Tier {
  /** Every read asks the store first what was invalidated. */
  readonly strict: boolean;
  readonly #engine: Engine;
  readonly #store: Store;
  /** Writes that were accepted, and have not settled. */
  readonly #writes = new Set<Promise<unknown>>();
  /** Where the keys of this process's entries and flights are, by their hashes. */
  readonly #places = new Map<string, Key>();
  readonly #line: StoreLine;
  readonly #backlog: Backlog;
  readonly #writer: StoreWriter;
  readonly #unsubscribe: () => void;
  /** Writes of `set` that have not settled: what is forbidden after them must not overtake them. */
  readonly #sets = new Map<Promise<unknown>, string>();
  /** Leases that are being given back, by key: until then they are nobody else's either. */
  readonly #releasing = new Map<string, Promise<unknown>>();
  /** Asked in this turn; has not begun. */
  #catchingUp: Promise<boolean> | undefined;
  #sweepAt = 1_024;
  #acquiring = 0;
  /** Who waits to ask for a lease. */
  readonly #queue: (() => void)[] = [];
  #closed = false;

  constructor(engine: Engine, store: Store, strict: boolean) {
    this.#engine = engine;
    this.#store = store;
    this.strict = strict;
    this.#line = new StoreLine(engine, () => void this.#track(this.#backlog.work()));
    this.#backlog = new Backlog(engine.clock, {
      tell: (untold) => this.#tell(untold),
      write: (unwritten) => this.#writer.writeAgain(unwritten),
    });
    this.#writer = new StoreWriter(engine, this, store, this.#line, this.#backlog);
    this.#unsubscribe = store.subscribe((change) => this.#apply(change));
  }

  /** Puts in memory what the store holds of these keys, and says of which it holds something. Never rejects. */
  async load(partition: Partition, ids: readonly KeyId[]): Promise<ReadonlySet<KeyId>> {
    const found = new Set<KeyId>();
    const keys = new Map(ids.map((id) => [this.locate(partition, id), id]));
    for (let attempt = 0; keys.size > 0 && attempt < mostReadings; attempt += 1) {
      const { sequence } = this.#engine;
      const records = await this.#line.ask('read', patience.read, () =>
        this.#store.readMany([...keys.keys()]),
      );
      if (records === undefined) break;
      // What was read before an invalidation must not come into memory after it.
      if (this.#engine.sequence !== sequence) continue;
      for (const [hash, record] of records) {
        const key = partition.key(keys.get(hash) as KeyId);
        if (await this.#adopt(partition, key, record, sequence)) found.add(key.id);
      }
      break;
    }
    return found;
  }

  async #adopt(
    partition: Partition,
    key: Key,
    { envelope, expiredAt }: StoredRecord,
    sequence: number,
  ): Promise<boolean> {
    const unpacked = unpack(envelope, { maxBytes: mostRecordVariants * this.#engine.maxEntryBytes, key });
    if (!unpacked.ok) {
      this.#refuse(partition, key, unpacked.reason);
      return false;
    }
    const judge = (variant: RecordVariant) => this.#backlog.judge(key, variant);
    const variants = await revive(partition, key.id, unpacked.record, expiredAt, judge);
    if (this.#engine.sequence !== sequence || !adopt(partition, key.id, variants)) return false;
    this.#places.set(key.digest, key);
    return true;
  }

  /** Undefined: the store cannot say, so that there is no lease to be had. */
  async acquire(hash: string): Promise<Claim | undefined> {
    await this.#releasing.get(hash);
    // A store gives a lease soon or not at all: what waits for thousands of others would be given none.
    if (this.#acquiring >= mostAcquiring) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#acquiring += 1;
    try {
      return await this.#line.ask('acquire', patience.acquire, () => this.#store.acquire(hash, leaseTerm));
    } finally {
      this.#acquiring -= 1;
      this.#queue.shift()?.();
    }
  }

  async renew({ hash, token }: Lease): Promise<boolean> {
    const renewed = await this.#line.ask('renew', patience.acquire, () =>
      this.#store.renew(hash, token, leaseTerm),
    );
    return renewed ?? true;
  }

  /** Never rejects. @param error why the generation came to nothing, for those who wait in other processes */
  async release({ hash, token }: Lease, error?: unknown): Promise<void> {
    const failure = error === undefined ? undefined : failureOf(error);
    const releasing = this.#track(
      this.#line.ask('release', patience.acquire, () => this.#store.release(hash, token, failure)),
    );
    this.#releasing.set(hash, releasing);
    await releasing;
    if (this.#releasing.get(hash) === releasing) this.#releasing.delete(hash);
  }

  /** Resolves when a key that somebody else has may be had, or its value is there. Never rejects. */
  async waitForChange(hash: string, change: number, until: number): Promise<void> {
    const { clock } = this.#engine;
    const wait = Math.min(leaseTerm, Math.max(1, until - clock.wall()));
    const waited = await this.#line.ask('wait', wait + patience.read, async () => {
      await this.#store.waitForChange(hash, change, wait);
      return true;
    });
    if (waited) return;
    // Whoever cannot be told looks again, and again: not without end in one turn.
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.setTimeout(resolve, Math.min(wait, unnotified)).unref();
    await promise;
  }

  /** Hands a value that was `set` to the store. Resolves to whether the store has it; never rejects. */
  persistSet(partition: Partition, id: KeyId): Promise<boolean> {
    const setting = this.#track(this.#writer.persistSet(partition, id));
    this.#sets.set(setting, partition.key(id).digest);
    void setting.then(() => this.#sets.delete(setting));
    return setting;
  }

  /** Hands a value that was generated to the store, and gives its lease back. Never rejects. */
  async persistMade(partition: Partition, id: KeyId, lease: Lease | undefined): Promise<void> {
    await this.#track(
      lease === undefined
        ? this.#writer.persistUnleased(partition, id)
        : this.#writer.persistLeased(partition, id, lease),
    );
  }

  /** Tells the store what is forbidden. @throws E_UNCONFIRMED where it does not confirm */
  async invalidate(target: Target): Promise<void> {
    if (await this.#enforce('invalidate', target)) return;
    throw new HoldfastError(
      'E_UNCONFIRMED',
      'the store did not confirm an invalidation: it is in force in this process, and other processes are told when the ' +
        'store answers again',
    );
  }

  /** Never rejects. @returns whether the store has it */
  expire(target: Target): Promise<boolean> {
    return this.#enforce('expire', target);
  }

  /** The keys of the records that were made from a file, or from another entry. Never rejects. */
  async dependents(on: string | Key): Promise<readonly Key[]> {
    const wanted = typeof on === 'string' ? { path: on } : { key: on.digest };
    const hashes = await this.#line.ask('dependents', patience.read, () => this.#store.dependents(wanted));
    if (hashes === undefined || hashes.length === 0) return [];
    const records = await this.#line.ask('read', patience.read, () => this.#store.readMany(hashes));
    return [...(records?.values() ?? [])].flatMap(({ envelope }) => {
      const unpacked = unpack(envelope, { maxBytes: mostRecordVariants * this.#engine.maxEntryBytes });
      return unpacked.ok ? [unpacked.record.key] : [];
    });
  }

  /** False: what other processes have done meanwhile is not known. All who ask in one turn are told by one answer. */
  catchUp(): Promise<boolean> {
    this.#catchingUp ??= Promise.resolve().then(() => {
      this.#catchingUp = undefined;
      return this.#catchUp();
    });
    return this.#catchingUp;
  }

  /** Resolves when every write that was accepted before has settled. */
  async flush(): Promise<void> {
    while (this.#writes.size > 0) await Promise.allSettled(this.#writes);
  }

  /** Gives what was accepted so many milliseconds, and closes the store. Never rejects. */
  async close(limit: Milliseconds): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = limit > 0 ? this.#engine.clock.setTimeout(resolve, limit) : undefined;
    if (timer === undefined) resolve();
    await Promise.race([this.#finish(), promise]);
    this.#closed = true;
    this.#backlog.close();
    this.#unsubscribe();
    await Promise.race([
      this.#store.close().catch((error: unknown) => this.#line.fail('close', error)),
      promise,
    ]);
    timer?.cancel();
  }

  /** Writes everything, and once more what could not be written the first time. */
  async #finish(): Promise<void> {
    await this.flush();
    for (let attempt = 0; attempt < 2 && !this.#backlog.isEmpty; attempt += 1) await this.#backlog.work();
  }

  async #catchUp(): Promise<boolean> {
    const caughtUp = await this.#line.ask('catch up', patience.read, async () => {
      await this.#store.catchUp();
      return true;
    });
    return caughtUp ?? false;
  }

  /** In force for this process's reads of the store at once. Resolves to whether the store has confirmed it. */
  async #enforce(action: Untold['action'], target: Target): Promise<boolean> {
    const at = this.#engine.clock.wall();
    const demands = this.#selectors(target).map((selector): Untold => ({ action, selector, at }));
    for (const untold of demands) this.#backlog.enforce(untold);
    return this.#track(this.#tellInOrder(demands));
  }

  async #tellInOrder(demands: readonly Untold[]): Promise<boolean> {
    const told = await Promise.all(
      demands.map(async (untold) => {
        await this.#setsBefore(untold.selector);
        return this.#backlog.tell(untold);
      }),
    );
    return told.every(Boolean);
  }

  /** Waits for the writes that a selector may mean, for as long as the store is given to be told of it. */
  async #setsBefore({ hash }: StoreSelector): Promise<void> {
    const before = [...this.#sets].filter(([, own]) => hash === undefined || own === hash);
    if (before.length === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#engine.clock.setTimeout(resolve, patience.forbid);
    timer.unref();
    await Promise.race([Promise.all(before.map(([setting]) => setting)), promise]);
    timer.cancel();
  }

  async #tell({ action, selector, at }: Untold): Promise<boolean> {
    const sequence = await this.#line.ask(action, patience.forbid, () =>
      action === 'invalidate' ? this.#store.invalidate(selector) : this.#store.expire(selector, at),
    );
    // Until now it was in force for what is read: a read that the store did before it must not come in after it.
    if (sequence !== undefined) this.#engine.sequence += 1;
    return sequence !== undefined;
  }

  /** Other processes have done something. */
  #apply(change: StoreChange): void {
    const engine = this.#engine;
    if (this.#closed) return;
    switch (change.type) {
      case 'invalidated':
      case 'expired': {
        const target = this.#targetOf(change.selector);
        if (target === undefined) this.#engine.sequence += 1;
        else if (change.type === 'invalidated') invalidateTarget(engine, target);
        else expireTarget(engine, target);
        return;
      }
      case 'set': {
        const target = this.#targetOf({ hash: change.hash });
        if (target === undefined) engine.sequence += 1;
        else invalidateTarget(engine, target);
        return;
      }
      case 'missed':
        expireTarget(engine, {
          scope: undefined,
          kind: undefined,
          key: undefined,
          tag: undefined,
          file: undefined,
        });
    }
  }

  /** Undefined: nothing of that key is in this process, unless it is being read. */
  #targetOf({ scope, kind, hash, tag, path }: StoreSelector): Target | undefined {
    if (hash === undefined) return { scope, kind, key: undefined, tag, file: path };
    const key = this.#places.get(hash);
    return key && { scope: key.scope, kind: key.kind, key, tag, file: path };
  }

  /** What is said in this process of keys, in the words of the store, which knows them by their hashes. */
  #selectors({ scope, kind, key, tag, file }: Target): StoreSelector[] {
    const rest = { ...(tag !== undefined && { tag }), ...(file !== undefined && { path: file }) };
    const where = { ...(scope !== undefined && { scope }), ...(kind !== undefined && { kind }) };
    if (key === undefined) return [{ ...rest, ...where }];
    if (key instanceof Key) return [{ ...rest, hash: key.digest }];
    // A key of all scopes has a hash in each, and other processes may know scopes that this one does not.
    if (scope === undefined || kind === undefined) return [{ ...rest, ...where }];
    const partition = this.#engine.partition(scope, kind);
    return [{ ...rest, hash: partition.key(keyIdOf(key, scope, kind)).digest }];
  }

  /** The name of a key in the store; what other processes do to it is heeded from now on. */
  locate(partition: Partition, id: KeyId): string {
    if (this.#places.size >= this.#sweepAt) this.#sweep();
    const key = partition.key(id);
    this.#places.set(key.digest, key);
    return key.digest;
  }

  /** Forgets the keys of which nothing is in memory any more. */
  #sweep(): void {
    for (const [hash, key] of this.#places) {
      const partition = this.#engine.partition(key.scope, key.kind);
      if (partition.slot(key.id) === undefined && !partition.flights.has(key.id)) this.#places.delete(hash);
    }
    this.#sweepAt = Math.max(1_024, 2 * this.#places.size);
  }

  #track<R>(writing: Promise<R>): Promise<R> {
    const settled: Promise<void> = writing.then(nothing, nothing).then(() => {
      this.#writes.delete(settled);
    });
    this.#writes.add(settled);
    return writing;
  }

  #refuse({ scope, kind }: Partition, key: Key, reason: string): void {
    const { emitter } = this.#engine;
    if (emitter.wants('record.refused')) emitter.emit({ type: 'record.refused', scope, kind, key, reason });
    // Another version of Holdfast may still want its own; damage nobody does.
    if (reason === 'damaged')
      void this.#line.ask('delete', patience.read, () => this.#store.delete(key.digest));
  }
}

function nothing(): void {}

function failureOf(error: unknown): SharedFailure {
  const name = error instanceof Error ? error.name : typeof error;
  return HoldfastError.isInstance(error) ? { name, code: error.code } : { name };
}
