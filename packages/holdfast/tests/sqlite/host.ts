import { afterEach, expect } from 'vitest';
import type { SqliteStoreOptions } from '../../src/adapters/sqlite/index.ts';
import {
  type Cache,
  createCache,
  type HoldfastEvent,
  type KindDefinition,
  kind,
  type Outcome,
} from '../../src/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { assertInvariants } from '../../src/testing/index.ts';
import { open } from './folder.ts';
import { madeOf } from './record.ts';

const hosts: Host[] = [];

/** A program with a cache over a store in a file, and all that it was told. */
export class Host {
  readonly cache: Cache<{ default: KindDefinition<string> }>;
  readonly store: Store;
  readonly told: HoldfastEvent[] = [];

  private constructor(store: Store) {
    this.store = store;
    this.cache = createCache({ store, kinds: { default: kind<string>() } });
    for (const name of [
      'store.failed',
      'store.recovered',
      'record.refused',
      'entries.expired',
      'entry.fenced',
    ] as const) {
      this.cache.on(name, (event) => this.told.push(event));
    }
  }

  static async open(path: string, options?: SqliteStoreOptions): Promise<Host> {
    const host = new Host(await open(path, options));
    hosts.push(host);
    return host;
  }

  /** Asks for the values of some keys, which are right, however they are come by. */
  async make(keys: readonly string[]): Promise<Set<Outcome>> {
    const outcomes = new Set<Outcome>();
    for (const key of keys) {
      const { value, outcome } = await this.cache.resolve(key, async () => madeOf(key));
      expect(value).toBe(madeOf(key));
      outcomes.add(outcome);
    }
    return outcomes;
  }

  /** Why the store has failed, in words. */
  get failures(): string {
    return this.told
      .flatMap((event) => (event.type === 'store.failed' ? [(event.error as Error).message] : []))
      .join('\n');
  }

  async close(): Promise<void> {
    await this.cache.flush();
    assertInvariants(this.cache);
    await this.cache.close();
  }
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map(({ cache }) => cache.close({ timeout: 1_000 })));
});
