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
