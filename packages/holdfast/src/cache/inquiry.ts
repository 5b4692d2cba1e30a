import type { EntryNote } from '../memory/entry-note.ts';
import { same, type Verdict } from '../model/trace.ts';
import type { Call } from './call.ts';
import { isGeneration } from './cycle.ts';
import type { Findings } from './decision.ts';
import type { Failure } from './failures.ts';
import { isWatched } from './proven.ts';
import type { Proof } from './standing.ts';
import { type Check, verifyFailure } from './trace-check.ts';
import { circularVerdict, knownVerdict, verifyEntry } from './verification.ts';
import type { Waiting } from './waiting.ts';

/** What a call finds out before it can decide. Each finding takes it one decision further. */
export class Inquiry {
  /** Of the entry's dependencies, by a check that began after the call did. */
  proof: Proof | undefined;
  /** The failure whose dependencies were found to be the same. */
  standingFailure: Failure | undefined;
  /** Nothing was in memory, and the store has been read. */
  loaded = false;
  /** Whether what other processes have invalidated is known; where the store cannot say, nothing here is to be trusted. */
  told: 'unasked' | 'yes' | 'no';
  readonly #call: Call;
  readonly #waiting: Waiting;
  readonly #decide: () => void;

  /** @param decide called with each finding */
  constructor(call: Call, waiting: Waiting, decide: () => void) {
    this.#call = call;
    this.#waiting = waiting;
    this.#decide = decide;
    const { tier } = call.partition.engine;
    this.told = tier?.strict && call.wishes.mode !== 'bypass' ? 'unasked' : 'yes';
  }

  findings(): Findings {
    const { wishes, since, parent, internal } = this.#call;
    const until = internal && isGeneration(parent) ? parent.run.order : Number.POSITIVE_INFINITY;
    const { proof, standingFailure } = this;
    return { mode: wishes.mode, since, until, proof, standingFailure };
  }

  /** Asks the store what other processes have invalidated. */
  askOthers(): void {
    void this.#call.partition.engine.tier?.reader.catchUp().then((known) => {
      this.told = known ? 'yes' : 'no';
      this.#decide();
    });
  }

  /** Reads the store, once. False: there is none, or it was read. */
  load(): boolean {
    const { partition, id } = this.#call;
    const { tier } = partition.engine;
    if (tier === undefined || this.loaded) return false;
    this.loaded = true;
    void tier.reader.load(partition, [id]).then(() => this.#decide());
    return true;
  }

  /** Checks what the entry in a slot was made from. False: the check waits for whoever made the call. */
  verify(slot: number): boolean {
    const { partition, id, since, parent, wishes } = this.#call;
    const note = partition.engine.table.note(slot);
    if (note === undefined) throw new Error('an entry without a note was to be verified');
    const known = this.#heard(slot, note) ?? knownVerdict(note, since) ?? circularVerdict(note, parent);
    if (known !== undefined) {
      this.proof = { note, verdict: known };
      this.#decide();
      return true;
    }
    return this.#await(verifyEntry(partition, id, note, wishes.mode !== 'cached'), (proof) => {
      this.proof = proof;
    });
  }

  /**
   * What watching tells, for a call in `watched` freshness. One that the cache makes itself, for a generator or a check, is
   * always a checked one: what it finds out is found out for whoever joins.
   */
  #heard(slot: number, note: EntryNote): Verdict | undefined {
    const { partition, wishes, internal } = this.#call;
    const freshness = internal ? 'checked' : (wishes.freshness ?? partition.policy.freshness);
    if (freshness === 'checked') return undefined;
    return isWatched(partition, slot, note, partition.engine.horizon.read()) ? same : undefined;
  }

  /** Checks what a failed attempt had read. False: the check waits for whoever made the call. */
  recheck(failure: Failure): boolean {
    const { partition, id } = this.#call;
    return this.#await(verifyFailure(partition, failure), (verdict) => {
      if (verdict.state !== 'changed') this.standingFailure = failure;
      // A later attempt may have failed meanwhile, on what it read itself.
      else if (partition.failures.get(id) === failure) partition.failures.forget(id);
    });
  }

  #await<R>({ node, verdict }: Check<R>, then: (found: R) => void): boolean {
    if (!this.#waiting.forCheck(node)) return false;
    void verdict.then((found) => {
      // The call has ended.
      if (this.#waiting.check !== node) return;
      this.#waiting.endCheck();
      then(found);
      this.#decide();
    });
    return true;
  }
}
