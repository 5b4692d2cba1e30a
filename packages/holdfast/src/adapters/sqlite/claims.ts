import type { Claim } from '../../stores/store.ts';
import { storeError } from './failing.ts';
import type { Deed, Deeds } from './order.ts';

/** Milliseconds after which a lease is not worth waiting for: its caller generates without one. */
const timeout = 250;
const mostJoined = 10_000;

/** Asks for leases, never for long, and remembers which ones this store has waited for. */
export class Claims {
  readonly #order: <D extends Deed>(deed: D, order: Deeds[D][0]) => Promise<Deeds[D][1]>;
  /** The tokens of the leases that this store was told `held` of: only their failures are its own. */
  readonly #joined = new Map<string, number>();

  constructor(order: <D extends Deed>(deed: D, order: Deeds[D][0]) => Promise<Deeds[D][1]>) {
    this.#order = order;
  }

  async acquire(hash: string, term: number): Promise<Claim> {
    const asked = this.#order('acquire', { hash, term, joined: this.#joined.get(hash) });
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(storeError({ reason: 'busy', message: `the store gave no lease within ${timeout} ms` }));
      asked.then(
        (claim) => this.#giveBack(hash, claim),
        () => {},
      );
    }, timeout);
    try {
      const { holder, ...claim } = await Promise.race([asked, late]);
      this.#joined.delete(hash);
      if (holder !== undefined) this.#join(hash, holder);
      return claim;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A lease that came after its caller had given up is nobody's. */
  #giveBack(hash: string, claim: Claim): void {
    if (claim.state !== 'acquired') return;
    this.#order('release', { hash, token: claim.token, failure: undefined }).catch(() => {});
  }

  #join(hash: string, token: number): void {
    this.#joined.set(hash, token);
    if (this.#joined.size <= mostJoined) return;
    const [oldest] = this.#joined.keys();
    if (oldest !== undefined) this.#joined.delete(oldest);
  }
}
