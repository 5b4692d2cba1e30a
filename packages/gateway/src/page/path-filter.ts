import type { OutlineLine } from '../api/index.ts';

/**
 * The lines whose path holds every word of the query, in any order and any case, and whose language is the one given
 * (`''`: any).
 */
export function filterLines(lines: readonly OutlineLine[], query: string, language: string): OutlineLine[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter((line) => {
    if (language !== '' && line.language !== language) return false;
    const path = line.path.toLowerCase();
    return words.every((word) => path.includes(word));
  });
}
