import type { Cost } from '../model/cost.ts';
import type { Digest } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import type { Origin } from '../model/origin.ts';
import type { Trace } from '../model/trace.ts';
import type { Landing } from './answer.ts';
import type { Call } from './call.ts';
import type { Generation } from './generation.ts';
import { Herd } from './herd.ts';
import type { Lease } from './leases.ts';
import { matchFlight, type Target } from './matching.ts';
import type { Partition } from './partition.ts';
import type { Proof } from './standing.ts';

export type FencedBy = 'invalidation' | 'set' | 'unwanted' | 'timeout' | 'lease';

/** A selector put in force while a flight is in the air, with its place among all of them. */
export interface Demand {
  readonly target: Target;
  readonly sequence: number;
  readonly action: 'invalidate' | 'expire';
}

/** The entry that a flight is to replace, as it was when the flight started. */
export interface Previous {
  readonly value: unknown;
  readonly madeAt: number;
  readonly mark: 'aged' | 'changed';
  readonly seconds: number;
  readonly cost: Cost | undefined;
  readonly tags: readonly string[];
  readonly trace: Trace | undefined;
  readonly digest: Digest | undefined;
}

/**
 * One generation in the air, for one key, with everyone who waits for it.
 *
 * A flight is *attached* while it is the one that callers of its key join. What overtakes it (`invalidate`, `set`, its
 * time-out, the leaving of its last waiter) detaches it: its waiters still get its value, nobody joins it any more,
 * and it commits nothing. Everything asynchronous asks `attached` before it acts, so that a late generator can never
 * overwrite.
 *
 * Callers without options of their own are a `Herd`, which costs a number. The others wait as `Call`s, each with its signal
 * and time limits.
 */
export class Flight {
  readonly partition: Partition;
  readonly id: KeyId;
  readonly generation: Generation;
  previous: Previous | undefined;
  /** Its value is to be generated, whatever a store holds. */
  readonly refresh: boolean;
  /** Its claim across processes, where it has one. */
  lease: Lease | undefined;
  /** Of the entry: the leader's tags and those that the generator named. */
  readonly tags: Set<string>;
  /** Of the entry: what the generator said, else the leader, else the kind. */
  ttl: number;
  /** Why the entry is made although one is kept. */
  origin: Origin | undefined;
  attached: boolean;
  fencedBy: FencedBy | undefined;
  /** Goes on although nobody waits. */
  background: boolean;
  /** Commits already aged. */
  expired = false;
  /** What the leader had found out about the dependencies of the entry that is replaced. */
  proof: Proof | undefined;
  landed = false;
  /** What there is of its value before it is whole, for callers that can use a part. */
  unfinished: unknown;

  readonly #herd = new Herd();
  readonly #waiters = new Set<Call>();
  readonly #ownTags: readonly string[];
  readonly #ownTtl: number;
  /** Of which it is not known yet whether they mean this flight: the generator may still name the tag, or read the file. */
  #undecided: Demand[] = [];

  constructor(
    partition: Partition,
    id: KeyId,
    generation: Generation,
    entry: {
      tags: readonly string[];
      ttl: number | undefined;
      previous: Previous | undefined;
      background: boolean;
      /** False for a call that bypasses the cache: its flight is nobody's but its own. */
      attached: boolean;
      refresh: boolean;
    },
  ) {
    this.partition = partition;
    this.id = id;
    this.generation = generation;
    this.#ownTags = entry.tags;
    this.#ownTtl = entry.ttl ?? partition.policy.ttl;
    this.tags = new Set(entry.tags);
    this.ttl = this.#ownTtl;
    this.previous = entry.previous;
    this.background = entry.background;
    this.attached = entry.attached;
    this.refresh = entry.refresh;
    generation.flights.push(this);
    partition.engine.flights.add(this);
    if (entry.attached) partition.flights.set(id, this);
  }

  /** Whether somebody, or the cache itself, wants the value. */
  get wanted(): boolean {
    return this.background || !this.#herd.isEmpty || this.#waiters.size > 0;
  }

  /**
   * Whether a plain caller can share the promise: not while it may turn out that it came after an invalidation, or after
   * the last look at what the value was made from.
   */
  get sharable(): boolean {
    return this.#undecided.length === 0 && this.generation.confirmedBy === undefined;
  }

  /** The previous value, as long as it may be shown: not once it was overtaken, or its tag or file invalidated. */
  get stale(): Previous | undefined {
    if (!this.attached || this.previous === undefined) return undefined;
    const forbidden = this.#undecided.some(
      ({ action, target }) => action === 'invalidate' && matchFlight(this, target, this.previous) === 'yes',
    );
    return forbidden ? undefined : this.previous;
  }

  /** The generator runs anew: what it said of the entry the last time is forgotten. */
  forgetRun(): void {
    this.tags.clear();
    for (const tag of this.#ownTags) this.tags.add(tag);
    this.ttl = this.#ownTtl;
  }

  /** Waits without options, behind a leader. */
  share(): Promise<unknown> {
    if (this.background) this.generation.keepProcess();
    return this.#herd.join();
  }

  join(call: Call): void {
    if (this.background && !call.background) this.generation.keepProcess();
    this.#waiters.add(call);
    if (this.unfinished !== undefined) call.show(this.unfinished);
  }

  /** Shows those who can use a part what there is of the value: the ones who wait, and the ones who come. */
  show(unfinished: unknown): void {
    if (this.landed) return;
    this.unfinished = unfinished;
    for (const call of [...this.#waiters]) call.show(unfinished);
  }

  /** A waiter leaves: its signal aborted, or its time was up. One that was served stale leaves the flight running. */
  leave(call: Call, servedStale: boolean): void {
    this.#waiters.delete(call);
    if (servedStale) this.background = true;
    if (this.wanted || this.landed) return;
    if (this.partition.policy.onAbandon === 'finish' && this.attached) {
      this.background = true;
    } else {
      this.detach('unwanted');
      this.generation.abandonIfUnwanted();
    }
  }

  /** Lets later callers start anew, and forbids the commit. */
  detach(by: FencedBy): void {
    if (!this.attached) return;
    this.withdraw();
    this.fencedBy = by;
    // What was to be refreshed is gone or replaced.
    this.background = false;
  }

  /** Frees the key: nobody joins this flight any more. */
  withdraw(): void {
    this.attached = false;
    if (this.partition.flights.get(this.id) === this) this.partition.flights.delete(this.id);
  }

  /** A selector was put in force. Does it mean this flight? */
  confront(demand: Demand): void {
    if (!this.attached) return;
    const match = matchFlight(this, demand.target);
    if (match === 'yes') this.#act(demand);
    else if (match === 'maybe') {
      this.#undecided.push(demand);
      this.generation.doubted = true;
    }
  }

  /** The generator named a tag or read a file: selectors that were in doubt may mean it now. */
  reconsider(renewed?: Previous): void {
    if (this.#undecided.length === 0) return;
    this.#undecided = this.#undecided.filter((demand) => {
      if (matchFlight(this, demand.target, renewed) !== 'yes') return true;
      this.#act(demand);
      return false;
    });
  }

  /** The generator says that the previous value holds: whatever was demanded of that is demanded of this flight. */
  adopt(previous: Previous): void {
    this.reconsider(previous);
    for (const tag of previous.tags) this.tags.add(tag);
  }

  /** Gives everybody who waits a stale value; the flight goes on in the background. */
  serve(landing: Extract<Landing, { ok: true }>): void {
    this.background = true;
    this.#herd.settle(this.partition, landing);
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const call of waiters) call.settle(landing);
  }

  #act(demand: Demand): void {
    if (demand.action === 'expire') {
      this.expired = true;
      return;
    }
    this.detach('invalidation');
    // Who joined after the invalidation must not be given what began before it.
    for (const call of [...this.#waiters]) {
      if (call.joinedAt < demand.sequence) continue;
      this.#waiters.delete(call);
      call.tryAgain();
    }
    this.generation.abandonIfUnwanted();
  }

  /** The end: everyone who waits is told, in the order in which they came. */
  land(landing: Landing): void {
    if (this.landed) return;
    this.landed = true;
    this.unfinished = undefined;
    this.#undecided = [];
    const { partition, id } = this;
    if (partition.flights.get(id) === this) partition.flights.delete(id);
    partition.engine.flights.delete(this);
    this.#herd.settle(partition, landing);
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    const { confirmedBy } = this.generation;
    for (const call of waiters) {
      // Who came after the last look at what was read must have another one, at what failed the generator, too.
      if (confirmedBy !== undefined && call.since >= confirmedBy) call.tryAgain();
      else call.settle(landing);
    }
    partition.engine.noteEnd();
  }
}
