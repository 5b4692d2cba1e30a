import { HoldfastError } from '../lib/errors.ts';
import type { StoreChange, StoreSelector } from '../stores/store.ts';
import type { Backlog, Untold } from './backlog.ts';
import type { Engine } from './engine.ts';
import { expireTarget, invalidateTarget } from './invalidation.ts';
import type { KnownKeys } from './known-keys.ts';
import type { Target } from './matching.ts';
import type { PendingWrites } from './pending-writes.ts';
import { patience, type StoreLine } from './store-line.ts';
import type { StoreWriter } from './store-writer.ts';

const everything: Target = {
  scope: undefined,
  kind: undefined,
  key: undefined,
  tag: undefined,
  file: undefined,
};

/** How processes tell each other, through their store, what is forbidden or aged. */
export class Backplane {
  readonly #engine: Engine;
  readonly #line: StoreLine;
  readonly #backlog: Backlog;
  readonly #keys: KnownKeys;
  readonly #writer: StoreWriter;
  readonly #writes: PendingWrites;

  constructor(
    engine: Engine,
    line: StoreLine,
    backlog: Backlog,
    keys: KnownKeys,
    writer: StoreWriter,
    writes: PendingWrites,
  ) {
    this.#engine = engine;
    this.#line = line;
    this.#backlog = backlog;
    this.#keys = keys;
    this.#writer = writer;
    this.#writes = writes;
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

  /** Tells the store once. Resolves to whether it has confirmed. Never rejects. */
  async tell({ action, selector, at }: Untold): Promise<boolean> {
    const sequence = await this.#line.ask(action, patience.forbid, (store) =>
      action === 'invalidate' ? store.invalidate(selector) : store.expire(selector, at),
    );
    // Until now it was in force for what is read: a read that the store did before it must not come in after it.
    if (sequence !== undefined) this.#engine.sequence += 1;
    return sequence !== undefined;
  }

  /** Another process has done something. */
  apply(change: StoreChange): void {
    switch (change.type) {
      case 'invalidated':
        this.#apply(invalidateTarget, change.selector);
        return;
      case 'expired':
        this.#apply(expireTarget, change.selector);
        return;
      case 'set':
        this.#apply(invalidateTarget, { hash: change.hash });
        return;
      case 'missed': {
        const { emitter } = this.#engine;
        expireTarget(this.#engine, everything);
        if (emitter.wants('store.missed')) emitter.emit({ type: 'store.missed' });
      }
    }
  }

  #apply(put: typeof invalidateTarget | typeof expireTarget, selector: StoreSelector): void {
    const target = this.#keys.targetOf(selector);
    // What is being read may be meant.
    if (target === undefined) this.#engine.sequence += 1;
    else put(this.#engine, target);
  }

  /** In force for this process's reads of the store at once. Resolves to whether the store has confirmed it. */
  async #enforce(action: Untold['action'], target: Target): Promise<boolean> {
    const selector = this.#keys.selectorOf(target);
    const untold: Untold = { action, selector, at: this.#engine.clock.wall() };
    this.#backlog.enforce(untold);
    return this.#writes.add(this.#tellInOrder(untold));
  }

  async #tellInOrder(untold: Untold): Promise<boolean> {
    await this.#writer.setsBefore(untold.selector);
    return this.#backlog.tell(untold);
  }
}
