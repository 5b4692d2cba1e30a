import { failureOf } from './failure.ts';
import { identityIfAny } from './identity.ts';
import { patiently } from './patience.ts';
import type { Answer, Question, Questions, ReaderReport } from './question.ts';
import { ReadConnection } from './read-connection.ts';
import { selectionOf } from './selection.ts';
import { fromText, toText } from './text.ts';

const busyLimit = 1_000;
const noLimits = { plain: Number.MAX_SAFE_INTEGER, compressed: Number.MAX_SAFE_INTEGER };
const pageRecords = 256;
const pageBytes = 4 * 2 ** 20;

/** Reads what would take too long on the caller's thread. */
export class ReaderThread {
  readonly #path: string;
  #connection: ReadConnection | undefined;
  #identity: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  answer(id: number, question: Question): ReaderReport {
    for (let round = 0; ; round += 1) {
      try {
        return { id, answer: patiently(busyLimit, () => this.#answer(this.#open(), question)) };
      } catch (error) {
        this.close();
        if (round > 0) return { id, failure: failureOf(error) };
      }
    }
  }

  close(): void {
    try {
      this.#connection?.close();
    } catch {
      // It is not used any more either way.
    }
    this.#connection = undefined;
  }

  #open(): ReadConnection {
    const identity = identityIfAny(this.#path);
    if (identity !== this.#identity) this.close();
    this.#identity = identity;
    this.#connection ??= new ReadConnection(this.#path);
    return this.#connection;
  }

  #answer(connection: ReadConnection, question: Question): Answer {
    switch (question.topic) {
      case 'records':
        return records(connection, question.hashes);
      case 'scan':
        return scan(connection, question);
      case 'items':
        return items(connection, question);
      case 'dependents':
        return dependents(connection, question);
    }
  }
}

function records(connection: ReadConnection, hashes: readonly string[]): Questions['records'][1] {
  const found: Questions['records'][1]['found'][number][] = [];
  const damaged: string[] = [];
  for (const hash of hashes) {
    const one = connection.read(hash, noLimits);
    if (one.state === 'found') found.push({ hash, used: one.used, ...one.record });
    if (one.state === 'damaged') damaged.push(hash);
  }
  return { found, damaged };
}

function scan(connection: ReadConnection, { filter, after }: Questions['scan'][0]): Questions['scan'][1] {
  const { where, values } = selectionOf(filter);
  const rows = connection.all(
    `SELECT id, hash, size FROM records WHERE (${where}) AND id > ? ORDER BY id LIMIT ${pageRecords}`,
    ...values,
    after,
  );
  const page: string[] = [];
  let [bytes, last] = [0, after];
  for (const { id, hash, size } of rows) {
    if (bytes > pageBytes) break;
    page.push(String(hash));
    bytes += Number(size);
    last = Number(id);
  }
  const whole = rows.length < pageRecords && page.length === rows.length;
  return { items: records(connection, page).found, after: whole ? undefined : last };
}

function items(connection: ReadConnection, { table, after }: Questions['items'][0]): Questions['items'][1] {
  const rows = connection.all(
    `SELECT id, name, value FROM items WHERE owner = ? AND id > ? ORDER BY id LIMIT ${pageRecords}`,
    toText(table),
    after,
  );
  const found = rows.flatMap(({ name, value }) =>
    value instanceof Uint8Array ? [[fromText(String(name)), value] as const] : [],
  );
  const last = rows.length < pageRecords ? undefined : Number(rows.at(-1)?.id);
  return { items: found, after: last };
}

function dependents(connection: ReadConnection, { on }: Questions['dependents'][0]): string[] {
  const [table, name] = 'path' in on ? ['paths', on.path] : ['keys', on.key];
  return connection
    .all(`SELECT hash FROM records WHERE id IN (SELECT record FROM ${table} WHERE name = ?)`, toText(name))
    .map(({ hash }) => String(hash));
}
