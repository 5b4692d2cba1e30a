import assert from 'node:assert/strict';
import type { NewRecord, Store, StoreSelector } from '../../stores/store.ts';
import { type Fault, type Faults, randomFaults, randomNumbers } from '../faults.ts';
import { FaultyStore } from '../faulty-store.ts';
import type { StoreBench } from './bench.ts';
import { History } from './history.ts';
import { Trial } from './trial.ts';
import { assertStoreError } from './under-faults.ts';

const rate = 0.3;

/** Turns of the clock in which everything that was begun has to end. */
const mostTurns = 1_000;

/**
 * Several stores that fail, written and read at random, and at once, by generations that are overtaken, sets,
 * invalidations and expiries: fences hold, no record is wrong, and every error is an E_STORE.
 */
export class Storm {
  readonly #trial: Trial;
  readonly #history = new History();
  readonly #random: () => number;
  readonly #term: number;
  #stores: Store[] = [];
  #count = 0;

  constructor(bench: StoreBench, name: string, seed: number) {
    this.#trial = new Trial(bench, name);
    this.#term = this.#trial.term;
    this.#random = randomNumbers(seed);
  }

  async run(deeds: number): Promise<void> {
    try {
      const truth = await this.#trial.open();
      this.#stores = [await this.#faulty(1), await this.#faulty(2), await this.#faulty(3)];
      let underWay = 0;
      let wrong: unknown;
      for (let count = 0; count < deeds; count += 1) {
        underWay += 1;
        this.#deed(truth)
          .catch((error: unknown) => {
            wrong ??= error;
          })
          .finally(() => {
            underWay -= 1;
          });
        await this.#trial.bench.advance(this.#random() < 0.5 ? 0 : this.#random() * this.#term * 0.3);
        if (wrong !== undefined) throw wrong;
      }
      for (let turn = 0; underWay > 0 && turn < mostTurns; turn += 1)
        await this.#trial.bench.advance(this.#term / 10);
      assert.equal(underWay, 0, 'every call ends');
      if (wrong !== undefined) throw wrong;
    } finally {
      await this.#trial.end();
    }
  }

  async #faulty(number: number): Promise<Store> {
    const seed = Math.floor(this.#random() * 2 ** 31) + number;
    const { clock } = this.#trial.bench;
    return new FaultyStore(await this.#trial.open(), { faults: this.#faults(seed), seed, clock });
  }

  /** A commit that is fenced may be done whenever; what is not is done by the time that its call has failed. */
  #faults(seed: number): Faults {
    const delay: Fault = { type: 'delay', milliseconds: this.#term * 0.4 };
    const always: Fault[] = [
      { type: 'error' },
      { type: 'lost' },
      { type: 'repeated' },
      { type: 'damage' },
      delay,
    ];
    const late: Fault[] = [this.#term * 0.2, this.#term * 0.7, this.#term * 1.5].map((milliseconds) => ({
      type: 'late',
      milliseconds,
    }));
    const usual = randomFaults({ seed, rate, faults: always });
    const fenced = randomFaults({ seed, rate, faults: [...always, ...late] });
    return (call) => (call.method === 'commit' && this.#fenced ? fenced(call) : usual(call));
  }

  /** Whether the commit that is being called has a fence: a call is begun before anything else happens. */
  #fenced = false;

  async #deed(truth: Store): Promise<void> {
    const store = this.#pick(this.#stores);
    const deeds = [
      () => this.#generate(store, truth),
      () => this.#generate(store, truth),
      () => this.#set(store),
      () => this.#invalidate(store),
      () => this.#expire(store),
      () => this.#read(store),
      () => this.#read(truth),
    ];
    await this.#pick(deeds)();
  }

  async #generate(store: Store, truth: Store): Promise<void> {
    const record = this.#record();
    const { hash } = record;
    const claim = await orFailed(store.acquire(hash, this.#term));
    if (claim?.state === 'held') await orFailed(store.waitForChange(hash, claim.change, this.#term));
    if (claim?.state !== 'acquired') return;
    const { token, sequence } = claim;
    const began = this.#history.now();
    this.#history.granted(hash, token, await truth.read(hash));
    if (this.#random() < 0.5) await this.#time(this.#random() * this.#term * 1.5);
    if (this.#random() < 0.3) await orFailed(store.renew(hash, token, this.#term));
    const version = this.#history.committing(record, token, began);
    this.#fenced = true;
    const commit = store.commit(record, { token, sequence });
    this.#fenced = false;
    if ((await orFailed(commit)) === 'committed') this.#history.committed(version);
    if (this.#random() < 0.7) await orFailed(store.release(hash, token, { name: 'Error' }));
  }

  async #set(store: Store): Promise<void> {
    // Until it is over nobody knows whether it came before or after what else is done.
    const version = this.#history.committing(this.#record(), undefined, Number.POSITIVE_INFINITY);
    const result = await orFailed(store.commit(version.record));
    version.began = this.#history.now();
    if (result === 'committed') this.#history.committed(version);
  }

  async #invalidate(store: Store): Promise<void> {
    const selector = this.#selector();
    const acknowledged = this.#history.invalidating(selector);
    if ((await orFailed(store.invalidate(selector))) !== undefined) acknowledged();
  }

  async #expire(store: Store): Promise<void> {
    const selector = this.#selector();
    const at = this.#trial.bench.clock.wall();
    const acknowledged = this.#history.expiring(selector, at);
    if ((await orFailed(store.expire(selector, at))) !== undefined) acknowledged();
  }

  async #read(store: Store): Promise<void> {
    const { hash } = this.#record();
    const from = this.#history.now();
    const found = await orFailed(store.read(hash));
    this.#history.read(hash, found, from);
    if (this.#random() < 0.3) await orFailed(store.catchUp());
  }

  #record(): NewRecord {
    this.#count += 1;
    const kind = this.#pick(['a', 'b']);
    const over = { kind, tags: [this.#pick(['t', 'u'])], paths: [this.#pick(['p', 'q'])] };
    return this.#trial.record(this.#pick(['1', '2']), over, Buffer.from(`value ${this.#count}`));
  }

  #selector(): StoreSelector {
    const { hash, kind, tags, paths } = this.#record();
    const [tag, path] = [tags[0] as string, paths[0] as string];
    return this.#pick<StoreSelector>([
      { hash },
      { kind },
      { tag },
      { path },
      { scope: '' },
      { kind, tag },
      { tag, path },
      {},
    ]);
  }

  #time(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#trial.bench.clock.setTimeout(resolve, milliseconds);
    });
  }

  #pick<T>(things: readonly T[]): T {
    return things[Math.floor(this.#random() * things.length)] as T;
  }
}

/** What a call comes to; undefined where it failed as a store may. */
async function orFailed<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    assertStoreError(error);
    return undefined;
  }
}
