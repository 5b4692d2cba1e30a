import type { GlobDependency, GlobOptions } from '../model/dependency.ts';
import { unreadable } from '../model/dependency.ts';
import { globPlace } from '../trace/place.ts';
import type { Reading } from '../trace/source.ts';
import type { GlobFindings, GlobSkips } from './glob-findings.ts';
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

/** A search, and where it went: what happens there may change what it comes to. */
export interface GlobRun {
  readonly reading: GlobReading;
  readonly findings: Pick<GlobFindings, 'entered' | 'links' | 'rules'>;
}

/** Searches for patterns. Equal searches that are asked for at the same time are one. */
export class Globs {
  readonly #ground: GlobGround;
  readonly #runs = new SharedRuns<GlobRun>();
  /** Keeps the workspace open while something runs. */
  readonly #track: <T>(work: Promise<T>) => Promise<T>;

  constructor(ground: GlobGround, track: <T>(work: Promise<T>) => Promise<T>) {
    this.#ground = ground;
    this.#track = track;
  }

  /** Rejects with E_GLOB or E_OPTION for what is wrong with the question, E_CLOSED when it is closed meanwhile. */
  async read(pattern: string, options: GlobOptions): Promise<GlobReading> {
    const { reading } = await this.#search(parseQuery(pattern, options));
    if (reading.state === 'refused' && reading.error.code === 'E_CLOSED') throw reading.error;
    return reading;
  }

  /** Never rejects: a pattern that cannot be searched for is a cause. */
  async look(dependency: GlobDependency): Promise<Sight> {
    return (await this.survey(dependency)).sight;
  }

  /** The same, and where the search went. */
  async survey({ pattern, options }: GlobDependency): Promise<Omit<GlobRun, 'reading'> & { sight: Sight }> {
    let query: GlobQuery;
    try {
      query = parseQuery(pattern, options);
    } catch (cause) {
      return { sight: { cause }, findings: { entered: [], links: [], rules: [] } };
    }
    const { reading, findings } = await this.#search(query);
    const { digest } = reading.dependency;
    const blocked = reading.state === 'refused' && digest === unreadable;
    return { sight: blocked ? { cause: reading.error } : { digest }, findings };
  }

  #search(query: GlobQuery): Promise<GlobRun> {
    const name = globPlace(query.pattern.text, query.options);
    return this.#runs.join(name, () => this.#track(this.#run(query)));
  }

  async #run(query: GlobQuery): Promise<GlobRun> {
    const walk = new GlobWalk(this.#ground, query);
    return { reading: await this.#read(query, walk), findings: walk.findings };
  }

  async #read(query: GlobQuery, walk: GlobWalk): Promise<GlobReading> {
    const { pattern, options } = query;
    const about = { type: 'glob', pattern: pattern.text, options } as const;
    try {
      const findings = await walk.run();
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
