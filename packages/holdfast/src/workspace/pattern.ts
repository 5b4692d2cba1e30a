import picomatch from 'picomatch';
import { HoldfastError } from '../lib/errors.ts';
import { expandRange, refuseDangerous } from './pattern-bounds.ts';

/** A pattern, ready to be searched for. */
export interface Pattern {
  /** As dependencies hold it: without `./` at its beginning. */
  readonly text: string;
  /** The names of the directories that every match lies in. */
  readonly base: readonly string[];
  /** How many names a match has at most. */
  readonly depth: number;
  /** Whether there may be a match in a directory whose name begins with a dot, below the base. */
  readonly dots: boolean;
  matches(path: string): boolean;
}

const maxLength = 4_096;

/** @throws E_GLOB */
export function parsePattern(given: string, dot: boolean): Pattern {
  const problem = (what: string) => new HoldfastError('E_GLOB', `The pattern ${shown(given)} ${what}.`);
  refuseMalformed(given, problem);
  const text = given.replace(/^(?:\.\/+)+/, '');
  refuseDangerous(text, problem);
  let matches: Pattern['matches'];
  try {
    // Without `posix`, `[!a]` is `!` or `a`; without `regex: false`, a plus after a bracket is a repetition; without
    // `strictSlashes`, `a/**` finds a file `a`.
    matches = picomatch(text, {
      dot,
      // Called with the options in the last place, which is the third or the fourth.
      expandRange: (from: string, to: string, step: unknown) =>
        expandRange(from, to, typeof step === 'string' ? step : '1', problem),
      nonegate: true,
      posix: true,
      regex: false,
      strictSlashes: true,
      windows: false,
    });
  } catch (error) {
    if (HoldfastError.isInstance(error)) throw error;
    throw problem('cannot be made sense of: put a backslash before each character that stands for itself');
  }
  return { text, ...reach(text, dot), matches };
}

function refuseMalformed(pattern: string, problem: (what: string) => HoldfastError): void {
  if (typeof pattern !== 'string') throw problem('is not a string');
  if (pattern.length > maxLength) throw problem(`is longer than ${maxLength} characters`);
  if (pattern === '') throw problem('is empty: to find every file, write "**"');
  if (pattern.includes('\0')) throw problem('holds a NUL character, which no file name can');
  if (!pattern.isWellFormed()) throw problem('holds half a surrogate pair, which no file name can');
  if (/^[\\/]|^[a-z]:/iu.test(pattern) && !/^\\[^\w\\/]/u.test(pattern)) {
    throw problem('is absolute: give one relative to the root of the workspace');
  }
  if (/\\(?:[\w/]|$)/u.test(pattern)) {
    throw problem(
      'holds a backslash that escapes nothing: write / between folders, and \\ only before * ? [ ] { } ( ) ! + @ \\',
    );
  }
  if (pattern.startsWith('!') && !pattern.startsWith('!(')) {
    throw problem('begins with !, which turns nothing around here: give what is to be left out as `ignore`');
  }
  if (pattern.endsWith('/')) throw problem('ends with a slash, and a glob finds files only: add ** to it');
  const parts = pattern.replace(/^(?:\.\/+)+/, '').split('/');
  if (parts.includes('..')) throw problem('holds .. as a part: a glob finds files below the root only');
  if (parts.includes('.') || parts.includes('')) throw problem('holds an empty part, which no path has');
}

/** Where a walk has to go. What cannot be told costs time only: a directory too many. */
function reach(text: string, dot: boolean): Pick<Pattern, 'base' | 'depth' | 'dots'> {
  const parts = text.split('/');
  const special = parts.findIndex((part) => /[*?[\]{}()!+@\\|]/u.test(part));
  const base = parts.slice(0, special < 0 ? -1 : special);
  const rest = parts.slice(base.length).join('/');
  return {
    base,
    // A group may repeat what it holds, a slash too; braces only choose, so that all slashes are as many as one choice has.
    depth: /\*\*|\(/u.test(rest) ? Number.POSITIVE_INFINITY : parts.length,
    dots: dot || /\[|(?:^|[/{}(),|\\!@+\]])\./u.test(rest),
  };
}

function shown(pattern: unknown): string {
  if (typeof pattern !== 'string') return pattern === null ? 'null' : `of type ${typeof pattern}`;
  return JSON.stringify(pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern);
}
