import { type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema';
import { isObject } from './json-object.ts';
import { withinTime } from './within-time.ts';

/** Whether a value has the shape that a schema asks for; `unknown` where that cannot be told. */
export type Conformance = 'conforms' | 'fails' | 'unknown';

/**
 * Checks a value against a JSON Schema of any of the usual drafts. The schema is a client's, and nothing of it is trusted:
 * a reference without end, a pattern that would try for ever, or one that is no pattern, is `unknown`. Never throws.
 */
export function conformanceOf(value: unknown, schema: unknown): Conformance {
  if (typeof schema === 'boolean') return schema ? 'conforms' : 'fails';
  if (!isObject(schema)) return 'unknown';
  try {
    const text = JSON.stringify(schema);
    if (text.length > longestSchema) return 'unknown';
    // A copy: the validator writes its notes into the schema.
    const own = JSON.parse(text) as Schema;
    const isValid = withinTime(
      longestCheck,
      () => new Validator(own, draftOf(schema.$schema)).validate(value).valid,
    );
    return isValid ? 'conforms' : 'fails';
  } catch {
    return 'unknown';
  }
}

/** Characters; Gemini itself refuses schemas that are far smaller. */
const longestSchema = 256 * 1024;

/** Milliseconds; the check of an answer of 100 kB takes some tens. */
const longestCheck = 200;

function draftOf(name: unknown): SchemaDraft {
  const text = typeof name === 'string' ? name : '';
  if (text.includes('draft-04')) return '4';
  if (text.includes('draft-06') || text.includes('draft-07')) return '7';
  return text.includes('2019-09') ? '2019-09' : '2020-12';
}
