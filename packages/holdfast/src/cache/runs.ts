import type { Verdict } from '../model/trace.ts';
import { runInside } from './ambient.ts';
import { unstableInputs } from './call-errors.ts';
import { confirm } from './confirmation.ts';
import { Context } from './context.ts';
import type { Generation, Work } from './generation.ts';
import { announceRestart } from './generation-events.ts';
import { announceFenced } from './landing.ts';
import { Run } from './run.ts';
import type { Spending } from './spending.ts';

/** Runs of a generator after its first, within one generation. */
const mostRestarts = 3;

/** How a run ended. */
type Ended = { readonly ok: true; readonly made: unknown } | { readonly ok: false; readonly error: unknown };

/**
 * The runs of a generation's generator: one, and as long as what it has read does not hold at its end, another. Whatever
 * a run comes to is nothing once its generation is not `running` any more.
 */
export class Runs {
  /** What the generator does now, or did last. */
  last: Run;
  /** The generator has begun, and neither returned nor thrown. */
  atWork = false;
  readonly #generation: Generation;
  readonly #work: Work;
  readonly #spending: Spending;
  #count = 0;

  constructor(generation: Generation, work: Work, spending: Spending) {
    this.#generation = generation;
    this.#work = work;
    this.#spending = spending;
    this.last = this.#newRun();
  }

  start(): void {
    const generation = this.#generation;
    this.#count += 1;
    this.atWork = true;
    generation.confirmedBy = undefined;
    const run = this.#newRun();
    this.last = run;
    if (this.#count > 1) for (const flight of generation.flights) flight.forgetRun();
    let result: unknown;
    try {
      result = runInside(generation, () => this.#work.run(new Context(generation, run)));
    } catch (error) {
      result = Promise.reject(error);
    }
    Promise.resolve(result).then(
      (made) => {
        this.atWork = false;
        if (generation.noteReturn()) this.#conclude(run, { ok: true, made });
        else generation.flights.forEach(announceFenced);
      },
      (error: unknown) => {
        this.atWork = false;
        if (generation.noteReturn()) this.#conclude(run, { ok: false, error });
      },
    );
  }

  /**
   * Runs the generator once more, for the waiters of a flight whose first run came to nothing that may be handed over.
   * False where that is not to be had: several keys, or too many times.
   */
  again(): boolean {
    const { running, flights } = this.#generation;
    if (!running || flights.length !== 1 || this.#count > mostRestarts) return false;
    this.start();
    return true;
  }

  /** The generator has ended. What it came to is handed over if what it read still holds; else it runs once more. */
  #conclude(run: Run, ended: Ended): void {
    const generation = this.#generation;
    const { engine } = generation.partition;
    engine.checks += 1;
    generation.confirmedBy = engine.checks;
    generation.confirmedAt = engine.horizon.read();
    generation.confirmedSince = engine.watched?.revision ?? -1;
    const verdict = confirm(generation, run);
    if (verdict === undefined) {
      generation.confirmedBy = undefined;
      this.#deliver(ended);
    } else if (verdict instanceof Promise) {
      void verdict.then((found) => this.#judge(run, ended, found));
    } else {
      this.#judge(run, ended, verdict);
    }
  }

  #judge(run: Run, ended: Ended, verdict: Verdict): void {
    const generation = this.#generation;
    // Given up, or closed, while it was checked.
    if (!generation.running) return;
    if (verdict.state === 'stale') run.becomeStale(verdict.mark);
    // A failure is handed over unless it is known to be of a state that is gone.
    const settled = ended.ok ? 'same' : 'unknown';
    if (verdict.state === 'same' || verdict.state === 'stale' || verdict.state === settled) {
      this.#deliver(ended);
      return;
    }
    if (ended.ok) this.#work.shelve(ended.made, verdict);
    if (this.#count <= mostRestarts) {
      announceRestart(generation, verdict, this.#count);
      // A listener may have invalidated what was to be made.
      if (generation.running) this.start();
    } else {
      // A failure of a state that is gone says nothing of the one that is there now.
      const cause = ended.ok ? (verdict.state === 'unknown' ? verdict.cause : undefined) : ended.error;
      this.#work.fail(unstableInputs(generation.partition, this.#count, cause));
    }
  }

  #deliver(ended: Ended): void {
    if (ended.ok) this.#work.deliver(ended.made);
    else this.#work.fail(ended.error);
  }

  #newRun(): Run {
    const { partition, since: called } = this.#generation;
    const { engine } = partition;
    engine.checks += 1;
    const order = engine.checks;
    const since = this.#count > 1 ? order : Math.min(order, called);
    const at = engine.horizon.read();
    this.#spending.startRun(at);
    return new Run({ at, order, since }, engine.writes);
  }
}
