import { HoldfastError } from '../lib/errors.ts';
import type { Confinement } from './confinement.ts';
import type { DirectoryReader } from './directory.ts';
import {
  type DirectoryEntry,
  errorCode,
  type FileSystem,
  isRegularFile,
  saysForbidden,
} from './file-system.ts';
import { GlobFindings } from './glob-findings.ts';
import type { GlobQuery } from './glob-query.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import type { ReadText } from './ignore-text.ts';
import { closed, refusal } from './refusal.ts';
import { enclosingRules, excludeText } from './repository.ts';
import type { Turns } from './turns.ts';

/** What belongs to version control and to Holdfast, never to who uses them. */
const neverEntered = new Set(['.git', '.hg', '.svn', '.jj', '.holdfast']);
/** Comparing a name with the pattern and the rules takes a third of a stat, and longer under many rules. */
const namesPerPause = 16;
const statsPerPause = 6;

/** What walks need of a workspace. */
export interface GlobGround {
  readonly confinement: Confinement;
  readonly fileSystem: FileSystem;
  readonly directories: DirectoryReader;
  readonly readText: ReadText;
  readonly turns: Turns;
  readonly separator: string;
  readonly maxEntries: number;
  isClosed(): boolean;
}

/** A directory to be entered, and the rules that hold in it before its own. */
interface Place {
  /** Relative to the root, with a slash at its end; empty for the root. */
  readonly path: string;
  readonly real: string;
  /** How many names `path` has. */
  readonly depth: number;
  readonly rules: IgnoreRules;
}

/**
 * One search: a walk in the order of the paths, which enters no directory that is ignored or that the pattern cannot
 * reach, and follows no link to a directory (that would lead to what is found anyway, in circles, or out of the root).
 */
export class GlobWalk {
  readonly #ground: GlobGround;
  readonly #query: GlobQuery;
  /** What was found so far: all of it only when `run` has resolved. */
  readonly findings = new GlobFindings();
  /** Path from the top of the ignore rules to the root, with a slash at its end. */
  #base = '';
  #entries = 0;

  constructor(ground: GlobGround, query: GlobQuery) {
    this.#ground = ground;
    this.#query = query;
  }

  /** Rejects with Holdfast's errors and the file system's. */
  async run(): Promise<GlobFindings> {
    const { confinement, fileSystem, readText } = this.#ground;
    const { root } = confinement;
    await this.#pause(4);
    const { rules, base, folders } = enclosingRules(root, fileSystem, readText);
    this.#base = base;
    this.findings.rules.push(...folders.map((directory) => ({ directory, name: '.gitignore' })));
    this.#exclude(folders[0] ?? root);
    const given = rules.withGiven(levels(base), this.#query.ignore);
    await this.#enter({ path: '', real: root, depth: 0, rules: given });
    return this.findings;
  }

  async #enter(place: Place): Promise<void> {
    await this.#pause(1);
    this.findings.entered.push(place.real);
    const entries = this.#entriesOf(place);
    if (entries === undefined) return;
    this.#count(entries.length);
    const rules = this.#rulesIn(place, entries);
    if (rules === undefined) return;
    for (const [index, entry] of inOrder(entries).entries()) {
      if (index % namesPerPause === namesPerPause - 1) await this.#pause(statsPerPause);
      const inner = this.#visit(place, entry, rules);
      if (inner !== undefined) await this.#enter(inner);
    }
  }

  /** A directory to enter comes back. */
  #visit(
    { path, real, depth }: Place,
    { name, type, readable }: DirectoryEntry,
    rules: IgnoreRules,
  ): Place | undefined {
    const { pattern } = this.#query;
    const { skipped } = this.findings;
    if (neverEntered.has(name)) return undefined;
    if (depth < pattern.base.length && name !== pattern.base[depth]) return undefined;
    const child = path + name;
    if (type === 'directory' ? !this.#reaches(depth, name) : !pattern.matches(child)) return undefined;
    if (rules.ignores(this.#base + child, type === 'directory')) skipped.ignored += 1;
    else if (!readable) skipped.unnameable.push(child);
    else if (type === 'directory') {
      return { path: `${child}/`, real: this.#join(real, name), depth: depth + 1, rules };
    } else if (type === 'special') skipped.special += 1;
    else if (type === 'file' || (this.#query.followLinks && this.#leadsToFile(child)))
      this.findings.add(child);
    else skipped.links += 1;
    return undefined;
  }

  /** Whether a match can lie in a directory of that name. */
  #reaches(depth: number, name: string): boolean {
    const { pattern } = this.#query;
    if (depth + 2 > pattern.depth) return false;
    return pattern.dots || depth < pattern.base.length || !name.startsWith('.');
  }

  #entriesOf({ path, real }: Place): readonly DirectoryEntry[] | undefined {
    const { directories } = this.#ground;
    try {
      const entries = directories.entries(real);
      if (entries === undefined && path === '') throw rootGone(undefined);
      return entries;
    } catch (error) {
      if (path === '' && saysForbidden(error)) throw rootGone(error);
      this.#forbidden(path.slice(0, -1) || '.', error);
      return undefined;
    }
  }

  /** Undefined: the directory was replaced while its ignore files were read. */
  #rulesIn({ path, real, rules: outer }: Place, entries: readonly DirectoryEntry[]): IgnoreRules | undefined {
    const { readText, confinement, turns } = this.#ground;
    const has = (wanted: string) => entries.find(({ name }) => name === wanted)?.type;
    const level = levels(this.#base + path);
    const git = has('.git');
    let rules = outer;
    if (git !== undefined) {
      this.#exclude(real);
      rules = this.#with(rules, git === 'directory' ? `${path}.git/info/exclude` : undefined, () =>
        rules.withExclude(level, excludeText(real, readText) ?? ''),
      );
    }
    if (has('.gitignore') === 'file') {
      rules = this.#with(rules, `${path}.gitignore`, () =>
        rules.withGitignore(level, readText(this.#join(real, '.gitignore')) ?? ''),
      );
    }
    if (rules === outer) return rules;
    turns.charge(4);
    return confinement.isReal(real) ? rules : undefined;
  }

  #exclude(folder: string): void {
    const directory = this.#join(this.#join(folder, '.git'), 'info');
    this.findings.rules.push({ directory, name: 'exclude' });
  }

  #with(outer: IgnoreRules, path: string | undefined, read: () => IgnoreRules): IgnoreRules {
    try {
      const rules = read();
      if (rules !== outer && path !== undefined) this.findings.ignoreFiles.push(path);
      return rules;
    } catch (error) {
      this.#forbidden(path ?? '.git', error);
      return outer;
    }
  }

  /** A link is as good as a file if it may be followed to one. */
  #leadsToFile(path: string): boolean {
    this.#ground.turns.charge(4);
    this.findings.links.push(path);
    try {
      const location = this.#ground.confinement.locate(path, new Map());
      return location.found && isRegularFile(location.status);
    } catch (error) {
      if (HoldfastError.isInstance(error) && error.code === 'E_OUTSIDE_ROOT') return false;
      // It leads in a circle, so it leads to no file.
      if (errorCode(error) === 'ELOOP') return false;
      this.#forbidden(path, error);
      return false;
    }
  }

  /** Throws, unless it is something that may not be looked at, and the search was told to leave that out. */
  #forbidden(path: string, error: unknown): void {
    if (HoldfastError.isInstance(error) ? error.code !== 'E_FILE_TOO_LARGE' : !saysForbidden(error)) {
      throw refusal(path, error);
    }
    if (this.#query.leaveOut) {
      this.findings.skipped.unreadable.push({ path, cause: error });
      return;
    }
    if (HoldfastError.isInstance(error)) throw error;
    throw new HoldfastError(
      'E_FILE_UNREADABLE',
      `${JSON.stringify(path)} may not be looked into, so what the pattern finds there cannot be told. Allow this ` +
        "process to read it, name it in `ignore`, or search with `unreadable: 'leave out'`.",
      { cause: error },
    );
  }

  #count(entries: number): void {
    this.#entries += entries;
    if (this.#entries <= this.#ground.maxEntries) return;
    throw new HoldfastError(
      'E_GLOB_TOO_LARGE',
      `The search for ${JSON.stringify(this.#query.pattern.text)} came upon more names than maxGlobEntries, which ` +
        `is ${this.#ground.maxEntries}. Raise that option of openWorkspace(), begin the pattern with a folder, or ` +
        'leave folders out with `ignore`.',
    );
  }

  async #pause(stats: number): Promise<void> {
    await this.#ground.turns.until(stats);
    if (this.#ground.isClosed()) throw closed();
  }

  #join(real: string, name: string): string {
    const { separator } = this.#ground;
    return real.endsWith(separator) ? real + name : real + separator + name;
  }
}

/** By code unit of the paths below: `a.ts` comes before `a/b`, and that before `a0`. */
function inOrder(entries: readonly DirectoryEntry[]): DirectoryEntry[] {
  return entries
    .map((entry) => ({ entry, key: entry.type === 'directory' ? `${entry.name}/` : entry.name }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ entry }) => entry);
}

function levels(path: string): number {
  return path.split('/').length - 1;
}

function rootGone(cause: unknown): HoldfastError {
  return new HoldfastError(
    'E_WORKSPACE_ROOT',
    'The root of the workspace is gone or may not be looked into: what is in it counts as unknown until it may.',
    { cause },
  );
}
