import { describe, expect, it } from 'vitest';
import type { OutlineLine } from '../api/index.ts';
import { filterLines } from './path-filter.ts';

const lines = ['src/cache/flight.ts', 'src/cache/engine.ts', 'tools/flight.py'].map(
  (path): OutlineLine => ({
    path,
    language: path.endsWith('py') ? 'python' : 'typescript',
    lines: 1,
    symbols: 0,
    estimatedTokens: 1,
    generations: 1,
  }),
);
const found = (query: string, language = '') => filterLines(lines, query, language).map(({ path }) => path);

describe('filterLines', () => {
  it('finds what holds every word, in any order and case', () => {
    expect(found(' FLIGHT  src ')).toEqual(['src/cache/flight.ts']);
    expect(found('')).toHaveLength(3);
    expect(found('absent')).toEqual([]);
  });

  it('narrows to a language', () => {
    expect(found('flight', 'python')).toEqual(['tools/flight.py']);
  });
});
