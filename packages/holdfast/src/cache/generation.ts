import type { Timer } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { Cost, ReportedCost } from '../model/cost.ts';
import type { Verdict } from '../model/trace.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import type { Flight } from './flight.ts';
import { announceAbandoned, announceStart } from './generation-events.ts';
import type { GenerationContext } from './generator.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import type { Partition } from './partition.ts';
import { provide } from './provision.ts';
import type { Run } from './run.ts';
import { Runs } from './runs.ts';
import { Spending } from './spending.ts';
import { WaitNode } from './wait-graph.ts';

/** What a generation does: run the user's function, and give each flight what it made. */
export interface Work {
  run(ctx: GenerationContext): unknown;
  /** `result` is what `run` resolved to. */
  deliver(result: unknown): void;
  /** What the result was made from has changed meanwhile: it is right again when that is back, and nobody gets it now. */
  shelve(result: unknown, verdict: Verdict): void;
  /** The generation failed: `run` rejected, or its time was up. */
  fail(error: unknown): void;
}

/**
 * One making of a value by a generator, in one run or more, for one flight or, in a bulk call, for several.
 *
 * It is `running` until its flights have landed, its time is up, or nobody wants any of its flights any more. In the
 * two latter cases it is given up: what the generator still does finds `running` false, and is only counted, as one
 * that was abandoned and has not ended.
 */
export class Generation extends WaitNode {
  readonly partition: Partition;
  readonly flights: Flight[] = [];
  readonly runs: Runs;
  readonly #spending: Spending;
  readonly #work: Work;
  readonly #controller = new AbortController();
  readonly #uses = new Set<Call>();
  #state: 'ready' | 'preparing' | 'running' | 'ended' | 'abandoned' = 'ready';
  #deadline = 0;
  #timer: Timer | undefined;
  #renewal: LeaseRenewal | undefined;
  #concluded = 0;
  /** Flights that it makes a value for. */
  #sharers = 0;
  #anySucceeded = false;
  /** Who made the call that started this one. */
  startedBy: WaitNode | undefined;
  /** Checks and runs that began after this one serve the call that started it. */
  since = Number.POSITIVE_INFINITY;
  /** A selector was put in force of which it is not known yet whether it means one of the flights. */
  doubted = false;
  /** The last look at what was read, by its place among all checks, once it began: it serves only who came before it. */
  confirmedBy: number | undefined;
  /** When that was; milliseconds of the cache's clock. */
  confirmedAt: number | undefined;
  /** The revision of the watch then; negative where nothing was known by it. */
  confirmedSince = -1;

  constructor(partition: Partition, work: Work) {
    super();
    this.partition = partition;
    this.#work = work;
    this.#spending = new Spending(partition);
    this.runs = new Runs(this, work, this.#spending);
  }

  /** What the generator does now, or did last. */
  get run(): Run {
    return this.runs.last;
  }

  /** Has not begun: flights can still board it. */
  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** The store is read, and leases are acquired: the generator has not begun. */
  get preparing(): boolean {
    return this.#state === 'preparing';
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds since 1970. */
  get deadline(): number {
    return this.#deadline;
  }

  get background(): boolean {
    return this.flights.every((flight) => flight.background);
  }

  /** Starts the generator; more than once is nothing. All its flights are registered by then. */
  begin(): void {
    if (this.#state !== 'ready') return;
    const { engine, policy } = this.partition;
    this.#deadline = engine.clock.wall() + policy.generationTimeout;
    this.#timer = engine.clock.setTimeout(() => this.#timeOut(), policy.generationTimeout);
    if (this.background) this.#timer.unref();
    const { tier } = engine;
    if (tier === undefined || this.flights.every(({ attached }) => !attached)) {
      this.#start();
      return;
    }
    this.#state = 'preparing';
    if (policy.share === 'machine') {
      this.#renewal = new LeaseRenewal(engine.clock, tier.leases, this.flights);
      this.#renewal.start();
    }
    void provide(this, tier).then(() => {
      if (this.#state !== 'preparing') return;
      if (this.flights.every(({ landed }) => landed)) this.#end();
      else this.#start();
    });
  }

  /** Runs the generator for the flights that still need it. */
  #start(): void {
    const { account } = this.partition;
    this.#state = 'running';
    this.#spending.start();
    this.#concluded = this.flights.filter(({ landed }) => landed).length;
    this.#sharers = this.flights.length - this.#concluded;
    account.generations.started += 1;
    account.generations.running += 1;
    announceStart(this);
    // A listener may have invalidated what was to be refreshed.
    if (this.running) this.runs.start();
  }

  /** Nothing is left to be generated. */
  #end(): void {
    this.#state = 'ended';
    this.#cancelTimers();
  }

  /** Somebody waits now: the process must live until the generation has ended. */
  keepProcess(): void {
    this.#timer?.ref();
  }

  report(cost: ReportedCost): void {
    if (this.running) this.#spending.add(cost);
    else this.#spending.addLate(cost);
  }

  /** What the present run cost so far, divided evenly among its flights. */
  cost(): Cost {
    return this.#spending.ofRun(this.#sharers);
  }

  /**
   * Starts a call of the generator's own, which ends with the generation. Each listening to the signal would do, but a
   * signal looks through all its listeners for every new one, and there may be tens of thousands.
   */
  async waitForUse(call: Call): Promise<Answer> {
    this.#uses.add(call);
    try {
      return await call.start();
    } finally {
      this.#uses.delete(call);
    }
  }

  /** Called whenever a flight lost a waiter or was detached. */
  abandonIfUnwanted(): void {
    if (this.flights.some((flight) => !flight.landed && flight.wanted)) return;
    this.#abandon('unwanted', new DOMException('nobody waits for this generation any more', 'AbortError'));
  }

  /** The cache is closed and does not wait any longer. */
  cutOff(error: HoldfastError): void {
    this.#abandon('closed', error);
  }

  /** One of the flights has its result, or has failed; the last one ends the generation for the account. */
  conclude(ok: boolean): void {
    if (this.#state !== 'running') return;
    this.#concluded += 1;
    this.#anySucceeded ||= ok;
    if (this.#concluded === this.flights.length) this.#close(this.#anySucceeded ? 'succeeded' : 'failed');
  }

  /** Its generator has settled. @returns whether in time: before the generation was given up, or had ended */
  noteReturn(): boolean {
    if (this.#state === 'abandoned') this.partition.leftRunning -= 1;
    return this.#state !== 'abandoned' && this.#state !== 'ended';
  }

  #timeOut(): void {
    const { kind, policy } = this.partition;
    const error = new HoldfastError(
      'E_GENERATION_TIMEOUT',
      `a generation of kind '${kind}' took longer than its generationTimeout of ${policy.generationTimeout} ms`,
      { kind },
    );
    this.#abandon('timeout', error);
  }

  #abandon(why: 'unwanted' | 'timeout' | 'closed', error: unknown): void {
    if (this.#state === 'ended' || this.#state === 'abandoned') return;
    const ran = this.#state === 'running';
    if (ran) this.#close('abandoned');
    else this.#cancelTimers();
    this.#state = this.runs.atWork ? 'abandoned' : 'ended';
    if (this.runs.atWork) this.partition.leftRunning += 1;
    // The flights land first: who is told, by the signal or as a listener, must find the key free.
    this.#work.fail(error);
    if (ran) announceAbandoned(this, why);
    this.#controller.abort(error);
    for (const call of this.#uses) call.abort(error);
  }

  #close(as: 'succeeded' | 'failed' | 'abandoned'): void {
    if (this.#state !== 'running') return;
    this.#state = 'ended';
    this.#cancelTimers();
    const { account } = this.partition;
    account.generations.running -= 1;
    account.generations[as] += 1;
    this.#spending.settle();
  }

  #cancelTimers(): void {
    this.#timer?.cancel();
    this.#renewal?.stop();
  }
}
