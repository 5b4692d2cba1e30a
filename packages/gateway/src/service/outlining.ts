import type { Outcome } from 'holdfast';
import { codeOf } from '../error-code.ts';
import type { ContextCache } from './context-cache.ts';

/**
 * Parses take turns, so more at once is no faster: it only lets generations wait for each other, which the ledger would
 * count as their cost. Two, so that one file is read and verified while another is parsed.
 */
const filesAtOnce = 2;
/** As many entries are verified together: enough to share a check, and the event loop turns in between. */
const explainedAtOnce = 256;

/** Of these files, those whose outline is not kept, or does not hold. Nothing is generated. */
export async function withoutOutline(
  context: ContextCache,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const stale: string[] = [];
  for (let at = 0; at < paths.length; at += explainedAtOnce) {
    signal.throwIfAborted();
    const some = paths.slice(at, at + explainedAtOnce);
    const states = await Promise.all(some.map((path) => context.outline.explain(path)));
    stale.push(...some.filter((_, index) => states[index]?.state !== 'fresh'));
  }
  return stale;
}

/**
 * Makes the outlines of files, and their symbols: left to the index, all of those would be made at once.
 *
 * @param done called after each file, also after one that cannot be outlined: with what it took to come by the outline
 * @returns a warning for each file that could not be outlined
 */
export async function outlineAll(
  context: ContextCache,
  paths: readonly string[],
  signal: AbortSignal,
  done: (path: string, outcome: Outcome | undefined) => void,
): Promise<string[]> {
  const failures: string[] = [];
  const waiting = paths.values();
  const lane = async () => {
    for (const path of waiting) {
      signal.throwIfAborted();
      let outcome: Outcome | undefined;
      try {
        outcome = (await context.outline.resolve(path)).outcome;
        // A call for what is kept would be a hit in the ledger that nobody asked for. Where the outline was stored, its
        // symbols are, too, as a rule: the index finds them when it is looked at, and makes what is missing.
        if (outcome !== 'stored' && (await context.symbols.explain(path)).state !== 'fresh')
          await context.symbols(path);
      } catch (error) {
        signal.throwIfAborted();
        // A file that has gone since it was listed is no failure: the next look does not list it.
        if (codeOf(error) !== 'E_FILE_ABSENT') failures.push(`${path}: not outlined (${codeOf(error)})`);
      }
      done(path, outcome);
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, lane));
  return failures;
}

/**
 * The same paths in an order of this process's own: two that read one folder at the same time begin at different files, and
 * each finds in the store what the other has made. Multiples of the golden ratio are far from each other, whichever
 * processes there are.
 */
export function fromOwnPlace(paths: readonly string[], processId: number): string[] {
  const at = Math.floor(((processId * 0.618_033_988_749) % 1) * paths.length);
  return [...paths.slice(at), ...paths.slice(0, at)];
}
