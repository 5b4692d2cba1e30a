import { HoldfastError } from '../lib/errors.ts';
import type { GlobOptions } from '../model/dependency.ts';
import { type Pattern, parsePattern } from './pattern.ts';

/** A search that has been understood. */
export interface GlobQuery {
  readonly pattern: Pattern;
  /** As dependencies hold them: without those that are the default. */
  readonly options: GlobOptions;
  readonly ignore: readonly string[];
  /** Directories that may not be looked into are left out. */
  readonly leaveOut: boolean;
  readonly followLinks: boolean;
}

const maxLines = 1_000;
const maxLineLength = 4_096;

/** @throws E_GLOB, E_OPTION */
export function parseQuery(given: string, options: GlobOptions): GlobQuery {
  const { dot = false, ignore = [], links = 'follow', unreadable = 'refuse' } = options;
  if (typeof dot !== 'boolean') throw wrong('dot', 'true or false', dot);
  if (links !== 'follow' && links !== 'leave out') throw wrong('links', "'follow' or 'leave out'", links);
  if (unreadable !== 'refuse' && unreadable !== 'leave out') {
    throw wrong('unreadable', "'refuse' or 'leave out'", unreadable);
  }
  if (!Array.isArray(ignore) || ignore.length > maxLines || !ignore.every(isLine)) {
    const what = `an array of at most ${maxLines} lines as in .gitignore, of at most ${maxLineLength} characters`;
    throw wrong('ignore', what, ignore);
  }
  const pattern = parsePattern(given, dot);
  return {
    pattern,
    options: {
      ...(dot && { dot }),
      ...(ignore.length > 0 && { ignore: [...ignore] }),
      ...(links !== 'follow' && { links }),
      ...(unreadable !== 'refuse' && { unreadable }),
    },
    ignore,
    leaveOut: unreadable === 'leave out',
    followLinks: links === 'follow',
  };
}

function isLine(line: unknown): boolean {
  return typeof line === 'string' && line.length <= maxLineLength && !/[\0\n]/u.test(line);
}

function wrong(name: string, what: string, value: unknown): HoldfastError {
  const shown = (JSON.stringify(value) ?? typeof value).slice(0, 200);
  return new HoldfastError('E_OPTION', `'${name}' of a glob must be ${what}, not ${shown}`);
}
