import type { Generated, GenerationContext } from '../cache/generator.ts';

/** One run of a held generator: it ends when the test says so. */
export interface HeldRun<T> {
  readonly ctx: GenerationContext;
  resolve(value: Generated<T>): void;
  reject(error: unknown): void;
}

/**
 * A generator whose runs are written down, and end only when a test ends them: hand `held.generate` to the cache, look
 * at `held.runs`, and settle them in the order that the test is about (or let a scheduler, such as fast-check's, do it).
 */
export class HeldGenerator<T = string> {
  readonly runs: HeldRun<T>[] = [];

  readonly generate = (ctx: GenerationContext): Promise<Generated<T>> => {
    const { promise, resolve, reject } = Promise.withResolvers<Generated<T>>();
    this.runs.push({ ctx, resolve, reject });
    return promise;
  };

  /** The run with that number, counted from 0. */
  run(index: number): HeldRun<T> {
    const run = this.runs[index];
    if (run === undefined) throw new Error(`run ${index} of a generator that ran ${this.runs.length} times`);
    return run;
  }
}
