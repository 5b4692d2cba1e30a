import { matchesGlob, posix } from 'node:path';
import { sha256Bytes } from '../lib/canonical.ts';
import { HoldfastError } from '../lib/errors.ts';
import {
  absent,
  type Digest,
  type DirectoryDependency,
  type ExistsDependency,
  type FileDependency,
  type GlobDependency,
  type GlobOptions,
  mismatched,
  present,
  type SourceDependency,
} from '../model/dependency.ts';
import { same, type Verdict } from '../model/trace.ts';
import type { DependencySource, Reading } from '../trace/source.ts';

/**
 * Files in memory, in place of a workspace: a test writes `contents`, and generators read them through `ctx`. There are
 * no ignore files, links or permissions; of a glob's options there is only `ignore`, which takes patterns.
 *
 * @example
 * const files = new MemoryFiles({ 'src/a.ts': 'text' });
 * const { cache } = createTestCache({ workspace: files });
 */
export class MemoryFiles implements DependencySource {
  /** Texts by paths relative to the root, with `/`. */
  readonly contents: Map<string, string>;
  /** Checks so far: a cache asks once for all that an entry was made from. */
  checks = 0;
  /** Nothing can be looked at: every reading is refused, every check `unknown`. */
  broken = false;
  /** Called at each check, which waits for what it returns. Default: nothing. */
  gate: () => Promise<void> | undefined = () => undefined;

  constructor(contents: Readonly<Record<string, string>> = {}) {
    this.contents = new Map(Object.entries(contents));
  }

  normalize(path: string): string {
    const normal = posix.normalize(path);
    if (posix.isAbsolute(normal) || normal === '..' || normal.startsWith('../')) {
      throw new HoldfastError('E_OUTSIDE_ROOT', 'A path leads out of the root of the files in memory.');
    }
    return normal === './' ? '.' : normal.replace(/\/$/, '');
  }

  async read(path: string): Promise<Reading<Uint8Array, FileDependency>> {
    const dependency = { type: 'file', path, digest: this.#fileDigest(path) } as const;
    const text = this.contents.get(path);
    if (text !== undefined && !this.broken) {
      return { state: 'found', value: new TextEncoder().encode(text), dependency };
    }
    return this.#without(dependency, 'E_NOT_A_FILE');
  }

  async hash(path: string): Promise<Reading<undefined, FileDependency>> {
    const reading = await this.read(path);
    return reading.state === 'found' ? { ...reading, value: undefined } : reading;
  }

  async exists(path: string): Promise<Reading<boolean, ExistsDependency>> {
    const dependency = { type: 'exists', path, digest: this.#existence(path) } as const;
    if (this.broken) return this.#without(dependency, 'E_FILE_UNREADABLE');
    return { state: 'found', value: dependency.digest === present, dependency };
  }

  async list(path: string): Promise<Reading<readonly string[], DirectoryDependency>> {
    const dependency = { type: 'dir', path, digest: this.#listDigest(path) } as const;
    const names = this.#names(path);
    if (names.length === 0 || this.broken) return this.#without(dependency, 'E_NOT_A_DIRECTORY');
    return { state: 'found', value: names, dependency };
  }

  async glob(pattern: string, options: GlobOptions): Promise<Reading<readonly string[], GlobDependency>> {
    const value = this.#matches(pattern, options);
    const digest = digestOfList(value);
    const dependency = { type: 'glob', pattern, options, ignoreFiles: [], digest } as const;
    if (this.broken) return this.#without(dependency, 'E_FILE_UNREADABLE');
    return { state: 'found', value, dependency };
  }

  async check(dependencies: readonly SourceDependency[]): Promise<Verdict> {
    this.checks += 1;
    await this.gate();
    for (const dependency of dependencies) {
      if (this.broken) return { state: 'unknown', dependency, cause: new Error('EIO: as the test wants it') };
      const seen = this.#digest(dependency);
      if (seen !== dependency.digest) return { state: 'changed', dependency, seen };
    }
    return same;
  }

  #digest(dependency: SourceDependency): Digest {
    switch (dependency.type) {
      case 'file':
        return this.#fileDigest(dependency.path);
      case 'exists':
        return this.#existence(dependency.path);
      case 'dir':
        return this.#listDigest(dependency.path);
      case 'glob':
        return digestOfList(this.#matches(dependency.pattern, dependency.options));
    }
  }

  #without<D extends SourceDependency>(
    dependency: D,
    code: 'E_NOT_A_FILE' | 'E_NOT_A_DIRECTORY' | 'E_FILE_UNREADABLE',
  ): Reading<never, D> {
    if (this.broken) {
      const error = new HoldfastError('E_FILE_UNREADABLE', 'the files in memory are broken');
      return { state: 'refused', dependency: { ...dependency, digest: 'unreadable' }, error };
    }
    if (dependency.digest === absent) {
      return { state: 'absent', dependency, cause: new Error('ENOENT: not among the files in memory') };
    }
    return { state: 'refused', dependency, error: new HoldfastError(code, 'it is something else') };
  }

  #fileDigest(path: string): Digest {
    const text = this.contents.get(path);
    if (text !== undefined) return sha256Bytes(text);
    return this.#names(path).length > 0 ? mismatched : absent;
  }

  #existence(path: string): Digest {
    return this.contents.has(path) || this.#names(path).length > 0 ? present : absent;
  }

  #listDigest(path: string): Digest {
    const names = this.#names(path);
    if (names.length > 0) return digestOfList(names);
    return this.contents.has(path) ? mismatched : absent;
  }

  /** What stands in a directory; there are no empty ones. */
  #names(directory: string): string[] {
    const before = directory === '.' ? '' : `${directory}/`;
    const names = [...this.contents.keys()]
      .filter((path) => path.startsWith(before))
      .map((path) => before + (path.slice(before.length).split('/')[0] as string));
    return [...new Set(names)].sort();
  }

  #matches(pattern: string, { ignore = [] }: GlobOptions): string[] {
    return [...this.contents.keys()]
      .filter((path) => matchesGlob(path, pattern) && !ignore.some((line) => matchesGlob(path, line)))
      .sort();
  }
}

function digestOfList(names: readonly string[]): Digest {
  return sha256Bytes(JSON.stringify(names));
}
