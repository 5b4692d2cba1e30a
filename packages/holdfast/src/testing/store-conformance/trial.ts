import assert from 'node:assert/strict';
import { sha256 } from '../../lib/canonical.ts';
import { Key } from '../../model/key.ts';
import { pack, unpack } from '../../stores/envelope.ts';
import type { Claim, NewRecord, Store, StoreChange, StoredRecord } from '../../stores/store.ts';
import type { StoreBench } from './bench.ts';

/** One statement about stores. Rejects where it is wrong. */
export interface StoreCase {
  readonly name: string;
  check(trial: Trial): Promise<void>;
}

/** Within so many milliseconds a change is told everywhere. */
const tellTime = 100;
/** The port does not say how soon who waits is woken; later is of no use. */
export const wakeTime = 1_000;

/** One run of a case: its own stores, and what is told of them. */
export class Trial {
  readonly bench: StoreBench;
  readonly term: number;
  readonly #name: string;
  readonly #stores: Store[] = [];

  constructor(bench: StoreBench, name: string) {
    this.bench = bench;
    this.term = bench.term ?? 10_000;
    this.#name = name;
  }

  /** Another store over what all stores of the trial share. */
  async open(): Promise<Store> {
    return this.#keep(await this.bench.open(this.#name));
  }

  async openSmall(): Promise<Store | undefined> {
    const store = await this.bench.openSmall?.(this.#name);
    return store === undefined ? undefined : this.#keep(store);
  }

  async end(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
  }

  /** A record with an envelope that is sound, and differs from every other of the trial. */
  record(id: string, over: Partial<NewRecord> = {}, value: Uint8Array = Buffer.from(id)): NewRecord {
    const { scope = '', kind = 'kind' } = over;
    const key = new Key(scope, kind, id);
    return {
      hash: key.digest,
      scope,
      kind,
      tags: [],
      paths: [],
      keys: [],
      uselessAt: Number.POSITIVE_INFINITY,
      envelope: envelopeOf(key, value),
      ...over,
    };
  }

  /** What a store is told from now on. */
  listen(store: Store): StoreChange[] {
    const heard: StoreChange[] = [];
    store.subscribe((change) => heard.push(change));
    return heard;
  }

  /** Waits until something is so: by default no longer than a change may take to be told. */
  async soon(holds: () => boolean, what: string, atMost = tellTime): Promise<void> {
    const step = 5;
    for (let waited = 0; !holds(); waited += step) {
      assert.ok(waited < atMost, `${what}, within ${atMost} ms`);
      await this.bench.advance(step);
    }
  }

  #keep(store: Store): Store {
    this.#stores.push(store);
    return store;
  }
}

function envelopeOf(key: Key, value: Uint8Array): Uint8Array {
  const trace = { environment: [], sources: [], groups: [] };
  const rest = { agedAt: undefined, cost: undefined, digest: undefined, origin: undefined };
  const times = { madeAt: 1, verifiedAt: 1, seconds: 1 };
  return pack({
    key,
    variants: [{ value: { codec: 'bytes', bytes: value }, ...times, ...rest, tags: [], trace }],
  });
}

/** A hash that no record of a trial has. */
export const hashOf = (text: string): string => sha256(`${text} by itself`);

/** Whether what came back is what was handed in: to the byte, or the same record compressed. */
function isEnvelope(found: Uint8Array, committed: Uint8Array): boolean {
  if (Buffer.compare(found, committed) === 0) return true;
  const unpacked = unpack(found, { maxBytes: committed.length });
  return unpacked.ok && Buffer.compare(pack(unpacked.record), committed) === 0;
}

export function assertRecord(
  found: StoredRecord | undefined,
  committed: NewRecord,
  expiredAt?: number | undefined,
): void {
  assert.ok(found !== undefined, 'the record is there');
  assert.ok(isEnvelope(found.envelope, committed.envelope), 'the record is the one that was committed');
  assert.equal(found.expiredAt, expiredAt);
}

/** A claim that came to a lease. */
export async function acquired(store: Store, hash: string, term: number) {
  const claim = await store.acquire(hash, term);
  assert.equal(claim.state, 'acquired');
  return claim as Extract<Claim, { state: 'acquired' }>;
}

/** A claim that came upon somebody else's lease. */
export async function held(store: Store, hash: string, term: number) {
  const claim = await store.acquire(hash, term);
  assert.equal(claim.state, 'held');
  return claim as Extract<Claim, { state: 'held' }>;
}

export async function put(store: Store, ...records: readonly NewRecord[]): Promise<void> {
  for (const record of records) assert.equal(await store.commit(record), 'committed');
}

/** The hashes of those of some records that a store has. */
export async function present(store: Store, records: readonly NewRecord[]): Promise<string[]> {
  const found = await store.readMany(records.map(({ hash }) => hash));
  return records.filter(({ hash }) => found.has(hash)).map(({ hash }) => hash);
}
