import { HoldfastError } from '../lib/errors.ts';
import type { KeyInput } from './key.ts';

/**
 * Which entries are meant: all the given fields must match. A cache covers its default scope unless `scope` or
 * `allScopes` says otherwise; `{ file }` alone covers all scopes.
 */
export interface Selector {
  readonly kind?: string;
  /** Of the kind, or of the kind `default` where none is given. */
  readonly key?: KeyInput;
  readonly tag?: string;
  /** Entries made from this file: a path relative to the workspace's root. */
  readonly file?: string;
  readonly scope?: string;
  readonly allScopes?: true;
}

const fields = new Set(['kind', 'key', 'tag', 'file', 'scope', 'allScopes']);

/** @throws E_SELECTOR for an empty selector, an unknown field, or a field of the wrong type. */
export function checkSelector(selector: Selector): void {
  if (typeof selector !== 'object' || selector === null || Array.isArray(selector)) {
    throw new HoldfastError(
      'E_SELECTOR',
      'a selector is an object such as { kind }, { tag } or { kind, key }',
    );
  }
  const given = Object.entries(selector).filter(([, value]) => value !== undefined);
  if (given.length === 0) {
    throw new HoldfastError(
      'E_SELECTOR',
      'an empty selector would match everything: say { allScopes: true } if that is meant',
    );
  }
  for (const [field, value] of given) {
    if (!fields.has(field)) {
      throw new HoldfastError(
        'E_SELECTOR',
        `unknown field '${field}' in a selector; there are ${[...fields].join(', ')}`,
      );
    }
    const right = field === 'key' || (field === 'allScopes' ? value === true : typeof value === 'string');
    if (!right) {
      throw new HoldfastError(
        'E_SELECTOR',
        `'${field}' of a selector must be ${field === 'allScopes' ? 'true' : 'a string'}`,
      );
    }
  }
  if (selector.scope !== undefined && selector.allScopes) {
    throw new HoldfastError('E_SELECTOR', "a selector names either 'scope' or 'allScopes', not both");
  }
}
