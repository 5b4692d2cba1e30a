import type { Explanation, Key } from 'holdfast';
import type { WhyEntry } from '../api/index.ts';
import { type ContextCache, pathOf } from './context-cache.ts';

/** Of what an entry was made from, so much is told; the index is made from every file. */
const toldDependencies = 8;

/** How an entry stands and why, and then everything that was made from it, in the order of the distance from it. */
export async function whyEntries(context: ContextCache, first: Key): Promise<WhyEntry[]> {
  const seen = new Set([first.digest]);
  const keys = [first];
  // The list grows while it is walked.
  for (const key of keys) {
    for (const above of await context.cache.dependents(key)) {
      if (seen.has(above.digest)) continue;
      seen.add(above.digest);
      keys.push(above);
    }
  }
  const entries: WhyEntry[] = [];
  // One after the other, from below: what a check finds out of an entry serves those above it.
  for (const key of keys) entries.push(describe(key, await context.explain(key)));
  return entries;
}

function describe(key: Key, explanation: Explanation): WhyEntry {
  const { state, age, others, regenerated, difference, dependencies } = explanation;
  return {
    entry: nameOf(key),
    kind: key.kind,
    state,
    because: because(explanation),
    ...(age !== undefined && { ageMs: age }),
    others,
    ...(regenerated !== undefined && {
      regenerated: {
        because: regenerated.because,
        at: regenerated.at,
        ...(regenerated.on !== undefined && { on: nameOf(regenerated.on) }),
        ...(regenerated.was !== undefined && { was: shorten(regenerated.was) }),
        ...(regenerated.is !== undefined && { is: shorten(regenerated.is) }),
      },
    }),
    ...(difference !== undefined && {
      difference: {
        on: nameOf(difference.on),
        was: shorten(difference.was),
        is: shorten(difference.is),
      },
    }),
    madeFrom: dependencies
      .slice(0, toldDependencies)
      .map(({ type, on, digest }) => ({ type, on: nameOf(on), digest: shorten(digest) })),
    madeFromCount: dependencies.length,
  };
}

/** The library names entries by their hashes; here a key is a path, which may be told. */
function because({ state, because: general, difference }: Explanation): string {
  switch (state) {
    case 'fresh':
      return 'nothing that it was made from has changed';
    case 'absent':
      return 'nothing is kept: it is made when somebody asks for it';
    case 'changed':
      return difference === undefined ? general : `${nameOf(difference.on)} has changed since`;
    case 'unknown':
      if (difference === undefined) return general;
      return typeof difference.on === 'string'
        ? `${difference.on} cannot be looked at now`
        : `${nameOf(difference.on)} is not up to date: when somebody asks, that comes first`;
    default:
      return general;
  }
}

function nameOf(on: string | Key): string {
  if (typeof on === 'string') return on;
  const path = pathOf(on);
  return path === '' ? on.kind : `${on.kind}(${path})`;
}

/** Twelve digits tell digests apart as well as git's short names do; words such as `absent` stay whole. */
function shorten(digest: string): string {
  return /^[0-9a-f]{64}$/.test(digest) ? digest.slice(0, 12) : digest;
}
