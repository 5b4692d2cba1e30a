import type { Stats } from 'holdfast';
import type { Outline } from './outline/index.ts';

/**
 * What the server and the page say to each other: JSON, one type an answer. Times are milliseconds unless a name says
 * otherwise.
 *
 * Every request below `/api/` carries `Authorization: Bearer <token>`, `/api/events` included: the page reads it with
 * `fetch`, as an EventSource cannot send the header. The page finds the token in its own fragment (`#token=…`), keeps
 * it in its sessionStorage and takes it out of the address. There is no cookie: a browser sends the cookies of
 * 127.0.0.1 to every port of it, so whatever listens on another port would be handed ours.
 *
 * Bodies are JSON with `Content-Type: application/json`. An answer that is not 2xx is an `ErrorAnswer`.
 */

/** Why a request was refused or failed. `message` says what to do about it. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}

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
  /** The last look did not find the served folder, or could not read it: everything told of it is from before. */
  readonly folderGone: boolean;
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
  /** The provider is a fake one on this machine; the dollars are what the list prices would have made of it. */
  readonly simulated: true;
  readonly mood: ProviderMood;
  readonly model: string;
  /** Where the list prices come from, and when they were read. */
  readonly prices: { readonly source: string; readonly date: string };
  readonly running: boolean;
  /** Callers of the present herd, or of the last one; 0 before the first. */
  readonly callers: number;
  readonly protected: LabSide;
  readonly unprotected: LabSide;
}

/** `POST /api/lab/herd`, body `{ callers }` of 1 to 10,000: the same herd on both sides. */
export interface HerdRequest {
  readonly callers: number;
}

/**
 * `POST /api/lab/herd` answers at once, 409 while another herd runs; event `lab` tells how it goes on.
 * `POST /api/lab/mood`, body `{ mood }`. `POST /api/lab/expire`, `POST /api/lab/reset`: no body. A reset ends a herd.
 */
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
  /** This client reads too slowly: so many events were dropped. Ask for `/api/outlines` again. */
  missed: { readonly events: number };
}
