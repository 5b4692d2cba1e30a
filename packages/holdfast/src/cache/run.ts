import type { KeyDependency } from '../model/dependency.ts';
import type { Trace } from '../model/trace.ts';
import { Recorder } from '../trace/recorder.ts';

/** What a run used of another entry, as it was then. */
export interface Used {
  readonly dependency: KeyDependency;
  /** What the value was made from; undefined for nothing. */
  readonly trace: Trace | undefined;
}

/**
 * One run of a generator, and what can be said of the value that it makes. A generation has several where what was read
 * changed meanwhile; what a run that is over still does is written down in its own, where nobody looks.
 */
export class Run {
  readonly recorder = new Recorder();
  readonly used: Used[] = [];
  /** When it began; milliseconds of the cache's clock. */
  readonly beganAt: number;
  /** Its place among all checks and runs of the cache, in the order in which they began. */
  readonly order: number;
  /**
   * What began after this one serves its uses: since the call that it is made for, so that what was found out for that
   * call is not found out again; or, where it runs once more, since then. Its end looks at all of it again.
   */
  readonly since: number;
  /** `engine.writes` when it began. */
  readonly writes: number;
  /** Something that was used was stale: so is what is made of it. */
  staleBy: 'aged' | 'changed' | undefined;
  /**
   * The trace cannot state what the value was made from: something that was used had been skipped, or could not be had
   * and the generator went on without it. What it makes is handed over and not kept.
   */
  uncommittable = false;

  constructor(
    began: { readonly at: number; readonly order: number; readonly since: number },
    writes: number,
  ) {
    this.beganAt = began.at;
    this.order = began.order;
    this.since = began.since;
    this.writes = writes;
  }

  /** What the generator used is stale, by as much as the worst of it. */
  becomeStale(mark: 'aged' | 'changed'): void {
    if (this.staleBy !== 'changed') this.staleBy = mark;
  }
}
