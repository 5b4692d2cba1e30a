import { hash } from 'node:crypto';

export const rootHashBytes = 16;
/**
 * Over how many rows the signatures of a root are spread, a power of two: an edit rewrites a row, of some 5 KB in a folder
 * of 5,000 files, and a start reads them all.
 */
export const rowCount = 128;

/** Where the signatures of a workspace stand on a shelf: apart from those of every other root. */
export class SignaturePlace {
  /** The real path of the root, with the separator at its end. */
  readonly root: string;
  /** Half of a SHA-256, in hex. */
  readonly rootHash: string;

  constructor(root: string, separator: string) {
    this.root = root.endsWith(separator) ? root : root + separator;
    this.rootHash = hash('sha256', this.root, 'hex').slice(0, 2 * rootHashBytes);
  }

  nameOf(row: number): string {
    return rowName(this.rootHash, row);
  }

  /** The row that a path's line is in, the same in every process. */
  rowOf(path: string): number {
    // FNV-1a
    let sum = 0x811c9dc5;
    for (let index = 0; index < path.length; index += 1) {
      sum = Math.imul(sum ^ path.charCodeAt(index), 0x01000193);
    }
    return (sum ^ (sum >>> 16)) & (rowCount - 1);
  }
}

export function rowName(rootHash: string, row: number): string {
  return `${rootHash}/${row}`;
}
