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
  /** What the last look saw, if nothing was heard of the place since it began. */
  digest: string | undefined;
  /** What was there when it was last known: a change is told against this. Undefined: nobody was told yet. */
  known: string | undefined;
  /** The revision of the last hint. */
  touchedAt = 0;
  /** The revision since which all its directories are armed, once that was asked for. */
  armedAt = Number.POSITIVE_INFINITY;
  /** The way to it may be another one than its spots say. */
  astray = true;
  /** It could not be looked at. */
  blocked = false;
  /** It is not watched any more. */
  dropped = false;

  constructor(name: string, dependency: SourceDependency, known: string | undefined) {
    this.name = name;
    this.dependency = dependency;
    this.known = known;
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
