import { type Outcome, outcomes } from '../model/outcome.ts';
import { addTally, emptyTally } from './tally.ts';

/** How often calls ended as what. Plain JSON, with exactly the ten names. */
export type OutcomeCounts = Record<Outcome, number>;

/** What became of generations: `started` = succeeded + failed + abandoned + running. */
export interface GenerationCounts {
  started: number;
  succeeded: number;
  failed: number;
  /** Given up before they ended: nobody waited any more, the time was up, or the cache was closed. */
  abandoned: number;
  running: number;
}

export function emptyOutcomes(): OutcomeCounts {
  return Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as OutcomeCounts;
}

function sumOf(counts: OutcomeCounts): number {
  return outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
}

/**
 * The exact account of one kind in one scope. Counters are the truth: they are counted where things happen, whether
 * or not anybody listens.
 */
export class Account {
  readonly outcomes = emptyOutcomes();
  /** Calls that the cache made itself: `ctx.use`, and bringing dependencies up to date. */
  readonly internal = emptyOutcomes();
  readonly generations: GenerationCounts = { started: 0, succeeded: 0, failed: 0, abandoned: 0, running: 0 };
  readonly spent = emptyTally();
  readonly saved = emptyTally();

  get calls(): number {
    return sumOf(this.outcomes);
  }

  get internalCalls(): number {
    return sumOf(this.internal);
  }

  add(other: Account): void {
    for (const outcome of outcomes) {
      this.outcomes[outcome] += other.outcomes[outcome];
      this.internal[outcome] += other.internal[outcome];
    }
    for (const name of Object.keys(this.generations) as (keyof GenerationCounts)[]) {
      this.generations[name] += other.generations[name];
    }
    addTally(this.spent, other.spent);
    addTally(this.saved, other.saved);
  }
}
