import type { HoldfastError } from '../lib/errors.ts';

type Problem = (what: string) => HoldfastError;

const maxChoices = 5;
const maxParts = 12;
const maxNumbers = 1_000;

/**
 * Refuses what may take for ever: a pattern becomes a regular expression, which tries a long name again for every way
 * to cut it into pieces. n wildcards in one part cost up to (length of the name)ⁿ steps, a repeated group that can be
 * cut in two ways 2 to the length.
 *
 * @throws E_GLOB
 */
export function refuseDangerous(pattern: string, problem: Problem): void {
  const plain = pattern.replace(/\\./gsu, '_').replace(/\[[^\]/]*\]/gu, '?');
  if ((plain.match(/\*\*/gu)?.length ?? 0) > maxChoices) {
    throw problem(`has more than ${maxChoices} times **`);
  }
  for (const part of plain.split('/')) {
    const choices = (part.match(/\*+|[{(]/gu)?.length ?? 0) - (part.match(/\*\(/gu)?.length ?? 0);
    if (choices > maxChoices) {
      throw problem(`has more than ${maxChoices} wildcards, braces and groups in one part`);
    }
  }
  const braces = plain.match(/\{/gu)?.length ?? 0;
  if (braces > maxParts) throw problem(`has more than ${maxParts} braces`);
  if (/(?:^|[^!?*+@])\(/u.test(plain)) {
    throw problem('holds a parenthesis without one of ! ? * + @ before it: to mean the character, write \\(');
  }
  refuseRepetitions(plain, problem);
}

/** A repeated group is harmless if a text can be cut into its alternatives in one way only. */
function refuseRepetitions(pattern: string, problem: Problem): void {
  for (const { index } of pattern.matchAll(/[*+]\(/gu)) {
    const body = /^[^()]*\)/u.exec(pattern.slice(index + 2))?.[0];
    const alternatives = body?.slice(0, -1).split('|').toSorted() ?? [''];
    const ambiguous = alternatives.some(
      (one, at) => one === '' || /[*?{}/[\]]/u.test(one) || alternatives[at + 1]?.startsWith(one) === true,
    );
    if (ambiguous) {
      throw problem(
        'repeats a group that holds more than plain words of which none begins another: repeat with ** or *',
      );
    }
  }
}

/** `{1..5}`, `{01..10}`, `{a..e}` as the alternatives they stand for. @throws E_GLOB */
export function expandRange(from: string, to: string, step: string, problem: Problem): string {
  const stride = Math.abs(Number(step));
  const numeric = /^-?\d+$/u.test(from) && /^-?\d+$/u.test(to);
  const letters = /^[a-z]$/iu.test(from) && /^[a-z]$/iu.test(to);
  if (!(numeric || letters) || !Number.isSafeInteger(stride) || stride === 0) {
    throw problem('holds a range that is neither one of whole numbers nor one of letters');
  }
  const first = numeric ? Number(from) : from.charCodeAt(0);
  const last = numeric ? Number(to) : to.charCodeAt(0);
  const count = Math.floor(Math.abs(last - first) / stride) + 1;
  if (!(count <= maxNumbers)) throw problem(`holds a range of more than ${maxNumbers} numbers`);
  const width = /^-?0\d/u.test(from) || /^-?0\d/u.test(to) ? Math.max(from.length, to.length) : 0;
  const values = Array.from({ length: count }, (_, index) => {
    const value = first + Math.sign(last - first) * stride * index;
    if (!numeric) return String.fromCharCode(value);
    return value < 0 ? `-${String(-value).padStart(width - 1, '0')}` : String(value).padStart(width, '0');
  });
  return `(${values.join('|')})`;
}
