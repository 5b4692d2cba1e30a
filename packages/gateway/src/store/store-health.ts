import type { Cache, Kinds, Store } from 'holdfast';
import { counted } from '../counted.ts';
import { codeOf } from '../error-code.ts';

/** What is amiss with a store: each thing is told once when it begins, and stands in the status. */
export class StoreHealth {
  readonly #store: Store;
  readonly #onWarning: (warning: string) => void;
  readonly #told = new Set<string>();
  readonly #refused = new Map<string, number>();
  readonly #unstorable = new Map<string, number>();
  #failure: string | undefined;
  #failures = 0;

  /** @param onWarning told of each kind of trouble once */
  constructor(store: Store, cache: Pick<Cache<Kinds>, 'on'>, onWarning: (warning: string) => void) {
    this.#store = store;
    this.#onWarning = onWarning;
    cache.on('store.failed', ({ operation, error }) => {
      this.#failures += 1;
      this.#failure = `the store does not do what it is asked (${operation}, ${codeOf(error)}): memory has to do`;
      // Whatever fails next is the same trouble; a full disk would else be told with every outline.
      this.#tell('failed', this.#failure);
    });
    cache.on('store.recovered', () => {
      this.#failure = undefined;
      this.#tell('recovered', 'the store answers again');
    });
    cache.on('record.refused', ({ reason }) => {
      this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
      this.#tell(`refused ${reason}`, `a record of the store is not used (${reason}): it is made again`);
    });
    cache.on('entry.unstorable', ({ kind, why }) => {
      // What the store has no room for it says itself.
      if (why === 'room') return;
      this.#unstorable.set(kind, (this.#unstorable.get(kind) ?? 0) + 1);
      this.#tell(`unstorable ${kind}`, `an entry of kind ${kind} cannot be stored: it stays in memory`);
    });
  }

  /** What the store says of itself is found out by asking. */
  look(): void {
    for (const warning of this.#store.status().warnings) this.#tell(warning, `the store: ${warning}`);
  }

  get warnings(): readonly string[] {
    const past = this.#failure === undefined && this.#failures > 0;
    return [
      ...(this.#failure === undefined ? [] : [this.#failure]),
      ...(past ? [`the store failed ${counted(this.#failures, 'time')}, and answers again`] : []),
      ...[...this.#refused].map(
        ([reason, count]) => `${counted(count, 'record')} of the store not used (${reason}): made again`,
      ),
      ...[...this.#unstorable].map(
        ([kind, count]) => `${counted(count, 'time')} an entry of kind ${kind} could not be stored`,
      ),
      ...this.#store.status().warnings.map((warning) => `the store: ${warning}`),
    ];
  }

  #tell(trouble: string, warning: string): void {
    if (this.#told.has(trouble)) return;
    this.#told.add(trouble);
    this.#onWarning(warning);
  }
}
