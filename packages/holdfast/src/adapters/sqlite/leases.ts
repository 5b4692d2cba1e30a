import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SharedFailure } from '../../lib/errors.ts';
import type { Claim } from '../../stores/store.ts';
import { numberOf } from './schema.ts';
import type { Selection } from './selection.ts';

/** A lease that seems to last for so many milliseconds more than its term is of a time to which the clock was set back. */
const tolerance = 1_000;
/** Leases that ended so long ago are forgotten; `totals.floor` keeps their tokens from coming back. */
const keptTime = 3_600_000;
const trimEvery = 1_024;

/**
 * Leases, on the writer's connection. A lease that has ended keeps its row, with `until` 0, for its token and for what it
 * told those who wait (`failed` is the token of the lease whose failure it is). `change` moves whenever the record or the lease of the key does.
 */
export class Leases {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #take: StatementSync;
  readonly #renew: StatementSync;
  readonly #release: StatementSync;
  readonly #end: StatementSync;
  readonly #touch: StatementSync;
  #untilTrim = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare(
      'SELECT token, term, until, failure, failed, change FROM leases WHERE hash = ?',
    );
    this.#take = database.prepare(`
      INSERT INTO leases (hash, token, term, until, change) VALUES (?1, ?2, ?3, ?4, ?2)
      ON CONFLICT (hash) DO UPDATE SET token = ?2, term = ?3, until = ?4, change = max(change + 1, ?2)
    `);
    this.#renew = database.prepare(
      'UPDATE leases SET term = ?3, until = ?4 + ?3 WHERE hash = ?1 AND token = ?2 AND until > ?4',
    );
    this.#release = database.prepare(`
      UPDATE leases SET until = 0, failure = ?3, failed = iif(?3 IS NULL, NULL, token), change = max(change + 1, ?4)
      WHERE hash = ?1 AND token = ?2 AND until > ?5
    `);
    this.#end = database.prepare('UPDATE leases SET until = 0, change = max(change + 1, ?2) WHERE hash = ?1');
    this.#touch = database.prepare('UPDATE leases SET change = max(change + 1, ?2) WHERE hash = ?1');
  }

  /** @param joined the token of the lease that the asker has waited for: only its failure is the asker's, too */
  acquire(
    hash: string,
    term: number,
    joined: number | undefined,
    sequence: number,
    now: number,
  ): Claim & { readonly holder?: number } {
    const row = this.#find.get(hash);
    const previous = row === undefined ? this.#floor() : Number(row.token);
    if (row !== undefined) {
      const [until, change] = [Number(row.until), Number(row.change)];
      const failure = row.failed === joined ? failureOf(row.failure) : undefined;
      if (failure !== undefined) return { state: 'failed', failure, change };
      // Its holder renews it if he lives; whoever has died would hold it until the clock is there again.
      const believable = until - now <= Number(row.term) + tolerance;
      if (until > now && believable) return { state: 'held', until, change, holder: previous };
    }
    if (this.#untilTrim <= 0) this.#trim(now);
    this.#untilTrim -= 1;
    const token = Math.max(previous + 1, Math.floor(now * 1_000));
    this.#take.run(hash, token, term, now + term);
    return { state: 'acquired', token, sequence };
  }

  holds(hash: string, token: number, now: number): boolean {
    const row = this.#find.get(hash);
    return row !== undefined && Number(row.token) === token && Number(row.until) > now;
  }

  renew(hash: string, token: number, term: number, now: number): boolean {
    return this.#renew.run(hash, token, term, now).changes === 1;
  }

  release(hash: string, token: number, failure: SharedFailure | undefined, now: number): void {
    this.#release.run(hash, token, failure === undefined ? null : JSON.stringify(failure), micro(now), now);
  }

  end(hash: string, now: number): void {
    this.#end.run(hash, micro(now));
  }

  endAll(now: number): void {
    this.#database
      .prepare('UPDATE leases SET until = 0, change = max(change + 1, ?) WHERE until > 0')
      .run(micro(now));
  }

  endOf({ where, values }: Selection, now: number): void {
    this.#database
      .prepare(
        `UPDATE leases SET until = 0, change = max(change + 1, ?)
         WHERE hash IN (SELECT hash FROM records WHERE ${where})`,
      )
      .run(micro(now), ...values);
  }

  /** The key's record has changed. */
  touch(hash: string, now: number): void {
    this.#touch.run(hash, micro(now));
  }

  #floor(): number {
    return numberOf(this.#database, 'SELECT floor FROM totals');
  }

  #trim(now: number): void {
    this.#untilTrim = trimEvery;
    // An ended lease has no time of its own; its token, in microseconds, is when it began.
    const old = 'until < ?1 AND token < ?1 * 1000';
    this.#database
      .prepare(
        `UPDATE totals SET floor = max(floor, (SELECT coalesce(max(token), 0) FROM leases WHERE ${old}))`,
      )
      .run(now - keptTime);
    this.#database.prepare(`DELETE FROM leases WHERE ${old}`).run(now - keptTime);
  }
}

const micro = (now: number) => Math.floor(now * 1_000);

function failureOf(text: unknown): SharedFailure | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const { name, code, status, retryAt } = JSON.parse(text) as { readonly [name: string]: unknown };
    return {
      name: String(name),
      ...(typeof code === 'string' && { code }),
      ...(typeof status === 'number' && { status }),
      ...(typeof retryAt === 'number' && { retryAt }),
    };
  } catch {
    return undefined;
  }
}
