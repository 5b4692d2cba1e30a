import { isSimulated, type ReportedCost } from '../model/cost.ts';
import { type Outcome, outcomes } from '../model/outcome.ts';
import { addCost } from './tally.ts';
import { type SavedBy, Worths } from './worth.ts';

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
  readonly real = new Worths();
  /** What nobody is billed for: never added to what is. */
  readonly simulated = new Worths();

  get calls(): number {
    return sumOf(this.outcomes);
  }

  get internalCalls(): number {
    return sumOf(this.internal);
  }

  /**
   * A generation is over, or reported something late.
   * @param cost what it reported of one sort, real or simulated
   */
  spend(cost: ReportedCost | undefined, seconds: number): void {
    const { spent } = this.#of(cost);
    spent.seconds += seconds;
    if (cost !== undefined) addCost(spent, cost, 1);
  }

  /** So many calls got a value that had cost this. */
  save(by: SavedBy, cost: ReportedCost | undefined, seconds: number, times: number): void {
    const saved = this.#of(cost)[by];
    saved.seconds += seconds * times;
    if (cost !== undefined) addCost(saved, cost, times);
  }

  add(other: Account): void {
    for (const outcome of outcomes) {
      this.outcomes[outcome] += other.outcomes[outcome];
      this.internal[outcome] += other.internal[outcome];
    }
    for (const name of Object.keys(this.generations) as (keyof GenerationCounts)[]) {
      this.generations[name] += other.generations[name];
    }
    this.real.add(other.real);
    this.simulated.add(other.simulated);
  }

  /** Seconds are as real as the report that came with them; without one they are. */
  #of(cost: ReportedCost | undefined): Worths {
    return cost !== undefined && isSimulated(cost) ? this.simulated : this.real;
  }
}
