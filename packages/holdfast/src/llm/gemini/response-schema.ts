import { isObject, type JsonObject } from '../json-object.ts';
import { respelled } from './spelling.ts';

/**
 * `responseSchema`, the API's own subset of OpenAPI 3.0, as JSON Schema: types in capitals, `nullable`, counts that are
 * written as strings, `enum` of words for numbers. What the API does not know it does not heed, and neither is it checked;
 * `title`, `description`, `example` and `propertyOrdering` ask for nothing that can be checked.
 *
 * @throws Error where the schema is no schema, or is deeper than `deepest`
 */
export function jsonSchemaOf(schema: unknown, depth = 0): JsonObject {
  const own = isObject(schema) ? respelled(schema) : undefined;
  if (own === undefined || depth > deepest) throw new Error('this schema cannot be checked');
  const inner = (value: unknown) => jsonSchemaOf(value, depth + 1);
  const types = typesOf(own.type);
  const converted: Record<string, unknown> = {
    ...(types !== undefined && { type: types }),
    ...formatOf(own.format, types),
    ...(Array.isArray(own.enum) && { enum: valuesOf(own.enum, types) }),
    ...(isObject(own.properties) && { properties: mapped(own.properties, inner) }),
    ...(own.items !== undefined && own.items !== null && { items: inner(own.items) }),
    ...(Array.isArray(own.prefixItems) && { prefixItems: own.prefixItems.map(inner) }),
    ...(Array.isArray(own.anyOf) && own.anyOf.length > 0 && { anyOf: own.anyOf.map(inner) }),
    ...(Array.isArray(own.required) && { required: own.required.filter((name) => typeof name === 'string') }),
    ...(typeof own.pattern === 'string' && { pattern: own.pattern }),
  };
  for (const name of counts) {
    const value = numberOf(own[name]);
    if (value !== undefined) converted[name] = value;
  }
  return own.nullable === true ? { anyOf: [{ type: 'null' }, converted] } : converted;
}

const deepest = 64;

const counts = [
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
];

function typesOf(type: unknown): string | string[] | undefined {
  if (Array.isArray(type)) return type.map((one) => String(one).toLowerCase());
  return typeof type === 'string' && type !== 'TYPE_UNSPECIFIED' ? type.toLowerCase() : undefined;
}

/** Formats of numbers are of another kind than those of JSON Schema; of words those are checked that the standard knows. */
function formatOf(format: unknown, types: string | string[] | undefined): JsonObject {
  if (typeof format !== 'string') return {};
  if (types === 'integer') return format === 'int32' ? { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 } : {};
  return types === 'string' ? { format } : {};
}

/** An integer's values are written as words: `{ type: INTEGER, enum: ['101'] }`. */
function valuesOf(values: readonly unknown[], types: string | string[] | undefined): unknown[] {
  if (types !== 'integer' && types !== 'number') return [...values];
  return values.flatMap((value) => (typeof value === 'string' ? [value, Number(value)] : [value]));
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return typeof value === 'number' ? value : undefined;
}

function mapped(object: JsonObject, convert: (value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, convert(value)]));
}
