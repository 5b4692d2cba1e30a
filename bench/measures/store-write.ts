import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openShelf, type Shelf, type ShelfName } from '../store/shelf.ts';
import { inFolder } from './ground.ts';
import { inTurns, type Share } from './hit.ts';
import { prose } from './prose.ts';

export interface StoreWriteOptions {
  readonly shelf: ShelfName;
  readonly bytes: number;
  readonly writes: number;
  /** All at once and awaited together, or each when the one before is acknowledged. */
  readonly order: 'at once' | 'one by one';
  readonly warmUp: number;
  readonly rounds: number;
}

/** Writes of new keys, acknowledged, against a JSON file for each. */
export function measureStoreWrite(options: StoreWriteOptions): Promise<Share> {
  return inFolder(async (root) => {
    const { shelf, bytes, writes, order } = options;
    const folders = { floor: join(root, 'floor'), own: join(root, 'own') };
    for (const folder of Object.values(folders)) mkdirSync(folder);
    const texts = Array.from({ length: writes }, (_, i) => prose(bytes, i));
    const write = order === 'at once' ? atOnce : oneByOne;
    const floor = await openShelf('files', folders.floor);
    const own = await openShelf(shelf, folders.own);
    let round = 0;
    const share = await inTurns(
      options,
      writes,
      () => write(floor, texts, `round-${round}`),
      () => write(own, texts, `round-${round}`),
      async () => {
        round += 1;
      },
    );
    await own.close();
    return share;
  });
}

async function atOnce(shelf: Shelf, texts: readonly string[], name: string): Promise<number> {
  await Promise.all(texts.map((text, i) => shelf.write(`${name}-${i}`, text)));
  return texts.length;
}

async function oneByOne(shelf: Shelf, texts: readonly string[], name: string): Promise<number> {
  for (const [i, text] of texts.entries()) await shelf.write(`${name}-${i}`, text);
  return texts.length;
}
