import type { SourceDependency } from '../../model/dependency.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** Where hints of a place come from: a name in a directory, or with no name everything that comes and goes in it. */
export interface Spot {
  readonly directory: WatchedDirectory;
  readonly name: string | undefined;
}

/**
 * Something that is watched: a file, whether something stands at a path, the names in a directory, what a pattern finds.
 */
export class Place {
  readonly name: string;
  /** What it is; its digest is of no account. */
  readonly dependency: SourceDependency;
  spots: readonly Spot[] = [];
  /** What the last look or check saw, if nothing was heard of the place since it began. */
  digest: string | undefined;
  /** What was there when it was last known: a change is told against this. Undefined: nobody was told yet. */
  known: string | undefined;
  /** The revision of the last hint. */
  touchedAt = 0;
  /** The revision since which all its directories are armed, once that was asked for. */
  armedAt = Number.POSITIVE_INFINITY;
  /** The way to it may be another one than its spots say. */
  astray = true;
  /** Somebody wants to have it looked at, whether its directories are armed or not. */
  isWanted = false;
  /** It could not be looked at. */
  blocked = false;
  /** It is not watched any more. */
  dropped = false;

  constructor(name: string, dependency: SourceDependency, known: string | undefined) {
    this.name = name;
    this.dependency = dependency;
    this.known = known;
  }

  /** Something may have happened to it at that revision. */
  touch(revision: number): void {
    this.touchedAt = revision;
    this.digest = undefined;
  }

  /** Nothing is known of it any more, at that revision, not even the way to it. */
  forget(revision: number): void {
    this.touch(revision);
    this.armedAt = Number.POSITIVE_INFINITY;
    this.astray = true;
  }

  get isArmed(): boolean {
    return this.armedSince() !== Number.POSITIVE_INFINITY;
  }

  /**
   * Whether a dependency is what it says, given that a check which began at revision `since` has found it so. With that the
   * check is as good as a look: what is seen afterwards is compared with it.
   */
  holds(digest: string, since: number): boolean {
    if (!this.isArmed) return false;
    if (this.digest !== undefined) return this.digest === digest;
    if (since < 0 || this.touchedAt > since || this.armedSince() > since) return false;
    this.digest = digest;
    return true;
  }

  /** The revision since which everything that could tell of a change is armed; Infinity while something is not. */
  armedSince(): number {
    if (this.astray || this.spots.length === 0) return Number.POSITIVE_INFINITY;
    if (this.armedAt !== Number.POSITIVE_INFINITY) return this.armedAt;
    let latest = 0;
    for (const { directory } of this.spots) latest = Math.max(latest, directory.armedSince());
    this.armedAt = latest;
    return latest;
  }

  /** Whether the machine would have to be asked in vain: a directory on the way is one that it does not watch. */
  isUnwatchable(): boolean {
    return this.spots.length === 0 || this.spots.some(({ directory }) => directory.isRefused());
  }
}
