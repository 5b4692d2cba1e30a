import { hash } from 'node:crypto';
import { HoldfastError } from './errors.ts';

/**
 * One text for one value: typed, counted, with the names of objects in code unit order, so that two values have the
 * same text exactly if they are the same JSON. `['a','b']`, `['ab']` and `'a,b'` never meet.
 *
 *     null z   true t   false f   undefined u   number n<digits>;   string s<length>:<text>
 *     array a<count>:<item>…   object o<count>:<name as string><item>…
 *
 * In an object a property that is `undefined` does not count, as in JSON. `undefined` inside an array has its own
 * mark: definitions have optional arguments.
 *
 * @throws E_KEY where something is not JSON (a function, NaN, a Map, a cycle); `what` names the place.
 */
export function canonical(value: unknown, what: string): string {
  return encode(value, what, 0);
}

/** The canonical text of a value that is plain JSON; undefined for any other. */
export function plainJson(value: unknown): string | undefined {
  try {
    return isPlainJson(value) ? encode(value, 'a value', 0) : undefined;
  } catch {
    // The value's own code threw: a getter, or a proxy's trap.
    return undefined;
  }
}

/**
 * Whether JSON carries a value unchanged: not one that holds `undefined`, -0, NaN, a function, an instance of a class, a
 * symbol or hidden property, or is too deep or a cycle. Throws what the value's own code does.
 */
export function isPlainJson(value: unknown): boolean {
  return isFaithful(value, 0, { left: mostFaithful });
}

function isFaithful(value: unknown, depth: number, budget: { left: number }): boolean {
  budget.left -= 1;
  if (budget.left < 0) return false;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  if (value === null) return true;
  if (depth === deepest) return false;
  const names = Object.keys(value);
  const isArray = Array.isArray(value);
  if (!isArray) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return false;
  }
  // An array's one hidden property is its length; holes and extra names show in the count.
  if (isArray ? names.length !== value.length : Reflect.ownKeys(value).length !== names.length) return false;
  return names.every((name) => isFaithful((value as Record<string, unknown>)[name], depth + 1, budget));
}

/** Values in a JSON text beyond which it is not written: an object that is met again and again multiplies. */
const mostFaithful = 1_000_000;

/** JSON deeper than this is a cycle, or as good as one. */
const deepest = 200;

function encode(value: unknown, where: string, depth: number): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      if (!Number.isFinite(value)) throw notJson(where, String(value));
      return Object.is(value, -0) ? 'n-0;' : `n${value};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    case 'object':
      break;
    default:
      throw notJson(where, `a ${typeof value}`);
  }
  if (value === null) return 'z';
  if (depth === deepest) throw notJson(where, `more than ${deepest} levels deep (is it a cycle?)`);
  if (Array.isArray(value)) {
    let text = `a${value.length}:`;
    for (let index = 0; index < value.length; index += 1) text += encode(value[index], where, depth + 1);
    return text;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notJson(where, `a ${(value as object).constructor?.name || 'class instance'}`);
  }
  const names = Object.keys(value)
    .filter((name) => (value as Record<string, unknown>)[name] !== undefined)
    .sort();
  let text = `o${names.length}:`;
  for (const name of names) {
    text += `s${name.length}:${name}${encode((value as Record<string, unknown>)[name], where, depth + 1)}`;
  }
  return text;
}

function notJson(where: string, found: string): HoldfastError {
  return new HoldfastError(
    'E_KEY',
    `${where} must be JSON (strings, finite numbers, booleans, null, arrays, plain objects), but holds ${found}`,
  );
}

/**
 * The SHA-256 of a canonical text, in hex. UTF-8 would write every unpaired surrogate (a text cut in the middle of an
 * emoji) as the same U+FFFD, so a text with one is hashed as UTF-16. The two never meet: in UTF-16 the second byte of a
 * canonical text is 0, in UTF-8 it never is.
 */
export function sha256(text: string): string {
  return hash('sha256', text.isWellFormed() ? text : Buffer.from(text, 'utf16le'), 'hex');
}

/** The SHA-256 of bytes, or of a text in UTF-8, in hex: the digest of a file with that content. */
export function sha256Bytes(content: Uint8Array | string): string {
  return hash('sha256', content, 'hex');
}

/** The value that `canonical` wrote as `text`. */
export function fromCanonical(text: string): unknown {
  return new Reader(text).value();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    const type = this.#text[this.#at];
    this.#at += 1;
    switch (type) {
      case 'z':
        return null;
      case 't':
        return true;
      case 'f':
        return false;
      case 'u':
        return undefined;
      case 'n':
        return Number(this.#until(';'));
      case 's':
        return this.#string();
      case 'a':
        return Array.from({ length: Number(this.#until(':')) }, () => this.value());
      case 'o': {
        const count = Number(this.#until(':'));
        const object: Record<string, unknown> = {};
        for (let index = 0; index < count; index += 1) {
          const name = this.value() as string;
          Object.defineProperty(object, name, {
            value: this.value(),
            enumerable: true,
            configurable: true,
            writable: true,
          });
        }
        return object;
      }
      default:
        throw new HoldfastError('E_KEY', `not a canonical text: unexpected mark at ${this.#at - 1}`);
    }
  }

  #until(end: string): string {
    const stop = this.#text.indexOf(end, this.#at);
    const part = this.#text.slice(this.#at, stop);
    this.#at = stop + 1;
    return part;
  }

  #string(): string {
    const length = Number(this.#until(':'));
    const part = this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }
}
