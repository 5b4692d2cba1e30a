import type { LabStream } from '../api/index.ts';
import type { Cell } from './cell-grid.ts';

/** Before the scene is played. */
export const noStream: LabStream = {
  ...{ streams: 0, underWay: 0, usd: 0, progress: '', waiting: 0, reading: 0, whole: 0, left: 0, failed: 0 },
  ...{ late: 0, replayed: 0, slow: 0, firstWord: { p50: 0, p99: 0, max: 0 }, text: '', memory: 0 },
};

const steps = 24;
const first = { upper: 'A'.charCodeAt(0), lower: 'a'.charCodeAt(0) };

/** The cells of the callers who follow a stream: each is filled as far as its caller has read. */
export function readerCells(progress: LabStream['progress']): Cell[] {
  return [...progress].map((character): Cell => {
    if (character === '-') return { mark: 'waiting' };
    if (character === '!') return { mark: 'failed' };
    const code = character.charCodeAt(0);
    if (code >= first.lower) return { mark: 'left', level: (code - first.lower) / steps };
    const level = (code - first.upper) / steps;
    return level === 1 ? { mark: 'fresh' } : { mark: 'reading', level };
  });
}
