import type { EditCost } from '../api/index.ts';
import { counted } from '../counted.ts';

const named = 3;

const indexWords: Readonly<Record<EditCost['symbolIndex'], string>> = {
  unchanged: 'unchanged',
  made: 'made again',
  restored: 'restored',
  failed: 'not made: it failed',
};

/** `src/a.ts changed → 1 of 412 outlines, symbol index unchanged: early cutoff (8 ms)` */
export function editSentence(cost: EditCost): string {
  const { files, regenerated, restored, symbolIndex, spentSeconds } = cost;
  // Something was made anew and what rests on it was not, as it would have come out the same.
  const cutOff = symbolIndex === 'unchanged' && regenerated.length + restored.length > 0;
  const effects = [
    `${regenerated.length.toLocaleString('en-US')} of ${counted(files, 'outline')}`,
    ...(restored.length > 0 ? [`${restored.length.toLocaleString('en-US')} restored`] : []),
    `symbol index ${cutOff ? 'unchanged: early cutoff' : indexWords[symbolIndex]}`,
  ];
  // Where no generator ran there is no time to tell.
  const time = spentSeconds === 0 ? '' : ` (${duration(spentSeconds)})`;
  return `${causes(cost)} → ${effects.join(', ')}${time}`;
}

/** What had happened to which files. */
function causes({ added, removed, regenerated, invalidated, restored }: EditCost): string {
  const elsewhere = new Set([...added, ...invalidated]);
  const changed = [...regenerated, ...restored].filter((path) => !elsewhere.has(path)).sort();
  const fresh = new Set(added);
  const phrases = [
    phrase(changed, 'changed'),
    phrase(added, 'new'),
    phrase(removed, 'gone'),
    phrase(
      invalidated.filter((path) => !fresh.has(path)),
      'invalidated',
    ),
  ].filter((text) => text !== '');
  return phrases.length === 0 ? 'no source file changed' : phrases.join(', ');
}

function phrase(paths: readonly string[], what: string): string {
  if (paths.length === 0) return '';
  const rest = paths.length - named;
  const more = rest > 0 ? ` and ${counted(rest, 'other')}` : '';
  return `${paths.slice(0, named).join(', ')}${more} ${what}`;
}

function duration(seconds: number): string {
  return seconds < 1 ? `${Math.ceil(seconds * 1_000)} ms` : `${seconds.toFixed(1)} s`;
}
