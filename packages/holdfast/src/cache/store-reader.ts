import type { EntryNote } from '../memory/entry-note.ts';
import type { Key, KeyId } from '../model/key.ts';
import { mostRecordVariants, type RecordVariant } from '../model/record.ts';
import { sealOf, unpack } from '../stores/envelope.ts';
import type { StoredRecord } from '../stores/store.ts';
import type { Backlog } from './backlog.ts';
import type { Engine } from './engine.ts';
import type { KnownKeys } from './known-keys.ts';
import type { Partition } from './partition.ts';
import { patience, type StoreLine } from './store-line.ts';
import { adopt, revive } from './stored-entries.ts';

/** Readings of a record while invalidations keep coming. */
const mostReadings = 3;
/** Entries of which it is remembered what record they were taken from. */
const mostTaken = 1_000;

interface Taken {
  readonly seal: number | undefined;
  readonly bytes: number;
  readonly expiredAt: number | undefined;
}

/** Takes what a store holds into memory, as far as it is allowed there. */
export class StoreReader {
  readonly #engine: Engine;
  readonly #line: StoreLine;
  readonly #backlog: Backlog;
  readonly #keys: KnownKeys;
  /** The records that were taken lately, by what memory made of them: they are read again under the lease. */
  #taken = new WeakMap<EntryNote, Taken>();
  #takenCount = 0;
  /** Asked in this turn; has not begun. */
  #catchingUp: Promise<boolean> | undefined;

  constructor(engine: Engine, line: StoreLine, backlog: Backlog, keys: KnownKeys) {
    this.#engine = engine;
    this.#line = line;
    this.#backlog = backlog;
    this.#keys = keys;
  }

  /** Puts in memory what the store holds of these keys, and says of which it holds something. Never rejects. */
  async load(partition: Partition, ids: readonly KeyId[]): Promise<ReadonlySet<KeyId>> {
    const found = new Set<KeyId>();
    const keys = new Map(ids.map((id) => [this.#keys.locate(partition, id), id]));
    for (let attempt = 0; keys.size > 0 && attempt < mostReadings; attempt += 1) {
      const { sequence } = this.#engine;
      const records = await this.#line.ask('read', patience.read, (store) =>
        store.readMany([...keys.keys()]),
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

  /** The keys of the records that were made from a file, or from another entry. Never rejects. */
  async dependents(on: string | Key): Promise<readonly Key[]> {
    const wanted = typeof on === 'string' ? { path: on } : { key: on.digest };
    const hashes = await this.#line.ask('dependents', patience.read, (store) => store.dependents(wanted));
    if (hashes === undefined || hashes.length === 0) return [];
    const records = await this.#line.ask('read', patience.read, (store) => store.readMany(hashes));
    return [...(records?.values() ?? [])].flatMap(({ envelope }) => {
      const unpacked = unpack(envelope, { maxBytes: this.#mostBytes });
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

  async #catchUp(): Promise<boolean> {
    const caughtUp = await this.#line.ask('catch up', patience.read, async (store) => {
      await store.catchUp();
      return true;
    });
    return caughtUp ?? false;
  }

  async #adopt(partition: Partition, key: Key, record: StoredRecord, sequence: number): Promise<boolean> {
    if (this.#isTaken(partition, key, record)) return true;
    const { envelope, expiredAt } = record;
    const unpacked = unpack(envelope, { maxBytes: this.#mostBytes, key });
    if (!unpacked.ok) {
      this.#refuse(partition, key, unpacked.reason);
      return false;
    }
    const judge = (variant: RecordVariant) => this.#backlog.judge(key, variant);
    const variants = await revive(partition, key.id, unpacked.record, expiredAt, judge);
    if (this.#engine.sequence !== sequence || !adopt(partition, key.id, variants)) return false;
    this.#keys.add(key);
    this.#remember(partition, key, record);
    return true;
  }

  /** Whether memory holds what it made of this very record, and nothing else has come to it since. */
  #isTaken(partition: Partition, key: Key, { envelope, expiredAt }: StoredRecord): boolean {
    const note = noteOf(partition, key);
    const taken = note && this.#taken.get(note);
    return (
      taken !== undefined &&
      taken.seal === sealOf(envelope) &&
      taken.bytes === envelope.length &&
      taken.expiredAt === expiredAt
    );
  }

  #remember(partition: Partition, key: Key, { envelope, expiredAt }: StoredRecord): void {
    const note = noteOf(partition, key);
    if (note === undefined) return;
    this.#takenCount += 1;
    if (this.#takenCount > mostTaken) {
      this.#taken = new WeakMap();
      this.#takenCount = 1;
    }
    this.#taken.set(note, { seal: sealOf(envelope), bytes: envelope.length, expiredAt });
  }

  #refuse({ scope, kind }: Partition, key: Key, reason: string): void {
    const { emitter } = this.#engine;
    if (emitter.wants('record.refused')) emitter.emit({ type: 'record.refused', scope, kind, key, reason });
    // Another version of Holdfast may still want its own; damage nobody does.
    if (reason === 'damaged')
      void this.#line.ask('delete', patience.read, (store) => store.delete(key.digest));
  }

  get #mostBytes(): number {
    return mostRecordVariants * this.#engine.maxEntryBytes;
  }
}

function noteOf(partition: Partition, { id }: Key): EntryNote | undefined {
  const slot = partition.slot(id);
  return slot === undefined ? undefined : partition.engine.table.note(slot);
}
