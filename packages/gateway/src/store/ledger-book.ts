import { createHash, randomBytes } from 'node:crypto';
import type { Stats, Store } from 'holdfast';
import { addTotals, isIdle, parseTotals, type Totals, totalsOf } from './totals.ts';

/** The form of a row. One of an older form is read; of another one it is somebody else's, and left alone. */
const version = 2;
/** So many rows may stand side by side before old ones are added up. */
const mostRows = 32;
/** A row that was not written for so long is of a run that has ended. A running one writes every minute. */
const endedAfterMs = 24 * 3_600_000;
const lease = createHash('sha256').update('holdfast ledger').digest('hex');
const leaseMs = 10_000;
/** More than any row has that this wrote. */
const mostBytes = 1_048_576;

interface Row {
  readonly totals: Totals;
  /** Rows that were added up to this one: should one still be there, it is counted already. */
  readonly absorbed: readonly string[];
}

/**
 * The ledger over all runs, in the store's table `ledger`.
 *
 * Each run has a row of its own, which it writes again and again: so that several can run at once and one can be killed
 * between any two writes, and nothing is counted twice or taken from another. The rows of old runs are added up to one.
 */
export class LedgerBook {
  readonly #store: Store;
  readonly #row: string;
  readonly #from: number;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
    this.#from = now();
    this.#row = `run ${this.#from} ${randomBytes(6).toString('hex')}`;
  }

  /** Writes down what this run has come to. Rejects as the store does. */
  async write(stats: Stats): Promise<void> {
    const totals = totalsOf(stats, this.#from, this.#now());
    if (isIdle(totals)) return;
    await this.#table.set(this.#row, encode({ totals, absorbed: [] }));
  }

  /** All runs together; `unreadable` rows are not in it. Rejects as the store does. */
  async read(): Promise<{ readonly totals: Totals; readonly unreadable: number }> {
    const { rows, unreadable } = await this.#rows();
    return { totals: addTotals(counting(rows).map(([, { totals }]) => totals)), unreadable };
  }

  /** Adds up the rows of runs that have ended, where they have become many. Rejects as the store does. */
  async tidy(): Promise<void> {
    if ((await this.#rows()).rows.size <= mostRows) return;
    // Two that add up the same rows would double them.
    const claim = await this.#store.acquire(lease, leaseMs);
    if (claim.state !== 'acquired') return;
    try {
      const { rows } = await this.#rows();
      const ended = this.#now() - endedAfterMs;
      const old = counting(rows).filter(([, { totals }]) => totals.to < ended);
      if (old.length < 2) return;
      const names = new Set(old.map(([name]) => name));
      const absorbed = [...rows.keys()].filter((name) => names.has(name) || isCounted(rows, name));
      const sum = addTotals(old.map(([, { totals }]) => totals));
      const name = `sum ${sum.from} ${randomBytes(6).toString('hex')}`;
      await this.#table.set(name, encode({ totals: sum, absorbed }));
      for (const gone of absorbed) await this.#table.delete(gone);
    } finally {
      await this.#store.release(lease, claim.token);
    }
  }

  get #table() {
    return this.#store.table('ledger');
  }

  async #rows(): Promise<{ rows: Map<string, Row>; unreadable: number }> {
    const rows = new Map<string, Row>();
    let unreadable = 0;
    for await (const [name, value] of this.#table.entries()) {
      const row = decode(value);
      if (row === undefined) unreadable += 1;
      else rows.set(name, row);
    }
    return { rows, unreadable };
  }
}

function counting(rows: ReadonlyMap<string, Row>): [string, Row][] {
  return [...rows].filter(([name]) => !isCounted(rows, name));
}

function isCounted(rows: ReadonlyMap<string, Row>, name: string): boolean {
  return [...rows.values()].some(({ absorbed }) => absorbed.includes(name));
}

function encode({ totals, absorbed }: Row): Uint8Array {
  return Buffer.from(JSON.stringify({ version, ...totals, absorbed }), 'utf8');
}

/** @returns undefined for what is damaged, or of another version */
function decode(bytes: Uint8Array): Row | undefined {
  if (bytes.byteLength > mostBytes) return undefined;
  let value: { version?: unknown; absorbed?: unknown } | null;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !Array.isArray(value.absorbed)) return undefined;
  if (value.version !== 1 && value.version !== version) return undefined;
  const totals = parseTotals(value, value.version);
  return totals && { totals, absorbed: value.absorbed.filter((name) => typeof name === 'string') };
}
