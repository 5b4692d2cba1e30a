import { afterEach, expect } from 'vitest';
import type { SqliteStoreOptions } from '../../src/adapters/sqlite/index.ts';
import type { Outcome } from '../../src/index.ts';
import { assertInvariants } from '../../src/testing/index.ts';
import { open } from './folder.ts';
import { madeOf } from './record.ts';
import { ToldCache } from './told-cache.ts';

const hosts: Host[] = [];

/** A program with a cache over a store in a file, closed after the test. */
export class Host extends ToldCache {
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

  async close(): Promise<void> {
    await this.cache.flush();
    assertInvariants(this.cache);
    await this.cache.close();
  }
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map(({ cache }) => cache.close({ timeout: 1_000 })));
});
