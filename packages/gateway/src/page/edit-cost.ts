import type { RefreshAnswer } from '../api.ts';
import { count, counted, seconds } from './format.ts';

const named = 3;

/** `1 of 5,012 outlines, 0.01 s: src/a.ts` */
export function editCost({ files, regenerated, seconds: took }: RefreshAnswer): string {
  const cost = `${count(regenerated.length)} of ${counted(files, 'outline')}, ${seconds(took)}`;
  if (regenerated.length === 0) return cost;
  const more = regenerated.length > named ? ` and ${counted(regenerated.length - named, 'other')}` : '';
  return `${cost}: ${regenerated.slice(0, named).join(', ')}${more}`;
}
