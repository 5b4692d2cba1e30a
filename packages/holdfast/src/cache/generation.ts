import { addCost } from '../ledger/tally.ts';
import type { Timer } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import { addReports, type Cost, type ReportedCost, shareOf } from '../model/cost.ts';
import type { Verdict } from '../model/trace.ts';
import { nameOf } from '../trace/place.ts';
import { runInside } from './ambient.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { unstableInputs } from './call-errors.ts';
import { confirm } from './confirmation.ts';
import { Context } from './context.ts';
import type { Flight } from './flight.ts';
import type { GenerationContext } from './generator.ts';
import { announceFenced } from './landing.ts';
import { leaseTerm } from './leases.ts';
import type { Partition } from './partition.ts';
import { provide, releaseAll } from './provision.ts';
import { Run } from './run.ts';
import type { Tier } from './tier.ts';
import { WaitNode } from './wait-graph.ts';

/** Runs of a generator after its first, within one generation. */
const mostRestarts = 3;

/** A verdict that does not confirm. */
type Failing = Extract<Verdict, { state: 'changed' | 'unknown' }>;

/** How a run ended. */
type Ended = { readonly ok: true; readonly made: unknown } | { readonly ok: false; readonly error: unknown };

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
  /** What the generator does now, or did last. */
  run: Run;
  #runs = 0;
  readonly #work: Work;
  readonly #controller = new AbortController();
  readonly #uses = new Set<Call>();
  #state: 'ready' | 'preparing' | 'running' | 'ended' | 'abandoned' = 'ready';
  #startedAt = 0;
  #deadline = 0;
  #timer: Timer | undefined;
  #renewal: Timer | undefined;
  /** By all runs, and by the present one: an entry is worth what its own run has cost. */
  #reported: ReportedCost | undefined;
  #reportedByRun: ReportedCost | undefined;
  /** The generator has not begun, or has returned or thrown: nothing of it is running, though a schema may be asked. */
  #returned = true;
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

  constructor(partition: Partition, work: Work) {
    super();
    this.partition = partition;
    this.#work = work;
    this.run = this.#newRun();
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
    if (policy.share === 'machine') this.#renewLeases(tier);
    void provide(this, tier).then(() => {
      if (this.#state !== 'preparing') releaseAll(this);
      else if (this.flights.every(({ landed }) => landed)) this.#end();
      else this.#start();
    });
  }

  /** Runs the generator for the flights that still need it. */
  #start(): void {
    const { engine, account } = this.partition;
    this.#state = 'running';
    this.#startedAt = engine.horizon.read();
    this.#concluded = this.flights.filter(({ landed }) => landed).length;
    this.#sharers = this.flights.length - this.#concluded;
    account.generations.started += 1;
    account.generations.running += 1;
    this.#announceStart();
    // A listener may have invalidated what was to be refreshed.
    if (this.running) this.#run();
  }

  /** Nothing is left to be generated. */
  #end(): void {
    this.#state = 'ended';
    this.#cancelTimers();
    releaseAll(this);
  }

  /** A lease that one key has must outlast the wait for another one's, and the generator. */
  #renewLeases(tier: Tier): void {
    this.#renewal = this.partition.engine.clock.setTimeout(() => {
      const held = this.flights.flatMap(({ lease }) => lease ?? []);
      void Promise.all(held.map((lease) => tier.leases.renew(lease))).then(() => {
        if (this.running || this.preparing) this.#renewLeases(tier);
      });
    }, leaseTerm / 3);
    this.#renewal.unref();
  }

  /**
   * Runs the generator once more, for the waiters of a flight whose first run came to nothing that may be handed over.
   * False where that is not to be had: several keys, or too many times.
   */
  again(): boolean {
    if (this.#state !== 'running' || this.flights.length !== 1 || this.#runs > mostRestarts) return false;
    this.#run();
    return true;
  }

  #run(): void {
    this.#runs += 1;
    this.#returned = false;
    this.#reportedByRun = undefined;
    this.confirmedBy = undefined;
    const run = this.#newRun();
    this.run = run;
    if (this.#runs > 1) for (const flight of this.flights) flight.forgetRun();
    let result: unknown;
    try {
      result = runInside(this, () => this.#work.run(new Context(this, run)));
    } catch (error) {
      result = Promise.reject(error);
    }
    Promise.resolve(result).then(
      (made) => {
        if (this.#isLate()) this.flights.forEach(announceFenced);
        else this.#conclude(run, { ok: true, made });
      },
      (error: unknown) => {
        if (!this.#isLate()) this.#conclude(run, { ok: false, error });
      },
    );
  }

  /** The generator has ended. What it came to is handed over if what it read still holds; else it runs once more. */
  #conclude(run: Run, ended: Ended): void {
    const { engine } = this.partition;
    engine.checks += 1;
    this.confirmedBy = engine.checks;
    this.confirmedAt = engine.horizon.read();
    const verdict = confirm(this, run);
    if (verdict === undefined) {
      this.confirmedBy = undefined;
      this.#deliver(ended);
    } else if (verdict instanceof Promise) {
      void verdict.then((found) => this.#judge(run, ended, found));
    } else {
      this.#judge(run, ended, verdict);
    }
  }

  #judge(run: Run, ended: Ended, verdict: Verdict): void {
    // Given up, or closed, while it was checked.
    if (this.#state !== 'running') return;
    if (verdict.state === 'stale') run.becomeStale(verdict.mark);
    // A failure is handed over unless it is known to be of a state that is gone.
    const settled = ended.ok ? 'same' : 'unknown';
    if (verdict.state === 'same' || verdict.state === 'stale' || verdict.state === settled) {
      this.#deliver(ended);
      return;
    }
    if (ended.ok) this.#work.shelve(ended.made, verdict);
    if (this.#runs <= mostRestarts) {
      this.#announceRestart(verdict);
      if (this.running) this.#run();
    } else {
      // A failure of a state that is gone says nothing of the one that is there now.
      const cause = ended.ok ? (verdict.state === 'unknown' ? verdict.cause : undefined) : ended.error;
      this.#work.fail(unstableInputs(this.partition, this.#runs, cause));
    }
  }

  #deliver(ended: Ended): void {
    if (ended.ok) this.#work.deliver(ended.made);
    else this.#work.fail(ended.error);
  }

  #newRun(): Run {
    const { engine } = this.partition;
    engine.checks += 1;
    const order = engine.checks;
    const since = this.#runs > 1 ? order : Math.min(order, this.since);
    return new Run({ at: engine.horizon.read(), order, since }, engine.writes);
  }

  /** Somebody waits now: the process must live until the generation has ended. */
  keepProcess(): void {
    this.#timer?.ref();
  }

  report(cost: ReportedCost): void {
    if (!this.running) {
      // Too late for any entry, but the money was spent.
      addCost(this.partition.account.spent, cost, 1);
      return;
    }
    this.#reported = addReports(this.#reported, cost);
    this.#reportedByRun = addReports(this.#reportedByRun, cost);
  }

  /** What the present run cost so far, divided evenly among its flights. */
  cost(): Cost {
    const share = 1 / Math.max(1, this.#sharers);
    const seconds = this.#elapsed(this.run.beganAt) * share;
    const reported = this.#reportedByRun;
    return reported === undefined ? { seconds } : { ...shareOf(reported, share), seconds };
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

  /** The generator has settled. Was it given up before? */
  #isLate(): boolean {
    this.#returned = true;
    if (this.#state !== 'abandoned') return this.#state === 'ended';
    this.partition.leftRunning -= 1;
    return true;
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
    this.#state = this.#returned ? 'ended' : 'abandoned';
    if (!this.#returned) this.partition.leftRunning += 1;
    // The flights land first: who is told, by the signal or as a listener, must find the key free.
    this.#work.fail(error);
    releaseAll(this, why === 'timeout' ? error : undefined);
    if (ran) this.#announceAbandoned(why);
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
    account.spent.seconds += this.#elapsed(this.#startedAt);
    if (this.#reported !== undefined) addCost(account.spent, this.#reported, 1);
  }

  #cancelTimers(): void {
    this.#timer?.cancel();
    this.#renewal?.cancel();
  }

  #elapsed(since: number): number {
    return Math.max(0, this.partition.engine.horizon.read() - since) / 1_000;
  }

  #announceStart(): void {
    const { scope, kind, engine } = this.partition;
    if (!engine.emitter.wants('generation.started')) return;
    for (const flight of this.flights) {
      const key = this.partition.key(flight.id);
      engine.emitter.emit({ type: 'generation.started', scope, kind, key, background: flight.background });
    }
  }

  #announceRestart(verdict: Failing): void {
    const { scope, kind, engine } = this.partition;
    if (!engine.emitter.wants('generation.restarted')) return;
    const dependency = nameOf(verdict.dependency);
    for (const flight of this.flights) {
      const key = this.partition.key(flight.id);
      engine.emitter.emit({ type: 'generation.restarted', scope, kind, key, dependency, run: this.#runs });
    }
  }

  #announceAbandoned(why: 'unwanted' | 'timeout' | 'closed'): void {
    const { scope, kind, engine } = this.partition;
    if (!engine.emitter.wants('generation.abandoned')) return;
    for (const flight of this.flights) {
      engine.emitter.emit({
        type: 'generation.abandoned',
        scope,
        kind,
        key: this.partition.key(flight.id),
        why,
      });
    }
  }
}
