import { createHash } from 'node:crypto';

/** What a search left out that its pattern would have found. */
export interface GlobSkips {
  /** By an ignore file, or by `ignore`. A directory counts once. */
  readonly ignored: number;
  /** Symbolic links to directories, out of the root, or to nothing. */
  readonly links: number;
  /** Pipes, sockets and devices. */
  readonly special: number;
  /** Names that are not valid UTF-8, with U+FFFD for what is not: no path can name them. */
  readonly unnameable: readonly string[];
  /** What may not be looked into, with `unreadable: 'leave out'`; of an ignore file, the rules. */
  readonly unreadable: readonly { readonly path: string; readonly cause: unknown }[];
}

/** What a search has found so far. Paths come sorted by code unit, so that nothing need be sorted in the end. */
export class GlobFindings {
  readonly paths: string[] = [];
  readonly ignoreFiles: string[] = [];
  /** The real paths of the directories that were entered. */
  readonly entered: string[] = [];
  /** Links that the search followed to see whether a file stands at their other end. */
  readonly links: string[] = [];
  /** Those of the files outside of them that were asked for rules, in their directories. */
  readonly rules: { readonly directory: string; readonly name: string }[] = [];
  readonly skipped = {
    ignored: 0,
    links: 0,
    special: 0,
    unnameable: [] as string[],
    unreadable: [] as { path: string; cause: unknown }[],
  } satisfies GlobSkips;
  readonly #hasher = createHash('sha256');
  #hashed = 0;

  add(path: string): void {
    if (this.paths.push(path) - this.#hashed >= 1_024) this.#hash();
  }

  /**
   * Of the paths, and of what may not be looked into: when it may be again, that is a change even if no path comes of
   * it. Ignore files need no part in it: every check walks again, under the rules of that moment.
   */
  digest(): string {
    this.#hash();
    for (const { path } of this.skipped.unreadable) this.#hasher.update(`\0${path}\0`);
    return this.#hasher.digest('hex');
  }

  /** In pieces, so that a long list holds up nobody. */
  #hash(): void {
    // NUL is in no path, so that no two lists are one text.
    const piece = this.paths.slice(this.#hashed);
    this.#hashed = this.paths.length;
    if (piece.length > 0) this.#hasher.update(`${piece.join('\0')}\0`);
  }
}
