import type { OutlineLine, ServerEvents } from '../api/index.ts';
import type { Outline } from '../outline/index.ts';
import type { Edits } from './edits.ts';
import { OutlineLines } from './outline-lines.ts';
import type { SourceFiles } from './source-files.ts';

/** A line for each outline of the folder's files, true of what the cache keeps. What changes one is an edit, and is told. */
export class ShownOutlines {
  readonly #files: SourceFiles;
  readonly #edits: Edits;
  readonly #tell: (outline: ServerEvents['outline']) => void;
  readonly #lines = new OutlineLines();

  constructor(files: SourceFiles, edits: Edits, tell: (outline: ServerEvents['outline']) => void) {
    this.#files = files;
    this.#edits = edits;
    this.#tell = tell;
  }

  get size(): number {
    return this.#lines.size;
  }

  get generations(): number {
    return this.#lines.generations;
  }

  get estimatedTokens(): number {
    return this.#lines.estimatedTokens;
  }

  list(): OutlineLine[] {
    return this.#lines.list();
  }

  has(path: string): boolean {
    return this.#lines.has(path);
  }

  forget(path: string): void {
    this.#lines.forget(path);
  }

  made(outline: Outline, seconds: number): void {
    const { path } = outline;
    this.#lines.generated(path);
    this.#edits.note((account) => account.made(path));
    if (this.#files.paths.has(path)) this.#tell({ ...this.#lines.show(outline), seconds });
  }

  restored(outline: Outline): void {
    const { path } = outline;
    if (!this.#files.paths.has(path)) return;
    this.#edits.note((account) => account.restored(path));
    this.#tell({ ...this.#lines.show(outline), seconds: 0, restored: true });
  }

  /** What came from the store, or has come back with its file, is told by no event of the cache. */
  kept(outline: Outline | undefined): void {
    if (outline !== undefined && !this.#lines.tellsOf(outline)) this.restored(outline);
  }
}
