import type { StoreSelector } from '../../stores/store.ts';
import { toText } from './text.ts';

export interface Selection {
  /** An expression over the table `records`. */
  readonly where: string;
  readonly values: readonly string[];
}

const conditions = {
  scope: 'scope = ?',
  kind: 'kind = ?',
  hash: 'hash = ?',
  tag: 'id IN (SELECT record FROM tags WHERE name = ?)',
  path: 'id IN (SELECT record FROM paths WHERE name = ?)',
} as const;

export const selectorFields = Object.keys(conditions) as (keyof typeof conditions)[];

/** Which records a selector means. */
export function selectionOf(selector: StoreSelector): Selection {
  const given = selectorFields.filter((field) => selector[field] !== undefined);
  return {
    where: given.map((field) => conditions[field]).join(' AND ') || '1',
    values: given.map((field) => toText(selector[field] as string)),
  };
}
