import { isObject, type JsonObject, objectsOf } from '../json-object.ts';
import { indexOf } from './merge.ts';

/**
 * Why the candidates of an answer are not good by the reasons that they ended for; undefined where all ended well. The
 * only reason that is good is STOP; any that is not known here is bad.
 * @param truncated whether MAX_TOKENS is allowed
 */
export function badFinish(chunks: readonly JsonObject[], truncated: boolean): string | undefined {
  const ended = new Map<number, boolean>();
  for (const chunk of chunks) {
    for (const candidate of objectsOf(chunk.candidates)) {
      const { finishReason: reason } = candidate;
      const isSaid = reason !== undefined && reason !== null && reason !== 'FINISH_REASON_UNSPECIFIED';
      if (isSaid && reason !== 'STOP' && !(truncated && reason === 'MAX_TOKENS')) {
        return reason === 'MAX_TOKENS'
          ? 'it was cut at the length that is allowed (MAX_TOKENS)'
          : `it ended with ${shown(reason)}`;
      }
      const index = indexOf(candidate);
      ended.set(index, isSaid || ended.get(index) === true);
    }
  }
  if (ended.size === 0) return blocked(chunks) ?? 'it has no candidates';
  return [...ended.values()].every(Boolean) ? blocked(chunks) : noEnd;
}

export const noEnd = 'it has no end: no finishReason came';

function blocked(chunks: readonly JsonObject[]): string | undefined {
  for (const { promptFeedback } of chunks) {
    const reason = isObject(promptFeedback) ? promptFeedback.blockReason : undefined;
    if (reason !== undefined && reason !== null) return `the prompt was blocked with ${shown(reason)}`;
  }
  return undefined;
}

/** A name of the API's; never a text of an answer. */
function shown(reason: unknown): string {
  return typeof reason === 'string' && /^[A-Z][A-Z_]{0,59}$/.test(reason)
    ? reason
    : 'a reason that is not known';
}
