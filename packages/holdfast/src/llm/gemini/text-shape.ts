import { conformanceOf } from '../conformance.ts';
import type { JsonObject } from '../json-object.ts';
import type { TextShape } from './expectation.ts';
import { spokenText } from './parts.ts';
import { jsonSchemaOf } from './response-schema.ts';

/**
 * Why the text of a candidate has not the shape that was asked for; undefined where it has. A candidate that calls a
 * function has not come to its answer yet, so it is asked for none.
 */
export function textDefect(parts: readonly JsonObject[], shape: TextShape): string | undefined {
  if (parts.some(({ functionCall }) => functionCall !== undefined)) return undefined;
  const text = spokenText(parts);
  if (shape.is === 'word')
    return shape.words.includes(text.trim())
      ? undefined
      : 'its text is none of the words that were asked for';
  let value: unknown;
  let schema: unknown = true;
  try {
    value = JSON.parse(text);
  } catch {
    return 'its text is no JSON, which was asked for';
  }
  try {
    if (shape.is === 'gemini') schema = jsonSchemaOf(shape.schema);
    if (shape.is === 'json-schema') schema = shape.schema;
  } catch {
    return unknown;
  }
  const conformance = conformanceOf(value, schema);
  if (conformance === 'conforms') return undefined;
  return conformance === 'fails' ? 'its text fails the schema that was asked for' : unknown;
}

const unknown = 'whether its text has the shape that was asked for cannot be told';
