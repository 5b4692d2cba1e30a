import ignore, { type Ignore } from 'ignore';

/*
 * git's precedence, from the weakest: `.git/info/exclude`, then each `.gitignore` from the top down, and here the
 * rules that the caller gave, which are the strongest as those of git's command line are. The last pattern that matches decides, so all patterns stand in one list, in that order; asking the files one by one
 * goes wrong when a weak one ignores a folder that a stronger one takes back.
 *
 * For that list the patterns of a nested file are moved to the top: a folder three levels down puts `/*` three
 * times before them. Wildcards will do, and spare us from escaping names like `[slug]`, because a list is asked
 * only about paths in the folder that it was made for.
 */

// git compares as the file system does.
const ignorecase = process.platform === 'win32' || process.platform === 'darwin';

/** The ignore rules that hold in one folder. Paths are relative to the top, with `/`. Immutable. */
export class IgnoreRules {
  readonly #excludes: readonly string[];
  readonly #gitignores: readonly string[];
  readonly #given: readonly string[];
  readonly #rules: Ignore | undefined;

  private constructor(excludes: readonly string[], gitignores: readonly string[], given: readonly string[]) {
    this.#excludes = excludes;
    this.#gitignores = gitignores;
    this.#given = given;
    const patterns = [...excludes, ...gitignores, ...given];
    if (patterns.length > 0) {
      this.#rules = ignore({ ignorecase }).add(patterns.map((pattern) => ({ pattern })));
    }
  }

  // A method: TypeScript 7.0 compiles a static field that makes its own class into a use before assignment.
  static none(): IgnoreRules {
    return new IgnoreRules([], [], []);
  }

  /** With the text of the `.gitignore` of a folder `depth` levels below the top. Itself, if that holds no rule. */
  withGitignore(depth: number, text: string): IgnoreRules {
    return this.#with([], patternsOf(text, depth), []);
  }

  /** With the text of the `.git/info/exclude` of a repository `depth` levels below the top. */
  withExclude(depth: number, text: string): IgnoreRules {
    return this.#with(patternsOf(text, depth), [], []);
  }

  /** With rules that are stronger than those of any file, for a folder `depth` levels below the top. */
  withGiven(depth: number, lines: readonly string[]): IgnoreRules {
    return this.#with([], [], patternsOf(lines.join('\n'), depth));
  }

  ignores(path: string, isFolder: boolean): boolean {
    return this.#rules?.ignores(isFolder ? `${path}/` : path) ?? false;
  }

  #with(excludes: string[], gitignores: string[], given: string[]): IgnoreRules {
    if (excludes.length + gitignores.length + given.length === 0) return this;
    return new IgnoreRules(
      [...this.#excludes, ...excludes],
      [...this.#gitignores, ...gitignores],
      [...this.#given, ...given],
    );
  }
}

function patternsOf(text: string, depth: number): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    patterns.push(depth === 0 ? line : lowered(line, depth));
  }
  return patterns;
}

/** The pattern as it must read `depth` levels further up. */
function lowered(pattern: string, depth: number): string {
  const negation = pattern.startsWith('!') ? '!' : '';
  // A backslash protects a leading `!` or `#`, which no longer lead.
  const body = pattern.slice(negation.length).replace(/^\\([!#])/, '$1');
  const trimmed = body.replace(/(?<!\\) +$/, '');
  const anchored = trimmed.slice(0, -1).includes('/');
  return `${negation}${'/*'.repeat(depth)}${anchored ? '/' : '/**/'}${body.replace(/^\//, '')}`;
}
