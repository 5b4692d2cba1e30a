/** What keeps texts by keys on disk, opened on a folder: what is compared with one another. */
export interface Shelf {
  /** Undefined where nothing stands, or not where the shelf should have found it. */
  read(key: string): Promise<string | undefined>;
  /** Resolves when it is acknowledged. */
  write(key: string, text: string): Promise<void>;
  close(): Promise<void>;
}

export type ShelfName = 'files' | 'holdfast' | 'bentocache' | 'keyv';

/** Opens a shelf with nothing in memory. Loaded by name: no contender is in another one's process. */
export async function openShelf(name: ShelfName, folder: string): Promise<Shelf> {
  switch (name) {
    case 'files':
      return (await import('./file-shelf.ts')).openFiles(folder);
    case 'holdfast':
      return (await import('./holdfast-shelf.ts')).openHoldfast(folder);
    case 'bentocache':
      return (await import('./bentocache-shelf.ts')).openBentocache(folder);
    case 'keyv':
      return (await import('./keyv-shelf.ts')).openKeyv(folder);
  }
}
