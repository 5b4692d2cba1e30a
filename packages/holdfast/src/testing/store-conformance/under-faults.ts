import { AssertionError } from 'node:assert';
import assert from 'node:assert/strict';
import { HoldfastError } from '../../lib/errors.ts';
import { pack, unpack } from '../../stores/envelope.ts';
import type { Fence, NewRecord, Store, StoredRecord } from '../../stores/store.ts';
import { type Fault, randomFaults } from '../faults.ts';
import { FaultyStore, type FaultyStoreOptions } from '../faulty-store.ts';
import type { StoreBench } from './bench.ts';
import { type StoreCase, Trial } from './trial.ts';

const faults: readonly Fault[] = [
  { type: 'error' },
  { type: 'lost' },
  { type: 'repeated' },
  { type: 'damage' },
];

/**
 * Runs a statement over stores that fail. What it states may be wrong then; but every error is an E_STORE, and whatever
 * comes back and can be unpacked is what was committed under that very hash.
 */
export async function runUnderFaults(
  { check }: StoreCase,
  bench: StoreBench,
  name: string,
  seed: number,
): Promise<void> {
  const committed: Committed = new Map();
  let opened = 0;
  const faulty = (store: Store): Store => {
    opened += 1;
    const options = { seed: seed + opened, rate: 0.1, faults };
    return new WatchedStore(store, { faults: randomFaults(options), seed: seed + opened }, committed);
  };
  const { openSmall } = bench;
  const trial = new Trial(
    {
      ...bench,
      open: async (backing) => faulty(await bench.open(backing)),
      ...(openSmall === undefined
        ? {}
        : { openSmall: async (backing) => faulty(await openSmall.call(bench, backing)) }),
      advance: (milliseconds) => bench.advance(milliseconds),
    },
    name,
  );
  try {
    await check(trial);
  } catch (error) {
    const expected = HoldfastError.isInstance(error)
      ? error.code === 'E_STORE'
      : error instanceof AssertionError && !(error instanceof WrongRecord);
    if (!expected) throw error;
  } finally {
    await trial.end();
  }
}

type Committed = Map<string, NewRecord[]>;

class WrongRecord extends AssertionError {}

/** Knows what was handed in, and looks at all that is handed out. */
class WatchedStore extends FaultyStore {
  readonly #committed: Committed;

  constructor(store: Store, options: FaultyStoreOptions, committed: Committed) {
    super(store, options);
    this.#committed = committed;
  }

  override commit(record: NewRecord, fence?: Fence): Promise<'committed' | 'fenced' | 'full'> {
    const { hash, envelope } = record;
    const before = this.#committed.get(hash) ?? [];
    this.#committed.set(hash, [...before, { ...record, envelope: new Uint8Array(envelope) }]);
    return super.commit(record, fence);
  }

  override async read(hash: string): Promise<StoredRecord | undefined> {
    const found = await super.read(hash);
    if (found !== undefined) this.#look(hash, found);
    return found;
  }

  override async readMany(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>> {
    const all = await super.readMany(hashes);
    for (const [hash, found] of all) this.#look(hash, found);
    return all;
  }

  #look(hash: string, { envelope }: StoredRecord): void {
    const unpacked = unpack(envelope, { maxBytes: 1e8 });
    if (!unpacked.ok) return;
    const plain = pack(unpacked.record);
    const known = this.#committed.get(hash)?.some((record) => Buffer.compare(record.envelope, plain) === 0);
    if (known !== true) throw new WrongRecord({ message: 'a record was never committed under its hash' });
  }
}

/** Asserts that an error is one that a store may have. */
export function assertStoreError(error: unknown): void {
  assert.ok(HoldfastError.isInstance(error) && error.code === 'E_STORE', String(error));
}
