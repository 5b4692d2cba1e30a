import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SymbolPlace } from '../api.ts';

/**
 * Leaves out the places in links: the search that the index is made from finds files through them, too, and the folder's
 * list does not. What is listed is no link.
 */
export async function withoutLinks(
  root: string,
  places: readonly SymbolPlace[],
  listed: ReadonlySet<string>,
): Promise<readonly SymbolPlace[]> {
  const links = new Set<string>();
  for (const path of new Set(places.map((place) => place.path))) {
    if (listed.has(path)) continue;
    const status = await lstat(join(root, path)).catch(() => undefined);
    if (status?.isFile() !== true) links.add(path);
  }
  return links.size === 0 ? places : places.filter(({ path }) => !links.has(path));
}
