import type { Explanation, Origin, Stats } from 'holdfast';
import type { Outline, OutlineSymbol } from './outline/index.ts';
import type { Totals } from './store/totals.ts';

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
  /** How changes of the folder come to be known. */
  readonly watching: Watching;
  /** Where what is made outlives the server; absent where everything is kept in memory only. */
  readonly store?: StoreLine;
  /** What the last edit cost; absent before the first. */
  readonly lastEdit?: LastEdit;
  /** Who summarises files when somebody asks for it. */
  readonly summary: SummaryOffer;
  readonly uptimeSeconds: number;
  readonly nodeVersion: string;
}

/** How changes of the folder come to be known. */
export interface Watching {
  /** `LIVE`: heard of within milliseconds. `DEGRADED`: everything is polled. `UNKNOWN`, `SCANNING`: on the way to `LIVE`. */
  readonly state: 'UNKNOWN' | 'SCANNING' | 'LIVE' | 'DEGRADED' | 'OFF';
  /** Why nothing is known, or everything is polled. */
  readonly reason?: string;
  readonly files: number;
  readonly directories: number;
  /** Of the directories, those that the machine does not watch: what is in them is polled. */
  readonly polled: number;
}

/** The store in one line. */
export interface StoreLine {
  /** `.holdfast/store.sqlite`: relative to the folder, or the name alone of a file outside of it. */
  readonly file: string;
  /** `readonly`: it takes nothing any more, as its warning says. */
  readonly state: 'open' | 'readonly' | 'closed';
  /** Of all kinds, and of earlier versions that nobody has asked for since. */
  readonly entries: number;
  /** As they are stored. */
  readonly bytes: number;
  /** Outlines that it had when the folder was read: these did not have to be made. */
  readonly stored: number;
}

/** `GET /api/store`: what the store holds, and the ledger over all runs. `null` where there is none. */
export interface StoreAnswer extends StoreLine {
  /** `bytes`: before they are compressed. */
  readonly kinds: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>;
  /** The ledger of all runs on this store, this one included. */
  readonly totals: Totals;
  readonly warnings: readonly string[];
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

/** Without a key the outline answers. */
export interface SummaryOffer {
  /** As Gemini names it. */
  readonly model: string;
  readonly hasKey: boolean;
  /** Whom a file is sent to: `Google`, or the host of another upstream. */
  readonly recipient: string;
}

/**
 * `GET /api/summary?path=src/a.ts`: a file in a paragraph, by Gemini, or its outline in words, and why. With `&mode=cached` Gemini
 * is not asked: the answer is what is kept of the file as it is now.
 */
export interface SummaryAnswer {
  readonly path: string;
  /** One paragraph in one line. */
  readonly text: string;
  readonly by: 'gemini' | 'outline';
  /** By Gemini: the model that answered, as it names itself. */
  readonly model?: string;
  /**
   * By the outline, why: `no key`, `not asked`, `secret` (a name that holds secrets by custom), or a code: `E_RATE_LIMITED`,
   * `E_PROVIDER_TIMEOUT`, `E_PROVIDER`, `E_UNREACHABLE`, `E_BAD_ANSWER`, `E_NO_TEXT`, …
   */
  readonly because?: string;
  /** The same in a sentence for people. */
  readonly explanation?: string;
  /** Milliseconds since 1970 from which it is worth asking again, where that is known. */
  readonly retryAt?: number;
  /** Of the summary, or of the outline that stands in for it. */
  readonly outcome: string;
  readonly ageMs: number;
  readonly stale: false | 'aged' | 'changed';
  /** Why a stale one was told. */
  readonly reason?: string;
  /** By Gemini: UTF-16 code units of the file, and how many of them it was sent. */
  readonly characters?: number;
  readonly sent?: number;
  /** What it had cost to make it; `usd` is absent where no price is known. */
  readonly cost?: {
    readonly seconds: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly usd?: number;
    /** Whoever answered was no provider that bills. */
    readonly simulated?: true;
  };
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

/** What edits of the folder cost: what was made because of them, and what was not. Paths are sorted. */
export interface EditCost {
  /** Source files after it. */
  readonly files: number;
  /** Files that are new in the folder, and that are not there any more. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Files whose outline was made. */
  readonly regenerated: readonly string[];
  /** Of these, the ones whose outline had been invalidated. */
  readonly invalidated: readonly string[];
  /** Files whose outline is one that had been kept, as they are what they were then: nothing was made. */
  readonly restored: readonly string[];
  /** `restored`: the folder's symbols are what they were at an earlier time, and that index had been kept. */
  readonly symbolIndex: 'unchanged' | 'made' | 'restored' | 'failed';
  /** That generators ran, all kinds together. Looking whether anything has changed costs the same without an edit. */
  readonly spentSeconds: number;
}

/** The last edit, as the terminal tells it. */
export interface LastEdit {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `src/a.ts changed → 1 of 412 outlines, symbol index unchanged: early cutoff (8 ms)` */
  readonly sentence: string;
}

/** `POST /api/refresh`: looks at every file again. What the edits since the last look cost, and what the look took. */
export interface RefreshAnswer extends EditCost {
  readonly seconds: number;
}

/** A symbol, and the file that it stands in. */
export interface SymbolPlace extends OutlineSymbol {
  readonly path: string;
}

/**
 * `GET /api/symbol?name=createCache&limit=50`: where a symbol is defined. First those of exactly this name, then those
 * that differ in upper and lower case, then those that begin with it. `limit` is 1 to 1,000, 50 by default.
 */
export interface SymbolAnswer {
  readonly name: string;
  readonly matches: readonly SymbolPlace[];
  /** All that match, those over the limit included. */
  readonly total: number;
  /** What was searched. */
  readonly symbols: number;
  readonly files: number;
  /** Files that could not be outlined: their symbols are missing. */
  readonly leftOut: readonly string[];
  /** What it took to come by the index. */
  readonly outcome: string;
}

/** `GET /api/why?path=src/a.ts`: how the outline of a file stands and why, then everything that was made from it. */
export interface WhyAnswer {
  readonly path: string;
  /** The outline first; what was made from it after it. */
  readonly entries: readonly WhyEntry[];
}

/** Why an entry is as it is. Digests are the first 12 of their 64 hex digits, or a word such as `absent`. */
export interface WhyEntry {
  /** `outline(src/a.ts)`, `symbol_index` */
  readonly entry: string;
  readonly kind: string;
  readonly state: Explanation['state'];
  /** One sentence for people. */
  readonly because: string;
  readonly ageMs?: number;
  /** Values that are kept for other states of what it is made from. */
  readonly others: number;
  /** Why it was made although one was kept; absent if it was made once only. `at`: milliseconds since 1970. */
  readonly regenerated?: {
    readonly because: Origin['because'];
    readonly at: number;
    readonly on?: string;
    readonly was?: string;
    readonly is?: string;
  };
  /** What differs now. */
  readonly difference?: { readonly on: string; readonly was: string; readonly is: string };
  /** The first of what it was made from, and how many there are. */
  readonly madeFrom: readonly { readonly type: string; readonly on: string; readonly digest: string }[];
  readonly madeFromCount: number;
}

/** `POST /api/invalidate`, body `{ path }` or `{ kind }`. */
export interface InvalidateAnswer {
  readonly count: number;
}

/** How the lab's fake provider behaves. */
export type ProviderMood = 'normal' | 'slow' | 'fail' | 'hang' | 'limited';

/** The provider's health, which the sick scene takes through an illness. `wobbly`: one call in four fails. */
export type ProviderHealth = 'well' | 'wobbly' | 'failing' | 'hanging';

/** What the guard between cache and provider is doing. */
export interface LabGuard {
  /** Calls that count in the provider's present minute, and how many it lets in; `null`: it has no such limit. */
  readonly minute: { readonly used: number; readonly limit: number | null };
  /** Callers who wait for their turn, and calls under way. */
  readonly waiting: number;
  readonly underWay: number;
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Since the last reset. */
  readonly opened: number;
  readonly retries: number;
}

/** How the callers of the stream scene fare on one side, and what it takes; counted since the scene began. */
export interface LabStream {
  /** Streams that reached the provider, and how many of them are under way. */
  readonly streams: number;
  readonly underWay: number;
  /** At list prices of the simulated model; a stream counts when it has ended, as far as it was sent. */
  readonly usd: number;
  /**
   * A character for each caller, in the order in which they came: `-` has not a word yet, `!` has failed, `A` to `Y` has
   * read from nothing to all of it, in 24 steps, and `a` to `y` has left after so much.
   */
  readonly progress: string;
  /** Callers who have not a word yet. */
  readonly waiting: number;
  readonly reading: number;
  /** Callers who have read all of it. */
  readonly whole: number;
  /** Callers who have left before its end. */
  readonly left: number;
  readonly failed: number;
  /** Callers who came when the first ones were there already; of these, those who joined a stream and so had what had come. */
  readonly late: number;
  readonly replayed: number;
  /** Callers who read at two thirds of the pace of the answer. */
  readonly slow: number;
  /** From asking to the first word. */
  readonly firstWord: { readonly p50: number; readonly p99: number; readonly max: number };
  /** The answer, as far as the first caller has read it. */
  readonly text: string;
  /** Bytes that the heap of this side held more when all had come: its callers and its simulated provider; 0 before that. */
  readonly memory: number;
}

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
  /** Callers who were told when to come back, in place of an answer: neither answered nor failed. */
  readonly refused: number;
  /** Seconds until the last of these may come back; 0 once it may. */
  readonly comeBackIn: number;
  readonly waiting: number;
  /** Calls that the provider answered with a 429. */
  readonly rateLimited: number;
  /** Absent where there is none. */
  readonly guard?: LabGuard;
  /** Absent before the stream scene is played: its callers, calls and dollars are here and in no other number. */
  readonly stream?: LabStream;
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
  /** What is played, or was played last. */
  readonly scene: 'herd' | LabSceneName;
  /** The stage that the sick scene has come to; `null` while it is not played. */
  readonly health: ProviderHealth | null;
  /** Callers of the present herd, or of the last one; 0 before the first, and in the sick scene. */
  readonly callers: number;
  readonly protected: LabSide;
  readonly unprotected: LabSide;
}

/** `POST /api/lab/herd`, body `{ callers }` of 1 to 10,000: the same herd on both sides. */
export interface HerdRequest {
  readonly callers: number;
}

/**
 * `storm`: 1,000 callers with different questions, 60 calls a minute. `sick`: callers come while the provider fails.
 * `stream`: 1,000 callers of one streamed answer, who come late, leave early and read slowly.
 */
export type LabSceneName = 'storm' | 'sick' | 'stream';

/** `POST /api/lab/scene`, body `{ scene }`: answers and refuses as `POST /api/lab/herd` does. */
export interface SceneRequest {
  readonly scene: LabSceneName;
}

/**
 * `POST /api/lab/herd` answers at once, 409 while a herd or a scene is under way; event `lab` tells how it goes on.
 * `POST /api/lab/mood`, body `{ mood }`. `POST /api/lab/expire`, `POST /api/lab/reset`: no body. A reset ends either.
 */
export interface MoodRequest {
  readonly mood: ProviderMood;
}

/** `GET /api/events`: server-sent; the name of the event and its data. The first ones tell the present state. */
export interface ServerEvents {
  status: Status;
  stats: Stats;
  /** An outline was generated: a file was read first, or it changed. `restored`: a kept one holds again instead. */
  outline: OutlineLine & { readonly seconds: number; readonly restored?: true };
  /** The folder was edited, and everything that was made from it is up to date again. */
  edit: LastEdit & { readonly cost: EditCost };
  /** How the watching stands is another than before. */
  watching: Watching;
  /** A look over the folder that somebody asked for ended. */
  refresh: RefreshAnswer;
  lab: LabState;
  /** This client reads too slowly: so many events were dropped. Ask for `/api/outlines` again. */
  missed: { readonly events: number };
}
