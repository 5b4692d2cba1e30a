import { kind } from 'holdfast';
import { exchange } from 'holdfast/llm';
import type { SymbolPlace } from '../api/index.ts';
import type { Outline } from '../outline/index.ts';
import { outlineKind } from './outline-definition.ts';
import type { StoredIndex } from './stored-index.ts';
import { type Summary, summaryKind, summaryKindOptions } from './summary-definition.ts';
import { symbolIndexKind } from './symbol-index.ts';
import { symbolsKind } from './symbols-definition.ts';

/** What clients of the proxy ask a model; not made of the folder, and in the same ledger. */
export const exchangeKind = 'exchange';

/**
 * Who else makes it: an outline costs some 3 ms and its symbols far less, a lease about 1 ms, and with one a process would
 * wait for another at every file. Two that read a folder at once begin at different files instead (`fromOwnPlace`), and find
 * in the store what the other has made. The index is made from everything, and costs as much as hundreds of leases.
 *
 * Watched, so that answers need no look at files while everything is heard of.
 */
export const kinds = {
  [outlineKind]: kind<Outline>({ share: 'process', freshness: 'watched' }),
  [symbolsKind]: kind<readonly SymbolPlace[]>({ share: 'process', freshness: 'watched' }),
  [symbolIndexKind]: kind<StoredIndex>({ share: 'machine', freshness: 'watched' }),
  [summaryKind]: kind<Summary>(summaryKindOptions),
  [exchangeKind]: exchange(),
} as const;
export type ContextKind = keyof typeof kinds;
export const contextKinds: readonly string[] = Object.keys(kinds);
