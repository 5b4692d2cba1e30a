import type { Recording } from '../exchange.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { eventsIn } from './events.ts';

/** An answer in its parts: one for a document, one for each event of a stream or item of an array. */
export interface Chunks {
  /** Those that are JSON objects. */
  readonly chunks: readonly JsonObject[];
  /** Their texts, as they came. */
  readonly texts: readonly string[];
  /** What is wrong with the rest of it; undefined where there is none. */
  readonly defect: string | undefined;
}

/** Never throws. */
export function chunksOf(recording: Recording): Chunks {
  return recording.form === 'events' ? chunksOfEvents(recording.body) : chunksOfJson(recording);
}

function chunksOfEvents(body: string): Chunks {
  const { events, isBroken } = eventsIn(body);
  const chunks: JsonObject[] = [];
  const texts: string[] = [];
  let defect = isBroken ? 'its stream breaks off' : undefined;
  for (const { data, isStray } of events) {
    const value = parsed(data);
    // Of bare lines only an error counts; the standard says to skip them.
    if (isObject(value) && (!isStray || 'error' in value)) {
      chunks.push(value);
      texts.push(data);
    } else if (!isStray) defect ??= 'an event is no JSON object';
  }
  return { chunks, texts, defect };
}

function chunksOfJson({ form, body }: Recording): Chunks {
  const text = body.startsWith('\ufeff') ? body.slice(1) : body;
  const value = parsed(text);
  if (value === undefined) return { chunks: [], texts: [], defect: 'it is no JSON, or breaks off' };
  // An error of a stream comes as an array of one, whatever was asked.
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const chunks = values.filter(isObject);
  const isOther = Array.isArray(value) !== (form === 'array');
  const defect = chunks.length < values.length || isOther ? 'it is JSON of another shape' : undefined;
  const texts = Array.isArray(value) ? textsOf(chunks) : [text];
  return { chunks, texts: texts ?? [], defect };
}

/** Undefined where an item is too deep to be written. */
function textsOf(chunks: readonly JsonObject[]): string[] | undefined {
  try {
    return chunks.map((chunk) => JSON.stringify(chunk));
  } catch {
    return undefined;
  }
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
