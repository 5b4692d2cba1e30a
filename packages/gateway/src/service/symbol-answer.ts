import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resolution } from 'holdfast';
import type { SymbolAnswer, SymbolPlace } from '../api.ts';
import { findSymbols, type SymbolIndex } from './symbol-index.ts';

/** A folder, as far as it has been looked at. */
interface Folder {
  readonly root: string;
  readonly listed: ReadonlySet<string>;
}

/** What an index says of a name. */
export async function symbolAnswer(
  { value: index, outcome }: Resolution<SymbolIndex>,
  name: string,
  limit: number,
  folder: Folder,
): Promise<SymbolAnswer> {
  const found = findSymbols(index, name, limit);
  const matches = await withoutLinks(found.matches, folder);
  return {
    name,
    matches,
    total: found.total - (found.matches.length - matches.length),
    symbols: index.symbols.length,
    files: index.files,
    leftOut: index.leftOut,
    outcome,
  };
}

/**
 * Leaves out the places in links: the search that the index is made from finds files through them, too, and the folder's
 * list does not. What is listed is no link.
 */
async function withoutLinks(
  places: readonly SymbolPlace[],
  { root, listed }: Folder,
): Promise<readonly SymbolPlace[]> {
  const links = new Set<string>();
  for (const path of new Set(places.map((place) => place.path))) {
    if (listed.has(path)) continue;
    const status = await lstat(join(root, path)).catch(() => undefined);
    if (status?.isFile() !== true) links.add(path);
  }
  return links.size === 0 ? places : places.filter(({ path }) => !links.has(path));
}
