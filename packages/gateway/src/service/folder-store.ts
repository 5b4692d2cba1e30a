import type { Stats } from 'holdfast';
import type { StoreAnswer, StoreLine } from '../api/index.ts';
import { codeOf } from '../error-code.ts';
import { LedgerBook, type OpenedStore, StoreHealth } from '../store/index.ts';
import type { ContextCache } from './context-cache.ts';
import { contextKinds } from './context-kinds.ts';

const writeEveryMs = 60_000;
/** The store has other things to write when everything closes, and the server two seconds for all of it. */
const lastWriteMs = 300;
/** Longer, and the store is in trouble: nobody waits for that. */
const settledMs = 1_000;

/** Where what was made of the folder outlives the process: what it holds, how it does, and the ledger over all runs. */
export class FolderStore {
  readonly #opened: OpenedStore;
  readonly #context: ContextCache;
  readonly #health: StoreHealth | undefined;
  readonly #book: LedgerBook | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onWarning: (warning: string) => void;
  #stored = 0;
  #ledgerWarning: string | undefined;

  /** @param onWarning told of each trouble once */
  constructor(opened: OpenedStore, context: ContextCache, onWarning: (warning: string) => void) {
    this.#opened = opened;
    this.#context = context;
    this.#onWarning = onWarning;
    const { store } = opened;
    if (store === undefined) return;
    this.#health = new StoreHealth(store, context.cache, onWarning);
    this.#book = new LedgerBook(store);
    this.#timer = setInterval(() => void this.#write(), writeEveryMs).unref();
  }

  get isThere(): boolean {
    return this.#opened.store !== undefined;
  }

  get warnings(): readonly string[] {
    const { warning } = this.#opened;
    return [
      ...(warning === undefined ? [] : [warning]),
      ...(this.#health?.warnings ?? []),
      ...(this.#ledgerWarning === undefined ? [] : [this.#ledgerWarning]),
    ];
  }

  /** Outlines did not have to be made, as the store had them when the folder was read. */
  countStored(outlines: number): void {
    this.#stored += outlines;
  }

  get stored(): number {
    return this.#stored;
  }

  /** Undefined where everything is kept in memory only. */
  line(): StoreLine | undefined {
    const { store, file } = this.#opened;
    if (store === undefined || file === undefined) return undefined;
    const { state, records, bytes } = store.status();
    return { file, state, entries: records, bytes, stored: this.#stored };
  }

  /** Resolves when what was made is in the store, so that a process killed from then on has lost nothing. */
  settled(): Promise<void> {
    return this.isThere ? within(settledMs, this.#context.cache.flush()) : Promise.resolve();
  }

  /** The folder was read: old runs of the ledger are put together, and trouble of the store is told. */
  async tidy(): Promise<void> {
    this.#health?.look();
    // The next start tries again; what the store cannot do is told already.
    await this.#book?.tidy().catch(() => undefined);
  }

  /** What the store holds, and the ledger over all runs; undefined without a store. Rejects as the store does. */
  async answer(): Promise<StoreAnswer | undefined> {
    const line = this.line();
    const { store } = this.#opened;
    if (line === undefined || store === undefined || this.#book === undefined) return undefined;
    await this.#write();
    const kinds: Record<string, { entries: number; bytes: number }> = {};
    for (const kind of contextKinds) {
      const holding = { entries: 0, bytes: 0 };
      for await (const { envelope } of store.scan({ kind })) {
        holding.entries += 1;
        holding.bytes += envelope.byteLength;
      }
      kinds[kind] = holding;
    }
    const { totals, unreadable } = await this.#book.read();
    if (unreadable > 0) this.#blame('a part of the stored ledger is damaged or of a newer version: left out');
    return { ...line, kinds, totals, warnings: this.warnings };
  }

  /** Writes the ledger a last time. Never rejects, and takes a moment at most. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    if (this.isThere) await within(lastWriteMs, this.#write());
  }

  async #write(): Promise<void> {
    const stats: Stats = this.#context.cache.stats();
    try {
      await this.#book?.write(stats);
    } catch (error) {
      this.#blame(`the ledger was not written down (${codeOf(error)}): tried again every minute`);
    }
  }

  #blame(warning: string): void {
    if (this.#ledgerWarning === warning) return;
    this.#ledgerWarning = warning;
    this.#onWarning(warning);
  }
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, milliseconds);
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
