import { addReports, type Cost, isSimulated, type ReportedCost, shareOf } from '../model/cost.ts';
import type { Partition } from './partition.ts';

/** What a generation spends: the account is told of all of it, and an entry is worth what its own run has cost. */
export class Spending {
  readonly #partition: Partition;
  #startedAt = 0;
  #runBeganAt = 0;
  #real: ReportedCost | undefined;
  #simulated: ReportedCost | undefined;
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
    if (isSimulated(cost)) this.#simulated = addReports(this.#simulated, cost);
    else this.#real = addReports(this.#real, cost);
    this.#reportedByRun = addReports(this.#reportedByRun, cost);
  }

  /** Too late for any entry, but the money was spent. */
  addLate(cost: ReportedCost): void {
    this.#partition.account.spend(cost, 0);
  }

  /** What the present run cost so far, divided evenly. */
  ofRun(sharers: number): Cost {
    const share = 1 / Math.max(1, sharers);
    const seconds = this.#secondsSince(this.#runBeganAt) * share;
    const reported = this.#reportedByRun;
    return reported === undefined ? { seconds } : { ...shareOf(reported, share), seconds };
  }

  /** The generation is over. Its seconds are simulated where all that it reported is. */
  settle(): void {
    const { account } = this.#partition;
    const seconds = this.#secondsSince(this.#startedAt);
    const onlySimulated = this.#simulated !== undefined && this.#real === undefined;
    if (this.#simulated !== undefined) account.spend(this.#simulated, onlySimulated ? seconds : 0);
    if (!onlySimulated) account.spend(this.#real, seconds);
  }

  #secondsSince(time: number): number {
    return Math.max(0, this.#now() - time) / 1_000;
  }

  #now(): number {
    return this.#partition.engine.horizon.read();
  }
}
