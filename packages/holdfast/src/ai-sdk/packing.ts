import { sha256Bytes } from '../lib/canonical.ts';
import type { JsonValue } from '../lib/json.ts';

/**
 * Values of the AI SDK as plain JSON, and back: what JSON has no word for (dates, bytes, URLs) is an object with the mark
 * below and what it is made of, and an object that has such a property itself is marked, too. So a store, a digest and a
 * weight need to know nothing of them, and whoever is answered gets objects of its own.
 */
const mark = '$';

/** What is done with what need not come back. */
interface Style {
  /** Writes bytes. */
  readonly bytes: (bytes: Uint8Array) => JsonValue;
  /** A property that is `undefined` is there, and not left out. */
  readonly keepsUndefined: boolean;
}

const whole: Style = {
  bytes: (bytes) => ({
    [mark]: 'bytes',
    of: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  }),
  keepsUndefined: true,
};

const told: Style = {
  bytes: (bytes) => ({ [mark]: 'sha256', of: sha256Bytes(bytes) }),
  keepsUndefined: false,
};

/**
 * `undefined` where a value holds what cannot come back as it was: a function, an instance of another class, a cycle.
 * @returns what `unpack` takes
 */
export function pack(value: unknown): JsonValue | undefined {
  return packedIn(whole, value);
}

/**
 * What tells a value from others: bytes by their SHA-256, and without properties that are `undefined`. `undefined` where
 * it holds what is no data.
 */
export function identityOf(value: unknown): JsonValue | undefined {
  return packedIn(told, value);
}

function packedIn(style: Style, value: unknown): JsonValue | undefined {
  try {
    return packed(value, style, 0);
  } catch {
    // The sign for it, or the value's own code threw: a getter, or a proxy's trap.
    return undefined;
  }
}

/** What `pack` was given. */
export function unpack(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return value.map(unpack);
  return Object.hasOwn(value, mark) ? unmarked(value) : object(value);
}

/** JSON deeper than this is a cycle, or as good as one. */
const deepest = 200;

function packed(value: unknown, style: Style, depth: number): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [mark]: 'number', of: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { [mark]: 'bigint', of: String(value) };
    case 'undefined':
      return { [mark]: 'undefined' };
    case 'object':
      break;
    default:
      throw new TypeError(`a ${typeof value}`);
  }
  if (value === null) return null;
  if (depth === deepest) throw new TypeError('too deep');
  if (Array.isArray(value)) return Array.from(value, (item) => packed(item, style, depth + 1));
  if (value instanceof Date) return { [mark]: 'date', of: packed(value.getTime(), style, depth + 1) };
  if (value instanceof Uint8Array) return style.bytes(value);
  if (value instanceof URL) return { [mark]: 'url', of: value.href };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('an instance of a class');
  const properties = Object.entries(value).flatMap(([name, of]) =>
    of === undefined && !style.keepsUndefined ? [] : [[name, packed(of, style, depth + 1)] as const],
  );
  const plain = Object.fromEntries(properties);
  return Object.hasOwn(plain, mark) ? { [mark]: 'object', of: plain } : plain;
}

type JsonObject = { readonly [name: string]: JsonValue };

function unmarked(value: JsonObject): unknown {
  const { of } = value;
  switch (value[mark]) {
    case 'bytes':
      return new Uint8Array(Buffer.from(of as string, 'base64'));
    case 'date':
      return new Date(unpack(of as JsonValue) as number);
    case 'url':
      return new URL(of as string);
    case 'number':
      return Number(of);
    case 'bigint':
      return BigInt(of as string);
    case 'undefined':
      return undefined;
    default:
      return object(of as JsonObject);
  }
}

function object(value: JsonObject): unknown {
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, unpack(of)]));
}

const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
