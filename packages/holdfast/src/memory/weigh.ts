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
 * Never throws: a getter or proxy that does ends the walk of its object and makes the value not plain. Depth costs
 * heap, not stack. An object met twice is weighed once; a cycle is not plain.
 */
export function examine(value: unknown, freeze: boolean): Examination {
  if (typeof value === 'string') return { weight: weighString(value), plain: true };
  if (typeof value !== 'object' || value === null)
    return { weight: wordBytes, plain: isPlainPrimitive(value) };
  const walk = new Walk(freeze);
  walk.run(value);
  return walk;
}

class Walk implements Examination {
  weight = 0;
  plain = true;
  readonly #freeze: boolean;
  /** Objects met and not visited yet; made when the first is met, as most values are flat. */
  #left: object[] | undefined;
  #seen: Set<object> | undefined;

  constructor(freeze: boolean) {
    this.#freeze = freeze;
  }

  run(root: object): void {
    this.#visit(root);
    if (this.#left === undefined) return;
    this.#seen = new Set([root]);
    for (let object = this.#left.pop(); object !== undefined; object = this.#left.pop()) {
      if (this.#seen.has(object)) {
        this.plain &&= !reaches(object, object);
      } else {
        this.#seen.add(object);
        this.#visit(object);
      }
    }
  }

  #visit(object: object): void {
    try {
      if (Array.isArray(object)) this.#visitArray(object);
      else if (isPlainObject(object)) this.#visitPlain(object as Record<string, unknown>);
      else this.#visitOther(object);
    } catch {
      // The value's own code threw (a getter, a proxy's trap): it is kept as it is, weighed as far as it was seen.
      this.plain = false;
    }
  }

  #visitPlain(object: Record<string, unknown>): void {
    const names = Object.keys(object);
    this.weight += objectBytes + names.length * wordBytes;
    for (let index = 0; index < names.length; index += 1) {
      this.#member(object[names[index] as string]);
    }
    // Symbols and hidden properties are lost in JSON.
    if (this.plain && Reflect.ownKeys(object).length !== names.length) this.plain = false;
    if (this.#freeze) Object.freeze(object);
  }

  #visitArray(array: readonly unknown[]): void {
    this.weight += objectBytes + array.length * wordBytes;
    for (let index = 0; index < array.length; index += 1) this.#member(array[index]);
    if (this.plain && Object.keys(array).length !== array.length) this.plain = false;
    if (this.#freeze) Object.freeze(array);
  }

  #visitOther(object: object): void {
    this.plain = false;
    if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer || object instanceof SharedArrayBuffer) {
      this.weight += objectBytes + object.byteLength;
    } else {
      const members = object instanceof Map || object instanceof Set ? object.size : 0;
      this.weight += opaqueBytes + members * 2 * wordBytes;
    }
  }

  #member(value: unknown): void {
    if (typeof value === 'string') {
      this.weight += weighString(value);
    } else if (typeof value === 'object' && value !== null) {
      this.#left ??= [];
      this.#left.push(value);
    } else if (!isPlainPrimitive(value)) {
      this.plain = false;
    }
  }
}

function isPlainPrimitive(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return value === null || typeof value === 'boolean' || typeof value === 'string';
}

function isPlainObject(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

/** Whether `target` can be reached from `start` through plain objects and arrays. */
function reaches(start: object, target: object): boolean {
  const seen = new Set<object>([start]);
  for (const object of seen) {
    if (!Array.isArray(object) && !isPlainObject(object)) continue;
    for (const member of Object.values(object)) {
      if (member === target) return true;
      if (typeof member === 'object' && member !== null) seen.add(member);
    }
  }
  return false;
}
