import { Account } from '../ledger/account.ts';
import { type Owner, slotsOf } from '../memory/entry-table.ts';
import { Key, type KeyId } from '../model/key.ts';
import type { Engine } from './engine.ts';
import { Failures } from './failures.ts';
import type { Flight } from './flight.ts';
import type { KindPolicy } from './kind.ts';

/** Everything of one kind in one scope: its entries' slots, flights, remembered failures, and account. */
export class Partition implements Owner {
  readonly engine: Engine;
  readonly scope: string;
  readonly kind: string;
  readonly policy: KindPolicy;
  readonly seed: number;
  readonly strings = new Map<string, number>();
  readonly compounds = new Map<string, number>();
  /** The attached flight of each key: the one that callers join. */
  readonly flights = new Map<KeyId, Flight>();
  readonly failures = new Failures();
  readonly account = new Account();
  /** Generators that were given up and have not ended yet. */
  leftRunning = 0;

  constructor(engine: Engine, scope: string, kind: string, policy: KindPolicy, seed: number) {
    this.engine = engine;
    this.scope = scope;
    this.kind = kind;
    this.policy = policy;
    this.seed = seed;
  }

  slot(id: KeyId): number | undefined {
    return slotsOf(this, id).get(id);
  }

  key(id: KeyId): Key {
    return new Key(this.scope, this.kind, id);
  }

  /**
   * Detaches the key's flight and ends its back-off: something newer takes the place of what is being made. The caller
   * puts that in its place, and only then lets go of the flight's generation (`abandonIfUnwanted`): that runs listeners
   * of its signal, who may call for the key again.
   */
  overtake(id: KeyId, by: 'set'): Flight | undefined {
    if (this.failures.size > 0) this.failures.forget(id);
    if (this.flights.size === 0) return undefined;
    const flight = this.flights.get(id);
    flight?.detach(by);
    return flight;
  }

  credit(hits: number, slot: number): void {
    const { table } = this.engine;
    this.account.outcomes.hit += hits;
    this.account.save('hit', table.note(slot)?.cost, table.seconds(slot), hits);
  }
}
