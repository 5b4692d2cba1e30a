import { addCost } from '../ledger/tally.ts';
import { addReports, type Cost, type ReportedCost, shareOf } from '../model/cost.ts';
import type { Partition } from './partition.ts';

/** What a generation spends: the account is told of all of it, and an entry is worth what its own run has cost. */
export class Spending {
  readonly #partition: Partition;
  #startedAt = 0;
  #runBeganAt = 0;
  #reported: ReportedCost | undefined;
  #reportedByRun: ReportedCost | undefined;

  constructor(partition: Partition) {
    this.#partition = partition;
  }

  start(): void {
    this.#startedAt = this.#now();
  }

  /** @param beganAt milliseconds of the cache's clock */
  startRun(beganAt: number): void {
    this.#runBeganAt = beganAt;
    this.#reportedByRun = undefined;
  }

  add(cost: ReportedCost): void {
    this.#reported = addReports(this.#reported, cost);
    this.#reportedByRun = addReports(this.#reportedByRun, cost);
  }

  /** Too late for any entry, but the money was spent. */
  addLate(cost: ReportedCost): void {
    addCost(this.#partition.account.spent, cost, 1);
  }

  /** What the present run cost so far, divided evenly. */
  ofRun(sharers: number): Cost {
    const share = 1 / Math.max(1, sharers);
    const seconds = this.#secondsSince(this.#runBeganAt) * share;
    const reported = this.#reportedByRun;
    return reported === undefined ? { seconds } : { ...shareOf(reported, share), seconds };
  }

  /** The generation is over. */
  settle(): void {
    const { spent } = this.#partition.account;
    spent.seconds += this.#secondsSince(this.#startedAt);
    if (this.#reported !== undefined) addCost(spent, this.#reported, 1);
  }

  #secondsSince(time: number): number {
    return Math.max(0, this.#now() - time) / 1_000;
  }

  #now(): number {
    return this.#partition.engine.horizon.read();
  }
}
