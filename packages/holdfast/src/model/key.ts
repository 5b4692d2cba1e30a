import { canonical, fromCanonical, sha256 } from '../lib/canonical.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { JsonValue } from '../lib/json.ts';

/** How a caller names an entry: a string, an array of JSON values, or the key that a definition gave. */
export type KeyInput = string | readonly JsonValue[] | Key;

declare const keyId: unique symbol;
/**
 * A key within its scope and kind, as the text that memory is indexed by. A string key is its own id, so that a hit
 * makes no string; the id of every other key starts with NUL and a letter (`a` array, `d` definition, `s` a string
 * that starts with NUL itself).
 */
export type KeyId = string & { readonly [keyId]?: never };

const nul = '\u0000';

/** @throws E_KEY for anything that is not a string, an array of JSON values or a Key of this scope and kind. */
export function keyIdOf(input: KeyInput, scope: string, kind: string): KeyId {
  if (typeof input === 'string') return input.charCodeAt(0) === 0 ? `${nul}s${input}` : input;
  if (Array.isArray(input)) return nul + canonical(input, 'a key');
  if (input instanceof Key) {
    if (input.scope === scope && input.kind === kind) return input.id;
    throw new HoldfastError(
      'E_KEY',
      `a key of kind '${input.kind}'${input.scope === scope ? '' : ' in another scope'} was handed to kind '${kind}'`,
    );
  }
  throw new HoldfastError(
    'E_KEY',
    `a key must be a string, an array of JSON values, or what a definition's key() gave, not ${input === null ? 'null' : typeof input}`,
  );
}

/** The id of a definition's entry for some arguments; arguments left out at the end do not count. */
export function definitionKeyId(name: string, version: string | number, args: readonly unknown[]): KeyId {
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count -= 1;
  const given = count === args.length ? args : args.slice(0, count);
  return `${nul}d${canonical([name, version, given], `an argument of '${name}'`)}`;
}

/** Whether `ctx.use` can ask for the entry: all others nothing is made from. */
export function isDefinitionKeyId(id: KeyId): boolean {
  return id.charCodeAt(0) === 0 && id[1] === 'd';
}

/** What a key id stands for, as its owner wrote it. */
export type KeyContent = string | readonly JsonValue[] | DefinitionContent;

/** What the key of a definition's entry stands for. */
export interface DefinitionContent {
  readonly definition: string;
  readonly version: string | number;
  readonly args: readonly JsonValue[];
}

export function keyContent(id: KeyId): KeyContent {
  if (id.charCodeAt(0) !== 0) return id;
  if (id[1] === 's') return id.slice(2);
  if (id[1] === 'a') return fromCanonical(id.slice(1)) as JsonValue[];
  const [definition, version, args] = fromCanonical(id.slice(2)) as [string, string | number, JsonValue[]];
  return { definition, version, args };
}

/**
 * The identity of one entry: scope, kind and key. Opaque: what it was made from is not an enumerable property, so
 * that a key cannot slip into a log. `String(key)` is its kind and hash.
 */
export class Key {
  readonly kind: string;
  declare readonly scope: string;
  declare readonly id: KeyId;
  #hash: string | undefined;

  constructor(scope: string, kind: string, id: KeyId) {
    this.kind = kind;
    Object.defineProperty(this, 'scope', { value: scope });
    Object.defineProperty(this, 'id', { value: id });
  }

  /** SHA-256 of the canonical scope, kind and key, in hex: the key's name in a store. */
  get digest(): string {
    this.#hash ??= sha256(canonical([this.scope, this.kind, this.id], 'a key'));
    return this.#hash;
  }

  /** The first 16 digits of the digest: the key's name in messages, events and logs. */
  get hash(): string {
    return this.digest.slice(0, 16);
  }

  equals(other: Key): boolean {
    return this.id === other.id && this.kind === other.kind && this.scope === other.scope;
  }

  /** The key as its owner wrote it. */
  content(): KeyContent {
    return keyContent(this.id);
  }

  toString(): string {
    return `${this.kind}:${this.hash}`;
  }

  toJSON(): { kind: string; hash: string } {
    return { kind: this.kind, hash: this.hash };
  }
}
