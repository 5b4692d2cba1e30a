import type { HoldfastError } from '../lib/errors.ts';
import type { KeyId } from '../model/key.ts';
import type { Outcome, StaleMark, StaleReason } from '../model/outcome.ts';
import { type Answer, type Landing, outcomeOf } from './answer.ts';
import { remembered, timedOut } from './call-errors.ts';
import type { Wishes } from './call-options.ts';
import { cycleError, isGeneration, isMaking } from './cycle.ts';
import { type Decision, decide } from './decision.ts';
import { closedError } from './engine.ts';
import { fallback } from './fallback.ts';
import type { Flight } from './flight.ts';
import { Inquiry } from './inquiry.ts';
import type { Launcher } from './launcher.ts';
import { originOf } from './origins.ts';
import type { Partition } from './partition.ts';
import { noteRead } from './reads.ts';
import { Reply } from './reply.ts';
import { CheckNode } from './trace-check.ts';
import type { WaitNode } from './wait-graph.ts';
import { Waiting } from './waiting.ts';

/** What a part of a check, or of a generation, takes: whatever began after that did. */
function sinceOf(parent: WaitNode | undefined, internal: boolean): number | undefined {
  if (parent instanceof CheckNode) return parent.order;
  return internal && isGeneration(parent) ? parent.run.since : undefined;
}

/**
 * One call for one key, from its beginning to its outcome; calls that memory answers at once, and those that join a
 * herd without options of their own, never become one.
 *
 * It decides (`decision.ts`), does what was decided, and decides again when it has found out more: the *proof*, which is
 * what a check of the entry's dependencies came to, or that what a remembered failure had read is still the same.
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
  /** Nobody waits for it but the cache: the flight that it starts is a background one. */
  background = false;

  readonly #launcher: Launcher;
  readonly #reply: Reply;
  readonly #waiting: Waiting;
  readonly #inquiry: Inquiry;

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
    this.#launcher = launcher;
    const { engine } = partition;
    this.joinedAt = engine.sequence;
    this.since = sinceOf(parent, internal) ?? engine.checks;
    this.#waiting = new Waiting(parent);
    this.#inquiry = new Inquiry(this, this.#waiting, () => this.#advance());
    this.#reply = new Reply(this);
  }

  /** Sets out. Before it returns the call is done, or waits for something. */
  start(): Promise<Answer> {
    const { signal, timeout, staleAfter } = this.wishes;
    const reply = this.#reply;
    if (signal?.aborted) {
      this.abort(signal.reason);
      return reply.promise;
    }
    try {
      this.partition.engine.assertOpen(this.internal || this.parent !== undefined);
    } catch (error) {
      this.#fail('failed', error);
      return reply.promise;
    }
    if (signal !== undefined) reply.onAbort(signal, () => this.abort(signal.reason));
    this.#advance();
    if (!reply.done) {
      if (staleAfter < timeout) reply.after(staleAfter, () => this.#settleForStale('staleAfter'));
      if (timeout !== Number.POSITIVE_INFINITY) reply.after(timeout, () => this.#timeOut());
    }
    return reply.promise;
  }

  /** The flight that this call waited for has landed. */
  settle(landing: Landing): void {
    const { leads } = this.#waiting;
    this.#waiting.endFlight();
    if (!landing.ok) {
      this.#fail('failed', landing.error);
      return;
    }
    const { value, stale, reason, cost, skipped, madeAt, trace, by } = landing;
    if (stale !== false && this.wishes.viewer?.isCommitted) {
      this.#fail('failed', landing.failure);
      return;
    }
    const refusal = this.wishes.viewer?.refusalOf?.(value);
    if (refusal !== undefined) {
      this.#fail('failed', refusal);
      return;
    }
    const outcome = outcomeOf(this.wishes.mode, stale, by ?? (leads ? 'own' : 'joined'));
    const age = Math.max(0, this.partition.engine.horizon.read() - madeAt);
    this.#give(
      { value, outcome, age, stale, reason, cost, skipped, trace },
      leads && reason === 'dependency',
    );
  }

  /** The flight that this call waits for has a part of its value. */
  show(unfinished: unknown): void {
    const outcome = outcomeOf(this.wishes.mode, false, this.#waiting.leads ? 'own' : 'joined');
    if (!this.#reply.done) this.wishes.viewer?.show(unfinished, outcome);
  }

  /** The flight does not answer this call, which came after an invalidation or a last look: it asks anew. */
  tryAgain(): void {
    this.since = this.partition.engine.checks;
    this.#waiting.endFlight();
    this.#advance();
  }

  /** The caller leaves: by its signal, or as the generation ends that made the call. */
  abort(reason: unknown): void {
    if (this.#reply.done) return;
    this.#waiting.endCheck();
    this.#reply.fail('aborted', reason);
    this.#leave(false);
  }

  /** The cache is closed and does not wait any longer. */
  cutOff(error: HoldfastError): void {
    this.#leave(false);
    this.#fail('failed', error);
  }

  #advance(): void {
    if (this.#reply.done) return;
    const { partition, id } = this;
    const { engine } = partition;
    try {
      if (engine.state === 'closed') throw closedError();
      if (this.#inquiry.told !== 'yes' && this.#distrust()) return;
      this.#do(decide(partition, id, this.#inquiry.findings(), engine.horizon.read()));
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
    if (this.#inquiry.told === 'unasked') {
      this.#inquiry.askOthers();
      return true;
    }
    if (wishes.mode === 'cached' || this.background) {
      this.#give({ value: undefined, outcome: 'missed', age: 0, stale: false });
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
        const refresh = decision.refresh && !this.background ? this.#launch(true) : undefined;
        if (refresh !== undefined) {
          refresh.origin = originOf(this.partition, this.id, this.wishes.mode, this.#inquiry.proof);
        }
        this.#serve(decision.slot, decision.stale, decision.reason);
        if (refresh !== undefined) this.#launcher.begin(refresh);
        return;
      }
      case 'verify':
        if (!this.#inquiry.verify(decision.slot)) this.#failAsCycle();
        return;
      case 'recheck':
        if (!this.#inquiry.recheck(decision.failure)) this.#failAsCycle();
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
        if (!this.#inquiry.load()) this.#give({ value: undefined, outcome: 'missed', age: 0, stale: false });
        return;
      case 'generate': {
        if (this.wishes.mode === 'bypass' && isMaking(this.parent, this.partition, this.id)) {
          this.#failAsCycle();
          return;
        }
        const flight = this.#launch(this.background);
        flight.proof = this.#inquiry.proof;
        flight.origin = originOf(this.partition, this.id, this.wishes.mode, this.#inquiry.proof);
        flight.generation.startedBy = this.parent;
        flight.generation.since = Math.min(flight.generation.since, this.since);
        this.#waiting.leads = true;
        this.#join(flight);
        this.#launcher.begin(flight);
      }
    }
  }

  #launch(background: boolean): Flight {
    return this.#launcher.launch(this.partition, this.id, this.wishes, background);
  }

  #serve(slot: number, stale: StaleMark, reason: StaleReason | undefined): void {
    const { engine } = this.partition;
    const { table } = engine;
    // Counted by the entry itself, as on the hit path; an internal hit is counted apart, by `count`.
    if (!stale && !this.internal && !this.#inquiry.loaded) table.hit(slot);
    else table.touch(slot);
    this.#give({
      value: table.value(slot),
      outcome: outcomeOf('default', stale, this.#inquiry.loaded ? 'store' : 'hit'),
      age: Math.max(0, engine.horizon.read() - table.madeAt(slot)),
      stale,
      reason,
      cost: engine.costOf(slot),
      trace: table.note(slot)?.trace,
    });
  }

  #join(flight: Flight): void {
    if (!this.#waiting.forFlight(flight)) {
      flight.leave(this, false);
      this.#failAsCycle();
      return;
    }
    this.joinedAt = this.partition.engine.sequence;
    flight.join(this);
  }

  #leave(servedStale: boolean): void {
    const { flight } = this.#waiting;
    this.#waiting.endFlight();
    flight?.leave(this, servedStale);
  }

  #timeOut(): void {
    if (this.#settleForStale('timeout')) return;
    this.#fail('failed', timedOut(this.partition, this.id, this.wishes.timeout));
    this.#leave(false);
  }

  /** Ends the call with a stale value inside a window, if there is one; the flight goes on in the background. */
  #settleForStale(reason: 'timeout' | 'staleAfter'): boolean {
    if (this.#reply.done || this.wishes.mode === 'bypass' || this.wishes.mode === 'cached') return false;
    if (this.wishes.viewer?.isCommitted) return false;
    const stale = fallback(
      this.partition,
      this.id,
      'wait',
      this.partition.engine.horizon.read(),
      this.#inquiry.proof,
    );
    if (stale === undefined || this.#waiting.flight?.attached === false) return false;
    this.#leave(true);
    this.#serve(stale.slot, stale.mark, reason);
    return true;
  }

  /** @param paid the call's own generation made the value: nothing was saved */
  #give(answer: Answer, paid = false): void {
    this.#waiting.endCheck();
    if (!this.internal && answer.outcome !== 'hit') noteRead(this.partition, this.id, answer.value);
    this.#reply.give(answer, paid);
  }

  #fail(outcome: Outcome, error: unknown): void {
    this.#waiting.endCheck();
    this.#reply.fail(this.wishes.mode === 'bypass' ? 'bypassed' : outcome, error);
  }

  #failAsCycle(): void {
    this.#fail('failed', cycleError(this.partition.key(this.id)));
  }
}
