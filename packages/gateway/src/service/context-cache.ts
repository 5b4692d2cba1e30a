import {
  type Cache,
  createCache,
  type Definition,
  type Explanation,
  type Key,
  kind,
  type Resolution,
  type Store,
} from 'holdfast';
import type { Workspace } from 'holdfast/workspace';
import type { SymbolPlace } from '../api.ts';
import { sourceGlob, sourcePaths } from '../folder/index.ts';
import type { Outline } from '../outline/index.ts';
import { generateOutline, outlineKind, outlineVersion } from './outline-definition.ts';
import { packIndex, type StoredIndex, unpackIndex } from './stored-index.ts';
import { indexSymbols, type SymbolIndex, symbolIndexKind, symbolIndexVersion } from './symbol-index.ts';
import { symbolsKind, symbolsOf, symbolsVersion } from './symbols-definition.ts';

/** Far more than the files of a big repository, so that a look over the folder never evicts what it is about to ask. */
const maxEntries = 1_000_000;
/** An index of 400,000 symbols, as a repository of 20,000 files may have them, has 3 MB; an outline far less. */
const maxEntryBytes = '64MiB';

/*
 * Who else makes it: an outline costs some 3 ms and its symbols far less, a lease about 1 ms, and with one a process would
 * wait for another at every file. Two that read a folder at once begin at different files instead (`outlineAll`), and find
 * in the store what the other has made. The index is made from everything, and costs as much as hundreds of leases.
 */
const kinds = {
  [outlineKind]: kind<Outline>({ share: 'process' }),
  [symbolsKind]: kind<readonly SymbolPlace[]>({ share: 'process' }),
  [symbolIndexKind]: kind<StoredIndex>({ share: 'machine' }),
} as const;
type ContextKind = keyof typeof kinds;
export const contextKinds: readonly string[] = Object.keys(kinds);

/** What happens to outlines and to the index, whoever caused it. */
export interface ContextListener {
  outlineMade(outline: Outline, seconds: number): void;
  /** A kept one holds again: the file is what it was then. */
  outlineRestored(outline: Outline): void;
  index(how: 'made' | 'restored' | 'failed'): void;
  /** A generation of any kind has ended well. */
  spent(seconds: number): void;
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
  readonly #indexes = new WeakMap<StoredIndex, SymbolIndex>();
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
        this.#indexes.set(packed, index);
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

  /** The symbols of the folder as it is now, without those of files that cannot be outlined. */
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
    if (known !== undefined) return known;
    const kept = this.cache.kind(symbolsKind);
    const lists = packed.paths.map((path) => kept.peek(this.symbols.key(path))?.value ?? this.symbols(path));
    const index = unpackIndex(packed, await Promise.all(lists));
    if (index !== undefined) this.#indexes.set(packed, index);
    return index;
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
      listener.spent(cost.seconds);
      if (kind !== outlineKind) return;
      const path = pathOf(key);
      this.#failing.delete(path);
      seconds.set(path, cost.seconds);
    });
    this.cache.on('generation.failed', ({ kind, key, error }) => {
      if ((error as { code?: unknown } | null)?.code === 'E_CLOSED') return;
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
