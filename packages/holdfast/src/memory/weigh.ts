// The tariff, near to what V8 takes on 64 bits without pointer compression.
const wordBytes = 8;
const objectBytes = 32;
const opaqueBytes = 256;

/** Two bytes a code unit: V8 takes one for Latin-1, and finding out which would need a walk over the text. */
export function weighString(text: string): number {
  return 2 * text.length;
}

/**
 * Walks a value once: its weight in bytes, exact for strings, Buffers and typed arrays, by a fixed tariff for everything
 * else. With `freeze` the walk deep-freezes plain objects and arrays, all of them; any other object is neither entered
 * nor touched: `Object.freeze` throws on a Buffer and does not protect a Map or a Date. Without, it is bounded: what
 * lies beyond the first objects is taken to weigh as they do on average.
 *
 * Never throws: where a getter or a proxy does, that object is weighed as far as it was seen. Depth costs heap, not
 * stack. An object met twice is weighed once.
 */
export function weigh(value: unknown, freeze: boolean): number {
  if (typeof value === 'string') return weighString(value);
  if (typeof value !== 'object' || value === null) return wordBytes;
  const walk = new Walk(freeze);
  walk.run(value);
  return walk.weight;
}

/** Objects that a walk visits if it need not visit all. */
const mostWeighed = 10_000;
/** Objects that a walk visits at all: a proxy can make a new one every time it is asked. */
const mostFrozen = 5_000_000;
/** A longer array is mostly holes, or too long to be walked place by place. */
const longestDense = 5_000_000;

class Walk {
  weight = 0;
  readonly #freeze: boolean;
  /** Objects met and not visited yet; made when the first is met, as most values are flat. */
  #left: object[] | undefined;
  /** In a large value nothing behind a getter is entered: one that makes a new object each time would never end. */
  #wary = false;

  constructor(freeze: boolean) {
    this.#freeze = freeze;
  }

  run(root: object): void {
    this.#visit(root);
    if (this.#left === undefined) return;
    const seen = new Set<object>([root]);
    // The root may be one long array of small things: they weigh what they weigh on average without it.
    const rootWeight = this.weight;
    for (let object = this.#left.pop(); object !== undefined; object = this.#left.pop()) {
      if (seen.has(object)) continue;
      seen.add(object);
      this.#visit(object);
      if (seen.size === mostWeighed) this.#wary = true;
      if (seen.size === (this.#freeze ? mostFrozen : mostWeighed)) {
        this.weight += Math.round(((this.weight - rootWeight) / seen.size) * this.#left.length);
        return;
      }
    }
  }

  #visit(object: object): void {
    try {
      if (Array.isArray(object)) this.#visitArray(object);
      else if (isPlainObject(object)) this.#visitPlain(object as Record<string, unknown>);
      else this.weight += weighOpaque(object);
    } catch {
      // The value's own code threw (a getter, a proxy's trap). It is kept as it is: an object that cannot be weighed
      // must not cost its caller the value.
      this.weight += opaqueBytes;
    }
  }

  #visitPlain(object: Record<string, unknown>): void {
    let names = 0;
    for (const name in object) {
      names += 1;
      if (!this.#wary || isData(object, name)) this.#member(object[name]);
    }
    this.weight += objectBytes + names * wordBytes;
    if (this.#freeze) Object.freeze(object);
  }

  #visitArray(array: readonly unknown[]): void {
    this.weight += objectBytes + array.length * wordBytes;
    if (array.length > longestDense) {
      for (const member of Object.values(array)) this.#member(member);
    } else {
      for (let index = 0; index < array.length; index += 1) this.#member(array[index]);
    }
    if (this.#freeze) Object.freeze(array);
  }

  #member(value: unknown): void {
    if (typeof value === 'string') {
      this.weight += weighString(value);
    } else if (typeof value === 'object' && value !== null) {
      this.#left ??= [];
      this.#left.push(value);
    }
  }
}

function isData(object: object, name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(object, name);
  return property !== undefined && 'value' in property;
}

function weighOpaque(object: object): number {
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer || object instanceof SharedArrayBuffer) {
    return objectBytes + object.byteLength;
  }
  const members = object instanceof Map || object instanceof Set ? object.size : 0;
  return opaqueBytes + members * 2 * wordBytes;
}

function isPlainObject(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}
