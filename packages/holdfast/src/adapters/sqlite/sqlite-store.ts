import type { SharedFailure } from '../../lib/errors.ts';
import type {
  Claim,
  Fence,
  NewRecord,
  Store,
  StoreChange,
  StoredRecord,
  StoreFilter,
  StoreSelector,
  StoreStatus,
  StoreTable,
} from '../../stores/store.ts';
import { CallerConnection } from './caller-connection.ts';
import { ChangeNotice } from './change-notice.ts';
import { Claims } from './claims.ts';
import { longestPlain } from './coding.ts';
import { Condition } from './condition.ts';
import { closedError, reasonIn } from './failing.ts';
import { itemTable } from './item-table.ts';
import type { Deed, Deeds, WriterData, WriterReport } from './order.ts';
import type { Page, Questions, Topic } from './question.ts';
import type { Found } from './read-connection.ts';
import { Reader } from './reader.ts';
import { UsedRecords } from './used-records.ts';
import { Writer } from './writer.ts';

/** The longest envelopes that are read on the caller's thread, and the most of them at once. */
const nearBytes = { plain: longestPlain, compressed: 64 * 2 ** 10 };
const nearRecords = 64;
const nearTotal = 4 * 2 ** 20;

type FirstReport = Extract<WriterReport, { readonly type: 'opened' | 'lost' }>;

/** A store in a file. See `sqliteStore`. */
export class SqliteStore implements Store {
  /** Settles with the writer's first word. */
  readonly opened: Promise<FirstReport>;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #near: CallerConnection;
  readonly #notice: ChangeNotice;
  readonly #used: UsedRecords;
  readonly #claims: Claims;
  readonly #condition = new Condition();
  readonly #tell: (report: FirstReport) => void;
  #suspected = false;
  #closing: Promise<void> | undefined;

  constructor(data: WriterData) {
    const { promise, resolve } = Promise.withResolvers<FirstReport>();
    this.opened = promise;
    this.#tell = resolve;
    this.#writer = new Writer(data, (report) => this.#hear(report));
    this.#reader = new Reader(data.path);
    this.#near = new CallerConnection(data.path, {
      replaced: () => this.#notice.replaced(),
      suspect: (suspicious) => this.#suspect(suspicious),
    });
    this.#notice = new ChangeNotice(this.#near, data.id);
    this.#claims = new Claims((deed, order) => this.#order(deed, order));
    this.#used = new UsedRecords((hashes, at) => this.#order('use', { hashes, at }));
  }

  async read(hash: string): Promise<StoredRecord | undefined> {
    return (await this.readMany([hash])).get(hash);
  }

  async readMany(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>> {
    this.#assertOpen();
    const result = new Map<string, StoredRecord>();
    const far: string[] = [];
    let bytes = 0;
    for (const hash of new Set(hashes)) {
      const isNear = result.size < nearRecords && bytes < nearTotal;
      const found = isNear ? this.#readNear(hash) : undefined;
      if (found === undefined || found.state === 'large') far.push(hash);
      else if (found.state === 'damaged') this.#discard(hash);
      else if (found.state === 'found') {
        bytes += found.record.envelope.length;
        result.set(hash, found.record);
        this.#used.add(hash, found.used);
      }
    }
    if (far.length === 0) return result;
    const { found, damaged } = await this.#ask('records', { hashes: far });
    for (const { hash, envelope, expiredAt, used } of found) {
      result.set(hash, { envelope, expiredAt });
      this.#used.add(hash, used);
    }
    for (const hash of damaged) this.#discard(hash);
    return result;
  }

  commit(record: NewRecord, fence?: Fence): Promise<'committed' | 'fenced' | 'full'> {
    return this.#order('commit', { record, fence });
  }

  async delete(hash: string): Promise<void> {
    await this.#order('delete', { hash });
  }

  invalidate(selector: StoreSelector): Promise<number> {
    return this.#order('invalidate', { selector });
  }

  expire(selector: StoreSelector, at: number): Promise<number> {
    return this.#order('expire', { selector, at });
  }

  acquire(hash: string, term: number): Promise<Claim> {
    return this.#claims.acquire(hash, term);
  }

  renew(hash: string, token: number, term: number): Promise<boolean> {
    return this.#order('renew', { hash, token, term });
  }

  async release(hash: string, token: number, failure?: SharedFailure): Promise<void> {
    await this.#order('release', { hash, token, failure });
  }

  async waitForChange(hash: string, seen: number, timeout: number): Promise<void> {
    this.#assertOpen();
    await this.#notice.wait(hash, seen, timeout);
  }

  scan(filter: StoreFilter): AsyncIterable<StoredRecord & { readonly hash: string }> {
    return this.#pages(async (after) => {
      const page = await this.#ask('scan', { filter, after });
      return {
        ...page,
        items: page.items.map(({ hash, envelope, expiredAt }) => ({ hash, envelope, expiredAt })),
      };
    });
  }

  async dependents(on: { readonly path: string } | { readonly key: string }): Promise<readonly string[]> {
    this.#assertOpen();
    return this.#ask('dependents', { on });
  }

  table(name: string): StoreTable {
    return itemTable(name, {
      order: (deed, order) => this.#order(deed, order),
      use: (action) => {
        this.#assertOpen();
        return this.#near.use(action);
      },
      entries: () => this.#pages((after) => this.#ask('items', { table: name, after })),
    });
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    return this.#notice.subscribe(listener);
  }

  async catchUp(): Promise<void> {
    this.#assertOpen();
    this.#notice.catchUp();
  }

  status(): StoreStatus {
    if (this.#closing !== undefined) return { ...this.#condition.status, state: 'closed' };
    try {
      this.#condition.totals = this.#near.use((connection) => connection.totals());
    } catch {
      // What was last known will do.
    }
    return this.#condition.status;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#notice.close();
    this.#used.flush();
    await this.#reader.close();
    this.#near.close();
    await this.#writer.close();
  }

  /** @returns undefined if it is for the reader to find out */
  #readNear(hash: string): Found | undefined {
    try {
      return this.#near.use((connection) => connection.read(hash, nearBytes));
    } catch (error) {
      if (reasonIn(error) === 'busy') return undefined;
      throw error;
    }
  }

  async #ask<T extends Topic>(topic: T, question: Questions[T][0]): Promise<Questions[T][1]> {
    try {
      return await this.#reader.ask(topic, question);
    } catch (error) {
      const reason = reasonIn(error);
      if (reason === 'damaged' || reason === 'unreachable') this.#suspect(reason === 'damaged');
      throw error;
    }
  }

  /** Once: what is met while the writer looks is what it is looking for. */
  #suspect(suspicious: boolean): void {
    if (this.#suspected) return;
    this.#suspected = this.#writer.look(suspicious) && suspicious;
  }

  #discard(hash: string): void {
    this.#condition.warn('a damaged record was taken out');
    this.#writer.order('delete', { hash }).catch(() => {});
  }

  async *#pages<T>(turn: (after: number) => Promise<Page<T>>): AsyncGenerator<T> {
    for (let after: number | undefined = 0; after !== undefined; ) {
      this.#assertOpen();
      const page: Page<T> = await turn(after);
      yield* page.items;
      after = page.after;
    }
  }

  #order<D extends Deed>(deed: D, order: Deeds[D][0]): Promise<Deeds[D][1]> {
    return this.#closing === undefined ? this.#writer.order(deed, order) : Promise.reject(closedError());
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  #hear(report: WriterReport): void {
    this.#condition.hear(report);
    if (report.type === 'done') this.#notice.committed();
    if (report.type !== 'opened' && report.type !== 'lost') return;
    this.#suspected = false;
    if (report.type === 'opened') this.#near.follow(report.identity);
    else this.#near.forget();
    this.#tell(report);
  }
}
