import type { Timer } from '../lib/clock.ts';
import type { HoldfastError } from '../lib/errors.ts';
import type { KeyId } from '../model/key.ts';
import type { Outcome, StaleMark, StaleReason } from '../model/outcome.ts';
import type { Answer, Landing } from './answer.ts';
import { remembered, timedOut } from './call-errors.ts';
import type { Mode, Wishes } from './call-options.ts';
import { cycleError, isGeneration, isMaking } from './cycle.ts';
import { type Decision, decide } from './decision.ts';
import { closedError } from './engine.ts';
import type { Failure } from './failures.ts';
import { fallback } from './fallback.ts';
import type { Flight } from './flight.ts';
import type { Launcher } from './launcher.ts';
import { originOf } from './origins.ts';
import type { Partition } from './partition.ts';
import type { Proof } from './standing.ts';
import { CheckNode, verifyFailure } from './trace-check.ts';
import { circularVerdict, knownVerdict, verifyEntry } from './verification.ts';
import type { WaitNode } from './wait-graph.ts';

/** What a part of a check, or of a generation, takes: whatever began after that did. */
function sinceOf(parent: WaitNode | undefined, internal: boolean): number | undefined {
  if (parent instanceof CheckNode) return parent.order;
  return internal && isGeneration(parent) ? parent.run.since : undefined;
}

function outcomeOf(
  mode: Mode,
  stale: StaleMark,
  by: 'hit' | 'store' | 'elsewhere' | 'own' | 'joined',
): Outcome {
  if (mode === 'bypass') return 'bypassed';
  if (stale !== false) return 'stale';
  switch (by) {
    case 'hit':
      return 'hit';
    case 'store':
      return 'stored';
    case 'own':
      return 'generated';
    default:
      return 'coalesced';
  }
}

/**
 * One call for one key, from its beginning to its outcome; calls that memory answers at once, and those that join a
 * herd without options of their own, never become one.
 *
 * It decides (`decision.ts`), does what was decided, and decides again when it has found out more: the *proof*, which is
 * what a check of the entry's dependencies came to, or that what a remembered failure had read is still the same. Whatever
 * comes first of an answer, its signal and its time limits ends it, and everything later finds it done.
 */
export class Call {
  readonly partition: Partition;
  readonly id: KeyId;
  wishes: Wishes;
  /** Who waits: the generation that made this call, or the verification. */
  readonly parent: WaitNode | undefined;
  /** Made by the cache itself: counted apart. */
  readonly internal: boolean;
  /** The last invalidation that this call came after. */
  joinedAt: number;
  /** Checks that began after this one serve the call: after it came, or after the check that it is a part of began. */
  since: number;
  readonly promise: Promise<Answer>;

  readonly #launcher: Launcher;
  readonly #began: number;
  readonly #resolvers = Promise.withResolvers<Answer>();
  #proof: Proof | undefined;
  #standingFailure: Failure | undefined;
  #flight: Flight | undefined;
  /** The check that it waits for. */
  #check: WaitNode | undefined;
  #leads = false;
  /** Nothing was in memory, and the store has been read. */
  #loaded = false;
  /** Whether what other processes have invalidated is known; where the store cannot say, nothing here is to be trusted. */
  #told: 'unasked' | 'yes' | 'no';
  #done = false;
  #timers: Timer[] = [];
  readonly #onAbort = (): void => this.abort(this.wishes.signal?.reason);

  constructor(
    partition: Partition,
    id: KeyId,
    wishes: Wishes,
    launcher: Launcher,
    parent: WaitNode | undefined,
    internal: boolean,
  ) {
    this.partition = partition;
    this.id = id;
    this.wishes = wishes;
    this.parent = parent;
    this.internal = internal;
    this.promise = this.#resolvers.promise;
    this.#launcher = launcher;
    const { engine } = partition;
    this.joinedAt = engine.sequence;
    this.since = sinceOf(parent, internal) ?? engine.checks;
    this.#began = engine.horizon.read();
    this.#told = engine.tier?.strict && wishes.mode !== 'bypass' ? 'unasked' : 'yes';
    engine.calls.add(this);
  }

  /** Sets out. Before it returns the call is done, or waits for something. */
  start(): Promise<Answer> {
    const { signal, timeout, staleAfter } = this.wishes;
    if (signal?.aborted) {
      this.abort(signal.reason);
      return this.promise;
    }
    try {
      this.partition.engine.assertOpen(this.internal || this.parent !== undefined);
    } catch (error) {
      this.#fail('failed', error);
      return this.promise;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#advance();
    if (!this.#done) {
      if (staleAfter < timeout) this.#after(staleAfter, () => this.#settleForStale('staleAfter'));
      if (timeout !== Number.POSITIVE_INFINITY) this.#after(timeout, () => this.#timeOut());
    }
    return this.promise;
  }

  /** The flight that this call waited for has landed. */
  settle(landing: Landing): void {
    const leads = this.#leads;
    this.#forgetFlight();
    if (!landing.ok) {
      this.#fail('failed', landing.error);
      return;
    }
    const { value, stale, reason, cost, skipped, madeAt, trace, by } = landing;
    const outcome = outcomeOf(this.wishes.mode, stale, by ?? (leads ? 'own' : 'joined'));
    const age = Math.max(0, this.partition.engine.horizon.read() - madeAt);
    this.#finish(
      { value, outcome, age, stale, reason, cost, skipped, trace },
      leads && reason === 'dependency',
    );
  }

  /** The flight does not answer this call, which came after an invalidation or a last look: it asks anew. */
  tryAgain(): void {
    this.since = this.partition.engine.checks;
    this.#forgetFlight();
    this.#advance();
  }

  /** The cache is closed and does not wait any longer. */
  cutOff(error: HoldfastError): void {
    this.#leave(false);
    this.#fail('failed', error);
  }

  #advance(): void {
    if (this.#done) return;
    const { partition, id } = this;
    const { engine } = partition;
    try {
      if (engine.state === 'closed') throw closedError();
      if (this.#told !== 'yes' && this.#distrust()) return;
      const { since } = this;
      const until =
        this.internal && isGeneration(this.parent) ? this.parent.run.order : Number.POSITIVE_INFINITY;
      const findings = {
        mode: this.wishes.mode,
        since,
        until,
        proof: this.#proof,
        standingFailure: this.#standingFailure,
      };
      this.#do(decide(partition, id, findings, engine.horizon.read()));
    } catch (error) {
      this.#fail('failed', error);
    }
  }

  /**
   * In strict coherence: asks the store what other processes have invalidated. Where it cannot say, the value is made anew,
   * by a flight that began after this call. True: there is nothing to decide now.
   */
  #distrust(): boolean {
    const { partition, id, wishes } = this;
    if (this.#told === 'unasked') {
      void partition.engine.tier?.reader.catchUp().then((known) => {
        this.#told = known ? 'yes' : 'no';
        this.#advance();
      });
      return true;
    }
    if (wishes.mode === 'cached') {
      this.#finish({ value: undefined, outcome: 'missed', age: 0, stale: false });
      return true;
    }
    this.wishes = { ...wishes, mode: 'refresh' };
    const flight = partition.flights.get(id);
    if (flight !== undefined && flight.generation.run.order <= this.since) {
      flight.detach('invalidation');
      flight.generation.abandonIfUnwanted();
    }
    return false;
  }

  #do(decision: Decision): void {
    switch (decision.do) {
      case 'serve': {
        // Registered before anybody is told: a listener that calls again must find the flight, and start no second.
        const refresh = decision.refresh ? this.#launch(true) : undefined;
        if (refresh !== undefined) {
          refresh.origin = originOf(this.partition, this.id, this.wishes.mode, this.#proof);
        }
        this.#serve(decision.slot, decision.stale, decision.reason);
        if (refresh !== undefined) this.#launcher.begin(refresh);
        return;
      }
      case 'verify':
        this.#verify(decision.slot);
        return;
      case 'recheck':
        this.#recheck(decision.failure);
        return;
      case 'join':
        this.#join(decision.flight);
        return;
      case 'remember':
        this.#fail('negative', remembered(this.partition, this.id, decision.failure));
        return;
      case 'share':
        this.#fail('failed', decision.failure.error);
        return;
      case 'miss':
        if (!this.#load()) this.#finish({ value: undefined, outcome: 'missed', age: 0, stale: false });
        return;
      case 'generate': {
        if (this.wishes.mode === 'bypass' && isMaking(this.parent, this.partition, this.id)) {
          this.#fail('failed', cycleError(this.partition.key(this.id)));
          return;
        }
        const flight = this.#launch(false);
        flight.proof = this.#proof;
        flight.origin = originOf(this.partition, this.id, this.wishes.mode, this.#proof);
        flight.generation.startedBy = this.parent;
        flight.generation.since = Math.min(flight.generation.since, this.since);
        this.#leads = true;
        this.#join(flight);
        this.#launcher.begin(flight);
      }
    }
  }

  /** Reads the store, once, then decides again. False: there is none, or it was read. */
  #load(): boolean {
    const { tier } = this.partition.engine;
    if (tier === undefined || this.#loaded) return false;
    this.#loaded = true;
    void tier.reader.load(this.partition, [this.id]).then(() => this.#advance());
    return true;
  }

  #launch(background: boolean): Flight {
    return this.#launcher.launch(this.partition, this.id, this.wishes, background);
  }

  #serve(slot: number, stale: StaleMark, reason: StaleReason | undefined): void {
    const { engine } = this.partition;
    const { table } = engine;
    // Counted by the entry itself, as on the hit path; an internal hit is counted apart, by `count`.
    if (!stale && !this.internal && !this.#loaded) table.hit(slot);
    else table.touch(slot);
    this.#finish({
      value: table.value(slot),
      outcome: outcomeOf('default', stale, this.#loaded ? 'store' : 'hit'),
      age: Math.max(0, engine.horizon.read() - table.madeAt(slot)),
      stale,
      reason,
      cost: engine.costOf(slot),
      trace: table.note(slot)?.trace,
    });
  }

  #verify(slot: number): void {
    const { partition } = this;
    const note = partition.engine.table.note(slot);
    if (note === undefined) throw new Error('an entry without a note was to be verified');
    const known = knownVerdict(note, this.since) ?? circularVerdict(note, this.parent);
    if (known !== undefined) {
      this.#proof = { note, verdict: known };
      this.#advance();
      return;
    }
    const check = verifyEntry(partition, this.id, note, this.wishes.mode !== 'cached');
    this.#whileWaiting(check.node, check.verdict, (proof) => {
      this.#proof = proof;
    });
  }

  #recheck(failure: Failure): void {
    const check = verifyFailure(this.partition, failure);
    this.#whileWaiting(check.node, check.verdict, (verdict) => {
      if (verdict.state !== 'changed') this.#standingFailure = failure;
      // A later attempt may have failed meanwhile, on what it read itself.
      else if (this.partition.failures.get(this.id) === failure) this.partition.failures.forget(this.id);
    });
  }

  /** Waits for a check on behalf of the parent, then decides again. A circle of waiting ends the call. */
  #whileWaiting<R>(node: WaitNode, result: Promise<R>, then: (result: R) => void): void {
    if (this.parent?.await(node) === false) {
      this.#fail('failed', cycleError(this.partition.key(this.id)));
      return;
    }
    this.#check = node;
    result.then((found) => {
      if (this.#done) return;
      this.#forgetCheck();
      then(found);
      this.#advance();
    });
  }

  #join(flight: Flight): void {
    if (this.parent?.await(flight.generation) === false) {
      flight.leave(this, false);
      this.#fail('failed', cycleError(this.partition.key(this.id)));
      return;
    }
    this.#flight = flight;
    this.joinedAt = this.partition.engine.sequence;
    flight.join(this);
  }

  #forgetCheck(): void {
    if (this.#check !== undefined) this.parent?.release(this.#check);
    this.#check = undefined;
  }

  #forgetFlight(): void {
    if (this.#flight !== undefined) this.parent?.release(this.#flight.generation);
    this.#flight = undefined;
    this.#leads = false;
  }

  #leave(servedStale: boolean): void {
    const flight = this.#flight;
    this.#forgetFlight();
    flight?.leave(this, servedStale);
  }

  /** The caller leaves: by its signal, or as the generation ends that made the call. */
  abort(reason: unknown): void {
    if (this.#done) return;
    this.#end('aborted', false);
    this.#leave(false);
    this.#resolvers.reject(reason);
  }

  #timeOut(): void {
    if (this.#settleForStale('timeout')) return;
    const { wishes } = this;
    this.#end(wishes.mode === 'bypass' ? 'bypassed' : 'failed', false);
    this.#leave(false);
    this.#resolvers.reject(timedOut(this.partition, this.id, wishes.timeout));
  }

  /** Ends the call with a stale value inside a window, if there is one; the flight goes on in the background. */
  #settleForStale(reason: 'timeout' | 'staleAfter'): boolean {
    if (this.#done || this.wishes.mode === 'bypass' || this.wishes.mode === 'cached') return false;
    const stale = fallback(
      this.partition,
      this.id,
      'wait',
      this.partition.engine.horizon.read(),
      this.#proof,
    );
    if (stale === undefined || this.#flight?.attached === false) return false;
    this.#leave(true);
    this.#serve(stale.slot, stale.mark, reason);
    return true;
  }

  /** @param paid the call's own generation made the value: nothing was saved */
  #finish(answer: Answer, paid = false): void {
    if (this.#done) return;
    this.#end(answer.outcome, answer.stale, paid ? undefined : answer.cost);
    this.#resolvers.resolve(answer);
  }

  #fail(outcome: Outcome, error: unknown): void {
    if (this.#done) return;
    this.#end(this.wishes.mode === 'bypass' ? 'bypassed' : outcome, false);
    this.#resolvers.reject(error);
  }

  #end(outcome: Outcome, stale: StaleMark, cost?: Answer['cost']): void {
    this.#done = true;
    // A call that has ended waits for nobody: its parent must not seem to.
    this.#forgetCheck();
    const { partition } = this;
    const { engine } = partition;
    for (const timer of this.#timers) timer.cancel();
    this.wishes.signal?.removeEventListener('abort', this.#onAbort);
    engine.calls.delete(this);
    engine.noteEnd();
    // A hit is counted in its entry's record, an internal one here.
    if (outcome !== 'hit' || this.internal) engine.count(partition, outcome, 1, cost, this.internal);
    if (!this.internal) engine.announce(partition, this.id, outcome, stale, this.#began);
  }

  #after(milliseconds: number, then: () => void): void {
    this.#timers.push(this.partition.engine.clock.setTimeout(then, milliseconds));
  }
}
