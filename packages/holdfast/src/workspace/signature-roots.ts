import type { Shelf } from '../trace/shelf.ts';
import { type Mark, seal, unseal } from './seal.ts';
import { rootHashBytes, rowCount, rowName } from './signature-place.ts';

/** Roots whose signatures a shelf keeps. */
export const mostRoots = 32;
const name = 'roots';
/** `HFR` and 0x1B. */
const mark: Mark = { magic: 0x1b_52_46_48, version: 1 };

/** The roots of a shelf by the hash of each, in hex, with the day on which it was last used. */
type Roots = Map<string, number>;

/**
 * Which roots have rows on a shelf, so that those of folders that nobody opens any more do not stay for ever. Two processes
 * that write it at once may lose one's root, which is entered again the next time.
 */
export class SignatureRoots {
  readonly #shelf: Shelf;
  readonly #root: string;

  constructor(shelf: Shelf, root: string) {
    this.#shelf = shelf;
    this.#root = root;
  }

  /**
   * Enters this root as used today. When there are too many, those that were used longest ago leave, with their rows.
   * Rejects where the shelf does.
   */
  async enter(today: number): Promise<void> {
    const bytes = await this.#shelf.get(name);
    const roots: Roots = (bytes && unpack(bytes)) ?? new Map();
    if (roots.get(this.#root) === today) return;
    roots.delete(this.#root);
    const others = [...roots].sort(([, one], [, other]) => other - one);
    for (const [root] of others.slice(mostRoots - 1)) await this.#forget(root);
    await this.#shelf.set(name, pack(new Map([[this.#root, today], ...others.slice(0, mostRoots - 1)])));
  }

  async #forget(root: string): Promise<void> {
    for (let row = 0; row < rowCount; row += 1) await this.#shelf.delete(rowName(root, row));
  }
}

function pack(roots: Roots): Uint8Array {
  return seal(mark, 8 + (rootHashBytes + 4) * roots.size, (writer) => {
    writer.count(roots.size);
    for (const [root, day] of roots) {
      writer.hex(root);
      writer.count(day);
    }
  });
}

function unpack(bytes: Uint8Array): Roots | undefined {
  return unseal(
    mark,
    bytes,
    (reader) => new Map(reader.list(rootHashBytes + 1, () => [reader.hex(rootHashBytes), reader.count()])),
  );
}
