import type { Stats } from 'holdfast';
import type { Outline } from './outline/index.ts';

/**
 * What the server and the page say to each other: JSON, one type an answer. Times are milliseconds unless a name says
 * otherwise.
 */

/** `GET /api/status` */
export interface Status {
  readonly version: string;
  /** The folder's own name, not its place on the machine. */
  readonly folder: string;
  readonly state: 'reading' | 'ready';
  /** Source files found, and how many of them are outlined by now. */
  readonly files: number;
  readonly outlined: number;
  /** Of these, how many needed a generation since the start. */
  readonly generated: number;
  /** Seconds from the start until all were outlined; absent before. */
  readonly readySeconds?: number;
  readonly warnings: readonly string[];
  readonly uptimeSeconds: number;
  readonly nodeVersion: string;
}

/** `GET /api/stats` */
export type StatsAnswer = Stats;

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

/** `POST /api/refresh`: looks at every file again. What the edits since the last look cost. */
export interface RefreshAnswer {
  readonly files: number;
  readonly regenerated: readonly string[];
  readonly seconds: number;
}

/** `POST /api/invalidate`, body `{ path }` or `{ kind }`. */
export interface InvalidateAnswer {
  readonly count: number;
}

/** How the lab's fake provider behaves. */
export type ProviderMood = 'normal' | 'slow' | 'fail' | 'hang' | 'limited';

/** One side of the lab: through the cache, or unprotected. Counted since the last reset. */
export interface LabSide {
  /** Calls that reached the provider. */
  readonly providerCalls: number;
  /** At list prices of the simulated model. */
  readonly usd: number;
  readonly answered: number;
  /** Of the answers, those that were marked stale. */
  readonly stale: number;
  readonly failures: number;
  readonly waiting: number;
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** `GET /api/lab`; the answer of every `POST /api/lab/…`, and event `lab`. */
export interface LabState {
  readonly mood: ProviderMood;
  readonly model: string;
  readonly running: boolean;
  readonly protected: LabSide;
  readonly unprotected: LabSide;
}

/** `POST /api/lab/herd`, body `{ callers }` of 1 to 10,000: the same herd on both sides. */
export interface HerdRequest {
  readonly callers: number;
}

/** `POST /api/lab/mood`, body `{ mood }`. `POST /api/lab/expire`, `POST /api/lab/reset`: no body. */
export interface MoodRequest {
  readonly mood: ProviderMood;
}

/** `GET /api/events`: server-sent; the name of the event and its data. The first ones tell the present state. */
export interface ServerEvents {
  status: Status;
  stats: Stats;
  /** An outline was generated: a file was read first, or it changed. */
  outline: OutlineLine & { readonly seconds: number };
  /** A look over the folder ended. */
  refresh: RefreshAnswer;
  lab: LabState;
}
