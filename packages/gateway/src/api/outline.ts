import type { Outline } from '../outline/index.ts';

/** `GET /api/outline?path=src/a.ts`: the outline, and what it took to come by it. */
export interface OutlineAnswer {
  readonly outline: Outline;
  readonly outcome: string;
  readonly ageMs: number;
  readonly stale: false | 'aged' | 'changed';
}

/** `GET /api/outlines`: a line a file, in the order of the paths. */
export interface OutlineLine {
  readonly path: string;
  readonly language: string;
  readonly lines: number;
  readonly symbols: number;
  readonly estimatedTokens: number;
  /** Generations of this file's outline since the start. */
  readonly generations: number;
}
