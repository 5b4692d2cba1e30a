import type { Duration, Milliseconds } from '../lib/duration.ts';
import type { ReportedCost } from '../model/cost.ts';
import type { GlobOptions } from '../model/dependency.ts';
import type { StaleMark } from '../model/outcome.ts';
import type { Definition } from './definition.ts';

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What `ctx.skip` gave: the waiters get the value, and nothing is kept. */
export class Skipped<T> {
  /** Makes the type nominal: without it every `{ value }` would pass for one. */
  declare protected readonly mark: 'skipped';
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}

/** What `ctx.notModified` gave: the stale value still holds. */
export class NotModified {
  /** Makes the type nominal: without it every value would pass for one, and generators would not be checked. */
  declare protected readonly mark: 'notModified';
  static readonly instance = new NotModified();
  private constructor() {}
}

/** What a generator may return. */
export type Generated<T> = T | Skipped<T> | NotModified;

/** The async function that makes a value. */
export type Generator<T> = (ctx: GenerationContext) => Awaitable<Generated<T>>;

/** The previous value of the entry that is being made. Never an invalidated one. */
export interface StaleValue {
  readonly value: unknown;
  /** Milliseconds since it was made. */
  readonly age: Milliseconds;
  readonly reason: Exclude<StaleMark, false>;
}

/** What a generator is given. The same in every generator: ad-hoc, defined, or bulk. */
export interface GenerationContext {
  /** Aborted when nobody waits any more, when the time is up, or when the cache is closed. Hand it to what you call. */
  readonly signal: AbortSignal;
  /** When the generation's time is up: milliseconds since 1970. */
  readonly deadline: number;
  /** The value that this one replaces, if there is one. */
  readonly stale: StaleValue | undefined;
  /**
   * Reads a UTF-8 file of the workspace (without its byte order mark) and records it as a dependency. Paths of this and
   * the following are relative to the workspace's root, or absolute below it.
   * Rejects with E_NO_WORKSPACE, E_FILE_ABSENT (recorded too), E_PATH, E_OUTSIDE_ROOT, E_NOT_A_FILE, E_NOT_UTF8,
   * E_FILE_TOO_LARGE, E_FILE_UNREADABLE.
   */
  file(path: string): Promise<string>;
  /** The same as `file`, undecoded. The bytes are the caller's own. */
  bytes(path: string): Promise<Uint8Array>;
  /**
   * Whether a file or directory stands there, links followed; recorded either way.
   * Rejects with E_NO_WORKSPACE, E_PATH, E_OUTSIDE_ROOT, E_FILE_UNREADABLE.
   */
  exists(path: string): Promise<boolean>;
  /**
   * The paths of everything in a directory (`.` is the root), relative to the root, with `/`, sorted by code unit;
   * recorded: the value is made anew when a name comes or goes.
   * Rejects with E_NO_WORKSPACE, E_PATH, E_OUTSIDE_ROOT, E_FILE_ABSENT (recorded too), E_NOT_A_DIRECTORY,
   * E_FILE_UNREADABLE.
   */
  list(directory: string): Promise<string[]>;
  /**
   * The files that a pattern finds (`src/**` + `/*.ts`), relative to the root, with `/`, sorted by code unit; what git
   * ignores is left out. Recorded: the value is made anew when the list differs, also by an edit of an ignore file.
   * Rejects with E_NO_WORKSPACE, E_GLOB, E_GLOB_TOO_LARGE, E_OPTION, E_OUTSIDE_ROOT, E_FILE_UNREADABLE.
   */
  glob(pattern: string, options?: GlobOptions): Promise<string[]>;
  /** A variable of the process's environment, recorded; undefined if it is not set. @throws E_OPTION */
  env(name: string): string | undefined;
  /** Another cached value, recorded as a dependency: when its value changes, this one does. */
  use<A extends unknown[], R>(definition: Definition<A, R>, ...args: A): Promise<R>;
  /** Tags the entry. */
  tag(...tags: string[]): void;
  /** Sets the entry's ttl, over the call's and the kind's. */
  ttl(ttl: Duration): void;
  /** Reports expenses; reports add up, real ones and simulated ones each by themselves. @throws E_OPTION */
  cost(cost: ReportedCost): void;
  /** `return ctx.skip(value)`: hand this to the waiters and keep nothing. */
  skip<T>(value: T): Skipped<T>;
  /** `return ctx.notModified()`: the stale value still holds; renew it. Without one the generation fails with E_NOTHING_TO_RENEW. */
  notModified(): NotModified;
}
