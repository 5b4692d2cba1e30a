import { isObject, type JsonObject, objectsOf } from '../json-object.ts';
import { joinParts } from './parts.ts';

/**
 * The chunks of a stream as the one document that the same answer would be. What grows is joined (parts, citations, log
 * probabilities); of everything else the last word counts, as Gemini repeats or completes it: usage, reasons to finish,
 * ratings, versions.
 */
export function merge(chunks: readonly JsonObject[]): JsonObject {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const candidates = new Map<number, JsonObject[]>();
  let whole: JsonObject = {};
  for (const { candidates: own, ...rest } of chunks) {
    whole = { ...whole, ...rest };
    for (const candidate of objectsOf(own)) {
      const index = indexOf(candidate);
      const earlier = candidates.get(index);
      if (earlier === undefined) candidates.set(index, [candidate]);
      else earlier.push(candidate);
    }
  }
  if (candidates.size === 0) return whole;
  const inOrder = [...candidates].sort(([one], [other]) => one - other);
  return { candidates: inOrder.map(([, pieces]) => mergeCandidate(pieces)), ...whole };
}

/** Which of several answers a piece belongs to; the first where it does not say, as JSON leaves a zero out. */
export function indexOf(candidate: JsonObject): number {
  return typeof candidate.index === 'number' ? candidate.index : 0;
}

function mergeCandidate(pieces: readonly JsonObject[]): JsonObject {
  let whole: JsonObject = {};
  for (const piece of pieces) {
    const { content: _, ...rest } = piece;
    const joined = Object.entries(rest).map(([name, value]) => [name, join(name, whole[name], value)]);
    whole = { ...whole, ...Object.fromEntries(joined) };
  }
  const contents = pieces.map(({ content }) => content).filter(isObject);
  if (contents.length === 0) return whole;
  let content: JsonObject = {};
  for (const piece of contents) content = { ...content, ...piece };
  const parts = joinParts(contents.flatMap((piece) => objectsOf(piece.parts)));
  return { content: { ...content, parts }, ...whole };
}

/** Fields of a candidate that hold lists which go on from chunk to chunk. */
const growing: Readonly<Record<string, readonly string[]>> = {
  citationMetadata: ['citationSources', 'citations'],
  logprobsResult: ['chosenCandidates', 'topCandidates'],
};

function join(name: string, earlier: unknown, later: unknown): unknown {
  if (!isObject(earlier) || !isObject(later)) {
    // Ratings that are left out of a later chunk still hold.
    return Array.isArray(later) && later.length === 0 && earlier !== undefined ? earlier : later;
  }
  const lists = Object.hasOwn(growing, name) ? (growing[name] ?? []) : [];
  const joined = lists.flatMap((list) => {
    const [before, after] = [earlier[list], later[list]];
    return Array.isArray(before) && Array.isArray(after)
      ? [[list, distinct(name, before, after)] as const]
      : [];
  });
  return { ...earlier, ...later, ...Object.fromEntries(joined) };
}

/** A citation may be repeated; a token is not. */
function distinct(name: string, before: readonly unknown[], after: readonly unknown[]): unknown[] {
  if (name !== 'citationMetadata') return [...before, ...after];
  const known = new Set(before.map((item) => JSON.stringify(item)));
  return [...before, ...after.filter((item) => !known.has(JSON.stringify(item)))];
}
