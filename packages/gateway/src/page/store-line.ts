import type { Status } from '../api/index.ts';
import { counted } from '../counted.ts';
import { bytes, count } from './format.ts';

/** `Store: .holdfast/store.sqlite, 1,119 entries, 3.2 MiB; warm: 559 of 559 outlines were stored` */
export function storeLine({ store, state, files }: Pick<Status, 'store' | 'state' | 'files'>): string {
  if (store === undefined) return 'No store: what is made is gone when the server ends';
  const { file, entries, bytes: size, stored } = store;
  const closed = store.state === 'open' ? '' : ', takes nothing now';
  const holds = `Store: ${file}, ${counted(entries, 'entry', 'entries')}, ${bytes(size)}${closed}`;
  if (state === 'reading') return holds;
  const warmth = stored === 0 ? 'cold' : 'warm';
  return `${holds}; ${warmth}: ${count(stored)} of ${counted(files, 'outline')} ${files === 1 ? 'was' : 'were'} stored`;
}
