import type { JsonObject } from '../json-object.ts';

/** A part that is text and nothing else, perhaps of the model's thoughts. */
type PlainText = { readonly text: string; readonly thought?: unknown };

function isPlainText(part: JsonObject): part is PlainText {
  return (
    typeof part.text === 'string' && Object.keys(part).every((name) => name === 'text' || name === 'thought')
  );
}

function isThought(part: JsonObject): boolean {
  return part.thought === true;
}

/** Neighbouring texts of the same voice joined; everything else (signatures, calls, pictures) as it is, in its order. */
export function joinParts(parts: readonly JsonObject[]): JsonObject[] {
  const joined: JsonObject[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && isPlainText(last) && isPlainText(part) && isThought(last) === isThought(part)) {
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    } else joined.push(part);
  }
  return joined;
}

/** Beside which a part still says nothing. */
const accessories = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'partMetadata',
  'mediaResolution',
  'videoMetadata',
  'speechMetadata',
]);

/** Whether a part tells the caller something: a text that is not only space, a call, a picture, but no thought. */
export function saysSomething(part: JsonObject): boolean {
  if (isThought(part)) return false;
  if (typeof part.text === 'string' && part.text.trim() !== '') return true;
  return Object.entries(part).some(([name, value]) => !accessories.has(name) && value !== null);
}

/** What the candidate says to its reader. */
export function spokenText(parts: readonly JsonObject[]): string {
  let text = '';
  for (const part of parts) if (typeof part.text === 'string' && !isThought(part)) text += part.text;
  return text;
}
