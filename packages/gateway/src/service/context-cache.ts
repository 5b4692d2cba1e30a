import { isDeepStrictEqual } from 'node:util';
import {
  type Cache,
  createCache,
  type Definition,
  type Explanation,
  type Key,
  type Resolution,
  type Store,
} from 'holdfast';
import type { Workspace } from 'holdfast/workspace';
import type { SymbolPlace } from '../api/index.ts';
import { codeOf } from '../error-code.ts';
import { sourceGlob, sourcePaths } from '../folder/index.ts';
import type { Outline } from '../outline/index.ts';
import { type ContextKind, exchangeKind, kinds } from './context-kinds.ts';
import { generateOutline, outlineKind, outlineVersion } from './outline-definition.ts';
import { packIndex, type StoredIndex, unpackIndex } from './stored-index.ts';
import { summaryKind } from './summary-definition.ts';
import { indexSymbols, type SymbolIndex, symbolIndexKind, symbolIndexVersion } from './symbol-index.ts';
import { symbolsKind, symbolsOf, symbolsVersion } from './symbols-definition.ts';

/** Far more than the files of a big repository, so that a look over the folder never evicts what it is about to ask. */
const maxEntries = 1_000_000;
/** An index of 400,000 symbols, as a repository of 20,000 files may have them, has 3 MB; an outline far less. */
const maxEntryBytes = '64MiB';

/** What happens to outlines and to the index, whoever caused it. */
export interface ContextListener {
  outlineMade(outline: Outline, seconds: number): void;
  /** A kept one holds again: the file is what it was then. */
  outlineRestored(outline: Outline): void;
  index(how: 'made' | 'restored' | 'failed'): void;
  /** A generation of anything but a summary or an exchange has ended well. */
  spent(seconds: number): void;
}

/** An index, and what it was made from. */
interface KnownIndex {
  readonly index: SymbolIndex;
  readonly lists: ReadonlyMap<string, readonly SymbolPlace[]>;
}

/**
 * The cache of a folder, with what is defined on it: an outline of each file, its symbols from that, and the index of all
 * symbols from those.
 */
export class ContextCache {
  readonly cache: Cache<typeof kinds>;
  readonly outline: Definition<[path: string], Outline>;
  readonly symbols: Definition<[path: string], readonly SymbolPlace[]>;
  readonly #index: Definition<[leftOut: readonly string[]], StoredIndex>;
  /** Those that were made or looked into here, with their symbols. */
  readonly #indexes = new WeakMap<StoredIndex, KnownIndex>();
  /** Files whose last generation failed. */
  readonly #failing = new Set<string>();
  readonly #listener: ContextListener;

  /** @param store where entries outlive the process; closed with the cache */
  constructor(workspace: Workspace, listener: ContextListener, store?: Store) {
    this.cache = createCache({
      kinds,
      workspace,
      maxEntries,
      maxBytes: '1GiB',
      maxEntryBytes,
      ...(store !== undefined && { store }),
    });
    this.outline = this.cache.define({
      kind: outlineKind,
      name: outlineKind,
      version: outlineVersion,
      generate: generateOutline,
    });
    this.symbols = this.cache.define({
      kind: symbolsKind,
      name: symbolsKind,
      version: symbolsVersion,
      generate: async (ctx, path: string): Promise<readonly SymbolPlace[]> =>
        symbolsOf(await ctx.use(this.outline, path)),
    });
    this.#index = this.cache.define({
      kind: symbolIndexKind,
      name: symbolIndexKind,
      version: symbolIndexVersion,
      // A value that was made from what cannot be read is never kept. What to leave out is therefore a parameter: the
      // index without a file is another entry than the one with it, which is asked for again when the file can be read.
      generate: async (ctx, leftOut: readonly string[]) => {
        const without = new Set(leftOut);
        const found = sourcePaths(await ctx.glob(sourceGlob.pattern, sourceGlob.options));
        const paths = found.filter((path) => !without.has(path));
        const lists = await Promise.all(paths.map((path) => ctx.use(this.symbols, path)));
        const index = indexSymbols(
          lists,
          found.filter((path) => without.has(path)),
        );
        const packed = packIndex(index, paths, lists);
        this.#know(packed, index, lists);
        return packed;
      },
    });
    this.#listener = listener;
    this.#listen(listener);
  }

  /** Files that could not be outlined when that was tried last, sorted. */
  get failing(): readonly string[] {
    return [...this.#failing].sort();
  }

  /** The file is gone: that it could not be outlined is no news of the one that may come. */
  forgetFailure(path: string): void {
    this.#failing.delete(path);
  }

  /** The outline of a file as it is at this moment, whatever was heard. */
  checkedOutline(path: string): Promise<Resolution<Outline>> {
    return this.outline.with({ freshness: 'checked' }).resolve(path);
  }

  /** The symbols of the folder as far as is heard, without those of files that cannot be outlined. */
  async symbolIndex(): Promise<Resolution<SymbolIndex>> {
    for (let definition = this.#index; ; ) {
      const leftOut = this.failing;
      try {
        const found = await definition.resolve(leftOut);
        if (found.outcome === 'stored') this.#listener.index('restored');
        const index = await this.#lookInto(found.value);
        if (index !== undefined) return { ...found, value: index };
        // A file was edited after the index was checked, and before its symbols were read. One that is made here has them.
        definition = this.#index.with({ mode: 'refresh' });
      } catch (error) {
        // Each round knows of one more file that cannot be outlined, or ends.
        if (this.#failing.size <= leftOut.length) throw error;
      }
    }
  }

  async #lookInto(packed: StoredIndex): Promise<SymbolIndex | undefined> {
    const known = this.#indexes.get(packed);
    if (known !== undefined) return known.index;
    const lists = packed.paths.map((path) => this.#keptSymbols(path) ?? this.symbols(path));
    return this.#unpack(packed, await Promise.all(lists));
  }

  /** Looks into the index that is kept, as far as memory goes: then edits are held against what is in it. */
  learnIndex(): void {
    const packed = this.#keptIndex();
    if (packed === undefined || this.#indexes.has(packed)) return;
    const lists = packed.paths.map((path) => this.#keptSymbols(path));
    if (lists.every((list) => list !== undefined)) this.#unpack(packed, lists);
  }

  /**
   * Whether these files stand in the index that is kept with the symbols that they have now, as far as memory tells. It only
   * decides whether the index is looked at before somebody asks: an answer does not depend on it.
   */
  async indexHas(paths: readonly string[]): Promise<boolean> {
    // Where the outline is one that had been kept, so are its symbols: looking at them brings those forward.
    const explained = await Promise.all(paths.map((path) => this.symbols.explain(path)));
    const packed = this.#keptIndex();
    const lists = packed && this.#indexes.get(packed)?.lists;
    if (lists === undefined || explained.some(({ state }) => state !== 'fresh')) return false;
    return paths.every((path) => isDeepStrictEqual(lists.get(path), this.#keptSymbols(path)));
  }

  #keptIndex(): StoredIndex | undefined {
    return this.cache.kind(symbolIndexKind).peek(this.#index.key(this.failing))?.value;
  }

  #keptSymbols(path: string): readonly SymbolPlace[] | undefined {
    return this.cache.kind(symbolsKind).peek(this.symbols.key(path))?.value;
  }

  #unpack(packed: StoredIndex, lists: readonly (readonly SymbolPlace[])[]): SymbolIndex | undefined {
    const index = unpackIndex(packed, lists);
    if (index !== undefined) this.#know(packed, index, lists);
    return index;
  }

  #know(packed: StoredIndex, index: SymbolIndex, lists: readonly (readonly SymbolPlace[])[]): void {
    const byPath = packed.paths.map((path, at) => [path, lists[at] ?? []] as const);
    this.#indexes.set(packed, { index, lists: new Map(byPath) });
  }

  /** Generates nothing, and is no call in the ledger. */
  explainIndex(): Promise<Explanation> {
    return this.#index.explain(this.failing);
  }

  explain(key: Key): Promise<Explanation> {
    return this.cache.kind(key.kind as ContextKind).explain(key);
  }

  /** The outline that is kept for a file, as of the last check of it. No call in the ledger. */
  keptOutline(path: string): Outline | undefined {
    return this.#keptOutline(this.outline.key(path));
  }

  #keptOutline(key: Key): Outline | undefined {
    return this.cache.kind(outlineKind).peek(key)?.value;
  }

  #listen(listener: ContextListener): void {
    const seconds = new Map<string, number>();
    this.cache.on('generation.succeeded', ({ kind, key, cost }) => {
      // A summary or an exchange is made because somebody asks for one, and not because of an edit.
      if (kind !== summaryKind && kind !== exchangeKind) listener.spent(cost.seconds);
      if (kind !== outlineKind) return;
      const path = pathOf(key);
      this.#failing.delete(path);
      seconds.set(path, cost.seconds);
    });
    this.cache.on('generation.failed', ({ kind, key, error }) => {
      if (codeOf(error) === 'E_CLOSED') return;
      if (kind === outlineKind) this.#failing.add(pathOf(key));
      else if (kind === symbolIndexKind) listener.index('failed');
    });
    this.cache.on('entry.committed', ({ kind, key }) => {
      if (kind === symbolIndexKind) listener.index('made');
      if (kind !== outlineKind) return;
      const outline = this.#keptOutline(key);
      if (outline !== undefined) listener.outlineMade(outline, seconds.get(outline.path) ?? 0);
      seconds.delete(pathOf(key));
    });
    this.cache.on('entry.restored', ({ kind, key }) => {
      if (kind === symbolIndexKind) listener.index('restored');
      const outline = kind === outlineKind ? this.#keptOutline(key) : undefined;
      if (outline !== undefined) listener.outlineRestored(outline);
    });
  }
}

/** The file that an entry of one file is about; empty for the index. */
export function pathOf(key: Key): string {
  const content = key.content();
  const path = typeof content === 'object' && 'args' in content ? content.args[0] : undefined;
  return typeof path === 'string' ? path : '';
}
