import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openShelf, type Shelf, type ShelfName } from '../store/shelf.ts';
import { inFolder } from './ground.ts';
import { inTurns, type Share } from './hit.ts';
import { prose } from './prose.ts';

export interface StoreReadOptions {
  readonly shelf: ShelfName;
  readonly bytes: number;
  /** Each is read once in a round, by a shelf that was just opened. */
  readonly keys: number;
  readonly warmUp: number;
  readonly rounds: number;
}

/** Texts read from disk one after another, nothing of them in memory yet, against a JSON file for each. */
export function measureStoreRead(options: StoreReadOptions): Promise<Share> {
  return inFolder(async (root) => {
    const { shelf, bytes, keys } = options;
    const folders = { floor: join(root, 'floor'), own: join(root, 'own') };
    for (const folder of Object.values(folders)) mkdirSync(folder);
    const names = Array.from({ length: keys }, (_, i) => `key-${i}`);
    const filling = [await openShelf('files', folders.floor), await openShelf(shelf, folders.own)];
    for (const [i, name] of names.entries()) {
      const text = prose(bytes, i);
      for (const one of filling) await one.write(name, text);
    }
    for (const one of filling) await one.close();

    const floor = await openShelf('files', folders.floor);
    // Opened before the clock starts: opening is measured by itself. `inTurns` takes one round after another.
    let own: Shelf = await openShelf(shelf, folders.own);
    const share = await inTurns(
      options,
      keys,
      async () => readAll(floor, names, bytes),
      async () => readAll(own, names, bytes),
      async () => {
        await own.close();
        own = await openShelf(shelf, folders.own);
      },
    );
    await own.close();
    return share;
  });
}

async function readAll(shelf: Shelf, names: readonly string[], bytes: number): Promise<number> {
  let found = 0;
  for (const name of names) if ((await shelf.read(name))?.length === bytes) found += 1;
  return found;
}
