import type { GlobDependency, GlobOptions } from '../model/dependency.ts';
import { unreadable } from '../model/dependency.ts';
import { globPlace } from '../trace/place.ts';
import type { Reading } from '../trace/source.ts';
import type { GlobSkips } from './glob-findings.ts';
import { type GlobQuery, parseQuery } from './glob-query.ts';
import { type GlobGround, GlobWalk } from './glob-walk.ts';
import { digestOf, refusal, type Sight } from './refusal.ts';
import { SharedRuns } from './shared-runs.ts';

type Found<R> = Extract<R, { readonly state: 'found' }>;
type Plain = Reading<readonly string[], GlobDependency>;

/** What a search came to, and what it left out. Never `absent`. */
export type GlobReading =
  | (Found<Plain> & { readonly skipped: GlobSkips })
  | Extract<Plain, { readonly state: 'refused' }>;

/** Searches for patterns. Equal searches that are asked for at the same time are one. */
export class Globs {
  readonly #ground: GlobGround;
  readonly #runs = new SharedRuns<GlobReading>();
  /** Keeps the workspace open while something runs. */
  readonly #track: <T>(work: Promise<T>) => Promise<T>;

  constructor(ground: GlobGround, track: <T>(work: Promise<T>) => Promise<T>) {
    this.#ground = ground;
    this.#track = track;
  }

  /** Rejects with E_GLOB or E_OPTION for what is wrong with the question, E_CLOSED when it is closed meanwhile. */
  async read(pattern: string, options: GlobOptions): Promise<GlobReading> {
    const reading = await this.#search(parseQuery(pattern, options));
    if (reading.state === 'refused' && reading.error.code === 'E_CLOSED') throw reading.error;
    return reading;
  }

  /** Never rejects: a pattern that cannot be searched for is a cause. */
  async look({ pattern, options }: GlobDependency): Promise<Sight> {
    let query: GlobQuery;
    try {
      query = parseQuery(pattern, options);
    } catch (cause) {
      return { cause };
    }
    const reading = await this.#search(query);
    const { digest } = reading.dependency;
    return reading.state === 'refused' && digest === unreadable ? { cause: reading.error } : { digest };
  }

  #search(query: GlobQuery): Promise<GlobReading> {
    const name = globPlace(query.pattern.text, query.options);
    return this.#runs.join(name, () => this.#track(this.#run(query)));
  }

  async #run(query: GlobQuery): Promise<GlobReading> {
    const { pattern, options } = query;
    const about = { type: 'glob', pattern: pattern.text, options } as const;
    try {
      const findings = await new GlobWalk(this.#ground, query).run();
      const { paths, ignoreFiles, skipped } = findings;
      const dependency: GlobDependency = { ...about, ignoreFiles, digest: findings.digest() };
      return { state: 'found', value: paths, dependency, skipped };
    } catch (cause) {
      const error = refusal(pattern.text, cause);
      return {
        state: 'refused',
        dependency: { ...about, ignoreFiles: [], digest: digestOf(error) },
        error,
      };
    }
  }
}
