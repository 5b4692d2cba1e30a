import type { Milliseconds } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { Key, KeyId } from '../model/key.ts';
import { mostRecordVariants, type RecordVariant } from '../model/record.ts';
import { pack, unpack } from '../stores/envelope.ts';
import type {
  Claim,
  SharedFailure,
  Store,
  StoreChange,
  StoredRecord,
  StoreSelector,
} from '../stores/store.ts';
import { pathsOf } from '../trace/recorder.ts';
import type { Engine } from './engine.ts';
import { expireTarget, invalidateTarget } from './invalidation.ts';
import { idIn, partitionsOf, readsFile, type Target } from './matching.ts';
import type { Partition } from './partition.ts';
import { adopt, recordOf, revive, uselessAt } from './stored-entries.ts';

/** Milliseconds that a store is given for each thing that it is asked for. */
const patience = { read: 1_000, acquire: 1_000, commit: 10_000, forbid: 5_000 } as const;
/** Failures in a row after which the store is left alone for a while. */
const mostFailures = 5;
const rest = { first: 1_000, longest: 30_000 } as const;
/** Readings of a record while invalidations keep coming. */
const mostReadings = 3;
/** A lease that nobody renews for so long is free. */
export const leaseTerm: Milliseconds = 10_000;

/** A flight's claim on its key across processes. */
export interface Lease {
  readonly hash: string;
  readonly token: number;
  readonly sequence: number;
}

/** An invalidation that the store has not confirmed: in force here, and to be told to the store as soon as it answers. */
interface Unconfirmed {
  readonly selector: StoreSelector;
  /** Wall time: what was made before it is forbidden. */
  readonly at: number;
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
  readonly #unconfirmed: Unconfirmed[] = [];
  /** Keys whose newest value the store has not. */
  readonly #unwritten = new Map<string, Key>();
  readonly #unsubscribe: () => void;
  #failures = 0;
  #askAgainAt = 0;
  #sweepAt = 1_024;

  constructor(engine: Engine, store: Store, strict: boolean) {
    this.#engine = engine;
    this.#store = store;
    this.strict = strict;
    this.#unsubscribe = store.subscribe((change) => this.#apply(change));
  }

  /** Puts in memory what the store holds of these keys, and says of which it holds something. Never rejects. */
  async load(partition: Partition, ids: readonly KeyId[]): Promise<ReadonlySet<KeyId>> {
    const found = new Set<KeyId>();
    const keys = new Map(ids.map((id) => [this.#locate(partition, id), id]));
    for (let attempt = 0; keys.size > 0 && attempt < mostReadings; attempt += 1) {
      const { sequence } = this.#engine;
      const records = await this.#ask('read', patience.read, () => this.#store.readMany([...keys.keys()]));
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
    const admits = (variant: RecordVariant) => !this.#isForbidden(key, variant);
    const variants = await revive(partition, key.id, unpacked.record, expiredAt, admits);
    return this.#engine.sequence === sequence && adopt(partition, key.id, variants);
  }

  /** Undefined: the store cannot say, so that there is no lease to be had. */
  async acquire(hash: string): Promise<Claim | undefined> {
    return this.#ask('acquire', patience.acquire, () => this.#store.acquire(hash, leaseTerm));
  }

  async renew({ hash, token }: Lease): Promise<boolean> {
    return (
      (await this.#ask('renew', patience.acquire, () => this.#store.renew(hash, token, leaseTerm))) ?? true
    );
  }

  /** Never rejects. @param error why the generation came to nothing, for those who wait in other processes */
  async release({ hash, token }: Lease, error?: unknown): Promise<void> {
    const failure = error === undefined ? undefined : failureOf(error);
    await this.#track(
      this.#ask('release', patience.acquire, () => this.#store.release(hash, token, failure)),
    );
  }

  /** Resolves when a key that somebody else has may be had, or its value is there. Never rejects. */
  async waitForChange(hash: string, change: number, until: number): Promise<void> {
    const { clock } = this.#engine;
    const wait = Math.min(leaseTerm, Math.max(1, until - clock.wall()));
    await this.#ask('wait', wait + patience.read, () => this.#store.waitForChange(hash, change, wait));
  }

  /** Hands the entry in memory to the store. Resolves to whether it has it; never rejects. */
  persist(partition: Partition, id: KeyId, lease?: Lease): Promise<boolean> {
    return this.#track(this.#persist(partition, id, lease));
  }

  /** Tells the store what is forbidden. @throws E_UNCONFIRMED where it does not confirm */
  async invalidate(target: Target): Promise<void> {
    const at = this.#engine.clock.wall();
    const told = await Promise.all(
      this.#selectors(target).map(async (selector) => {
        const done = await this.#track(
          this.#ask('invalidate', patience.forbid, () => this.#store.invalidate(selector)),
        );
        if (done === undefined) this.#unconfirmed.push({ selector, at });
        return done !== undefined;
      }),
    );
    if (told.every(Boolean)) return;
    throw new HoldfastError(
      'E_UNCONFIRMED',
      'the store did not confirm an invalidation: it is in force in this process, and other processes are told when the ' +
        'store answers again',
    );
  }

  async expire(target: Target): Promise<boolean> {
    const at = this.#engine.clock.wall();
    const told = await Promise.all(
      this.#selectors(target).map((selector) =>
        this.#track(this.#ask('expire', patience.forbid, () => this.#store.expire(selector, at))),
      ),
    );
    return told.every((sequence) => sequence !== undefined);
  }

  /** The keys of the records that were made from a file, or from another entry. Never rejects. */
  async dependents(on: string | Key): Promise<readonly Key[]> {
    const wanted = typeof on === 'string' ? { path: on } : { key: on.digest };
    const hashes = await this.#ask('dependents', patience.read, () => this.#store.dependents(wanted));
    if (hashes === undefined || hashes.length === 0) return [];
    const records = await this.#ask('read', patience.read, () => this.#store.readMany(hashes));
    return [...(records?.values() ?? [])].flatMap(({ envelope }) => {
      const unpacked = unpack(envelope, { maxBytes: mostRecordVariants * this.#engine.maxEntryBytes });
      return unpacked.ok ? [unpacked.record.key] : [];
    });
  }

  /** False: what other processes have done meanwhile is not known. */
  async catchUp(): Promise<boolean> {
    return (
      (await this.#ask('catch up', patience.read, async () => {
        await this.#store.catchUp();
        return true;
      })) ?? false
    );
  }

  /** Resolves when every write that was accepted before has settled. */
  async flush(): Promise<void> {
    while (this.#writes.size > 0) await Promise.allSettled(this.#writes);
  }

  /** Gives what was accepted so many milliseconds, and closes the store. Never rejects. */
  async close(limit: Milliseconds): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#engine.clock.setTimeout(resolve, limit);
    await Promise.race([this.flush(), promise]);
    this.#unsubscribe();
    await Promise.race([this.#store.close().catch((error: unknown) => this.#fail('close', error)), promise]);
    timer.cancel();
  }

  async #persist(partition: Partition, id: KeyId, lease: Lease | undefined): Promise<boolean> {
    const key = partition.key(id);
    const record = recordOf(partition, id);
    const slot = partition.slot(id);
    const value = slot === undefined ? undefined : this.#engine.table.value(slot);
    if (record === undefined) {
      this.#announceUnstorable(partition, key);
      // What others may still have of the key is not the newest.
      if (lease === undefined)
        await this.#ask('invalidate', patience.forbid, () => this.#store.invalidate({ hash: key.digest }));
      return false;
    }
    const hash = this.#locate(partition, id);
    const { variants } = record;
    const sources = variants.flatMap(({ trace }) => trace.sources);
    const done = await this.#ask('commit', patience.commit, () =>
      this.#store.commit(
        {
          hash,
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
    if (done === undefined) this.#unwritten.set(hash, key);
    else this.#unwritten.delete(hash);
    // What stands there is not the newest, and nobody is to get it.
    if (done === 'full' && lease === undefined) {
      await this.#ask('invalidate', patience.forbid, () => this.#store.invalidate({ hash }));
    }
    if (done === 'fenced') this.#drop(partition, id, value);
    return done === 'committed';
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

  /** Other processes have done something. */
  #apply(change: StoreChange): void {
    const engine = this.#engine;
    if (engine.state === 'closed') return;
    switch (change.type) {
      case 'invalidated':
      case 'expired': {
        const target = this.#targetOf(change.selector);
        if (target === undefined) return;
        if (change.type === 'invalidated') invalidateTarget(engine, target);
        else expireTarget(engine, target);
        return;
      }
      case 'set': {
        const target = this.#targetOf({ hash: change.hash });
        if (target !== undefined) invalidateTarget(engine, target);
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

  /** Undefined: nothing of that key is in this process. */
  #targetOf({ scope, kind, hash, tag, path }: StoreSelector): Target | undefined {
    if (hash === undefined) return { scope, kind, key: undefined, tag, file: path };
    const key = this.#places.get(hash);
    return key && { scope: key.scope, kind: key.kind, key, tag, file: path };
  }

  /** One selector of the store for each key that is meant. */
  #selectors(target: Target): StoreSelector[] {
    const { scope, kind, key, tag, file } = target;
    const rest = { ...(tag !== undefined && { tag }), ...(file !== undefined && { path: file }) };
    if (key !== undefined) {
      return [...partitionsOf(this.#engine, target)].flatMap((partition) => {
        const id = idIn(partition, key);
        return id === undefined ? [] : [{ ...rest, hash: partition.key(id).digest }];
      });
    }
    return [{ ...rest, ...(scope !== undefined && { scope }), ...(kind !== undefined && { kind }) }];
  }

  #isForbidden(key: Key, { madeAt, tags, trace }: RecordVariant): boolean {
    return this.#unconfirmed.some(
      ({ selector, at }) =>
        madeAt <= at &&
        (selector.hash === undefined || selector.hash === key.digest) &&
        (selector.scope === undefined || selector.scope === key.scope) &&
        (selector.kind === undefined || selector.kind === key.kind) &&
        (selector.tag === undefined || tags.includes(selector.tag)) &&
        (selector.path === undefined || readsFile(trace.sources, selector.path)),
    );
  }

  #locate(partition: Partition, id: KeyId): string {
    const key = partition.key(id);
    this.#places.set(key.digest, key);
    if (this.#places.size > this.#sweepAt) this.#sweep();
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

  /** What the store answers; undefined where it fails, takes too long, or is left alone. */
  async #ask<R>(operation: string, limit: Milliseconds, work: () => Promise<R>): Promise<R | undefined> {
    const { clock } = this.#engine;
    if (this.#failures >= mostFailures && clock.now() < this.#askAgainAt) return undefined;
    const { promise, resolve } = Promise.withResolvers<'late'>();
    const timer = clock.setTimeout(() => resolve('late'), limit);
    timer.unref();
    try {
      const working = work();
      const done = await Promise.race([working.then((result) => ({ result })), promise]);
      if (done === 'late') {
        // Whatever it comes to is nobody's business any more.
        working.catch(() => undefined);
        throw new HoldfastError('E_STORE', `the store did not answer within ${limit} ms (${operation})`);
      }
      this.#succeed();
      return done.result;
    } catch (error) {
      this.#fail(operation, error);
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  #fail(operation: string, error: unknown): void {
    const { clock, emitter } = this.#engine;
    this.#failures += 1;
    const over = this.#failures - mostFailures;
    if (over >= 0)
      this.#askAgainAt = clock.now() + Math.min(rest.longest, rest.first * 2 ** Math.min(over, 20));
    if (emitter.wants('store.failed'))
      emitter.emit({ type: 'store.failed', operation, error, resting: over >= 0 });
  }

  #succeed(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    const { emitter } = this.#engine;
    if (emitter.wants('store.recovered')) emitter.emit({ type: 'store.recovered' });
    void this.#track(this.#catchUpStore());
  }

  /** Tells the store what it missed: first what is forbidden, then the newest value of each key. */
  async #catchUpStore(): Promise<void> {
    for (let waiting = this.#unconfirmed[0]; waiting !== undefined; waiting = this.#unconfirmed[0]) {
      const { selector } = waiting;
      const done = await this.#ask('invalidate', patience.forbid, () => this.#store.invalidate(selector));
      if (done === undefined) return;
      this.#unconfirmed.shift();
    }
    for (const [hash, key] of [...this.#unwritten]) {
      const partition = this.#engine.partition(key.scope, key.kind);
      const claim = await this.acquire(hash);
      if (claim === undefined) return;
      this.#unwritten.delete(hash);
      // Somebody makes a newer one.
      if (claim.state !== 'acquired') continue;
      const lease = { hash, token: claim.token, sequence: claim.sequence };
      if (partition.slot(key.id) !== undefined) await this.#persist(partition, key.id, lease);
      await this.release(lease);
    }
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
    if (reason === 'damaged') void this.#ask('delete', patience.read, () => this.#store.delete(key.digest));
  }

  #announceUnstorable({ scope, kind }: Partition, key: Key): void {
    const { emitter } = this.#engine;
    if (emitter.wants('entry.unstorable')) emitter.emit({ type: 'entry.unstorable', scope, kind, key });
  }
}

function nothing(): void {}

function failureOf(error: unknown): SharedFailure {
  const name = error instanceof Error ? error.name : typeof error;
  return HoldfastError.isInstance(error) ? { name, code: error.code } : { name };
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
