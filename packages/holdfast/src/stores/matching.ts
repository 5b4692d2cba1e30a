import type { NewRecord, StoreSelector } from './store.ts';

/** What a record is found by. */
export type Findable = Pick<NewRecord, 'hash' | 'scope' | 'kind' | 'tags' | 'paths'>;

/** Whether a selector means a record: every field that it has does. */
export function means({ hash, scope, kind, tag, path }: StoreSelector, record: Findable): boolean {
  return (
    (hash === undefined || hash === record.hash) &&
    (scope === undefined || scope === record.scope) &&
    (kind === undefined || kind === record.kind) &&
    (tag === undefined || record.tags.includes(tag)) &&
    (path === undefined || record.paths.includes(path))
  );
}
