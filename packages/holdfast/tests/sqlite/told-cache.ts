import { type Cache, createCache, type HoldfastEvent, type KindDefinition, kind } from '../../src/index.ts';
import { Key, keyIdOf } from '../../src/model/key.ts';
import type { Store } from '../../src/stores/store.ts';

const names = [
  'store.failed',
  'store.recovered',
  'store.missed',
  'record.refused',
  'entries.expired',
  'entry.fenced',
] as const;

/** A cache over a store, with all that it tells of the store, and what the store has acknowledged to it. */
export class ToldCache {
  readonly cache: Cache<{ default: KindDefinition<string> }>;
  readonly store: Store;
  readonly told: HoldfastEvent[] = [];
  readonly #committed = new Set<string>();
  readonly #looks = new Set<() => void>();

  constructor(store: Store) {
    this.store = store;
    const commit = store.commit.bind(store);
    store.commit = async (record, fence) => {
      const outcome = await commit(record, fence);
      if (outcome === 'committed') this.#committed.add(record.hash);
      this.#look();
      return outcome;
    };
    this.cache = createCache({ store, kinds: { default: kind<string>() } });
    for (const name of names) {
      this.cache.on(name, (event) => {
        this.told.push(event);
        this.#look();
      });
    }
  }

  /** Why the store has failed, in words. */
  get failures(): string {
    return this.told
      .flatMap((event) => (event.type === 'store.failed' ? [(event.error as Error).message] : []))
      .join('\n');
  }

  /** Resolves when an event, or an acknowledgement, has made it so. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds()) resolve();
    };
    this.#looks.add(look);
    await promise;
    this.#looks.delete(look);
  }

  /** Resolves when the store has acknowledged a value of each of these, whether at once or when it answered again. */
  stored(...keys: readonly string[]): Promise<void> {
    const hashes = keys.map((key) => new Key('', 'default', keyIdOf(key, '', 'default')).digest);
    return this.until(() => hashes.every((hash) => this.#committed.has(hash)));
  }

  /** Sets a value until it is persisted: once more as soon as the store has answered again. */
  async persist(key: string, value: string): Promise<void> {
    while (!(await this.cache.set(key, value)).persisted) await this.until(() => !this.#isFailing);
  }

  get #isFailing(): boolean {
    return (
      this.told.findLast(({ type }) => type === 'store.failed' || type === 'store.recovered')?.type ===
      'store.failed'
    );
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}
