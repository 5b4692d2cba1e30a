/** What one walk over a value found out. */
export interface Examination {
  /** Bytes: exact for strings, Buffers and typed arrays, by a fixed tariff for everything else. */
  readonly weight: number;
  /** Whether JSON carries the value unchanged, so that it has a digest and can be stored. */
  readonly plain: boolean;
}

// The tariff, near to what V8 takes on 64 bits without pointer compression.
const wordBytes = 8;
const objectBytes = 32;
const opaqueBytes = 256;

/** Two bytes a code unit: V8 takes one for Latin-1, and finding out which would need a walk over the text. */
export function weighString(text: string): number {
  return 2 * text.length;
}

/**
 * Walks a value once: weighs it, finds out whether it is plain JSON, and with `freeze` deep-freezes its plain objects
 * and arrays. Any other object is neither entered nor touched: `Object.freeze` throws on a Buffer and does not protect
 * a Map or a Date.
 *
 * Never throws: a getter or proxy that does ends the walk there and makes the value not plain. Depth costs heap, not
 * stack; cycles are seen (and are not plain, nor is the same object met twice weighed twice).
 */
export function examine(value: unknown, freeze: boolean): Examination {
  if (typeof value === 'string') return { weight: weighString(value), plain: true };
  if (typeof value !== 'object' || value === null) return primitive(value);
  const walk = new Walk(freeze);
  walk.enter(value);
  return walk;
}

function primitive(value: unknown): Examination {
  const plain =
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0));
  return { weight: wordBytes, plain };
}

class Walk implements Examination {
  weight = 0;
  plain = true;
  readonly #freeze: boolean;
  readonly #seen = new Set<object>();
  readonly #left: object[] = [];

  constructor(freeze: boolean) {
    this.#freeze = freeze;
  }

  enter(root: object): void {
    this.#left.push(root);
    for (let object = this.#left.pop(); object !== undefined; object = this.#left.pop()) {
      if (this.#seen.has(object)) {
        // A cycle is no JSON; an object met twice without one is, but telling them apart costs a second walk.
        this.plain &&= !this.#reaches(object, object);
        continue;
      }
      this.#seen.add(object);
      try {
        this.#visit(object);
      } catch {
        // A value's own code threw (a getter, a proxy's trap). It is kept as the caller made it, weighed as far as seen.
        this.plain = false;
      }
    }
  }

  #visit(object: object): void {
    if (ArrayBuffer.isView(object)) {
      this.weight += objectBytes + object.byteLength;
      this.plain = false;
    } else if (object instanceof ArrayBuffer) {
      this.weight += objectBytes + object.byteLength;
      this.plain = false;
    } else if (Array.isArray(object)) {
      this.weight += objectBytes + object.length * wordBytes;
      if (Object.keys(object).length !== object.length) this.plain = false;
      for (const item of object) this.#member(item);
      if (this.#freeze) Object.freeze(object);
    } else if (isPlainObject(object)) {
      const names = Reflect.ownKeys(object);
      this.weight += objectBytes + names.length * wordBytes;
      for (const name of names) {
        if (typeof name === 'symbol') this.plain = false;
        const property = Object.getOwnPropertyDescriptor(object, name);
        if (property === undefined) continue;
        if (!('value' in property) || !property.enumerable) this.plain = false;
        if (name === 'toJSON' && typeof property.value === 'function') this.plain = false;
        if ('value' in property) this.#member(property.value);
      }
      if (this.#freeze) Object.freeze(object);
    } else {
      this.weight += opaqueBytes + sizeOf(object) * 2 * wordBytes;
      this.plain = false;
    }
  }

  #member(value: unknown): void {
    if (typeof value === 'string') {
      this.weight += weighString(value);
    } else if (typeof value === 'object' && value !== null) {
      this.#left.push(value);
    } else if (!primitive(value).plain) {
      this.plain = false;
    }
  }

  /** Whether `target` can be reached from `start` through plain objects and arrays. */
  #reaches(start: object, target: object): boolean {
    const seen = new Set<object>();
    const left: object[] = [start];
    for (let object = left.pop(); object !== undefined; object = left.pop()) {
      for (const member of membersOf(object)) {
        if (member === target) return true;
        if (!seen.has(member)) {
          seen.add(member);
          left.push(member);
        }
      }
    }
    return false;
  }
}

function isPlainObject(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

function membersOf(object: object): object[] {
  if (!Array.isArray(object) && !isPlainObject(object)) return [];
  return Object.values(object).filter(
    (member): member is object => typeof member === 'object' && member !== null,
  );
}

function sizeOf(object: object): number {
  return object instanceof Map || object instanceof Set ? object.size : 0;
}
