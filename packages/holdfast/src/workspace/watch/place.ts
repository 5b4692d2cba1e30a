import type { SourceDependency } from '../../model/dependency.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** Where hints of a place come from: a name in a directory, or with no name everything that comes and goes in it. */
export interface Spot {
  readonly directory: WatchedDirectory;
  readonly name: string | undefined;
}

/** The revision at which everything that was known of all places was forgotten: a number, in place of a walk through them. */
export interface Forgetting {
  at: number;
}

/**
 * Something that is watched: a file, whether something stands at a path, the names in a directory, what a pattern finds.
 */
export class Place {
  /** What it is; its digest is of no account. */
  readonly dependency: SourceDependency;
  spots: readonly Spot[] = [];
  /** What was there when it was last known: a change is told against this. Undefined: nobody was told yet. */
  known: string | undefined;
  /** Somebody wants to have it looked at, whether its directories are armed or not. */
  isWanted = false;
  /** It could not be looked at. */
  blocked = false;
  /** It is not watched any more. */
  dropped = false;
  readonly #forgetting: Forgetting;
  /** As far as this place has forgotten. */
  #forgottenAt: number;
  #digest: string | undefined;
  #touchedAt = 0;
  #astray = true;

  constructor(dependency: SourceDependency, known: string | undefined, forgetting: Forgetting = { at: 0 }) {
    this.dependency = dependency;
    this.known = known;
    this.#forgetting = forgetting;
    this.#forgottenAt = forgetting.at;
  }

  /** What the last look or check saw, if nothing was heard of the place since it began. */
  get digest(): string | undefined {
    this.#forget();
    return this.#digest;
  }

  set digest(digest: string | undefined) {
    this.#forget();
    this.#digest = digest;
  }

  /** The revision of the last hint. */
  get touchedAt(): number {
    this.#forget();
    return this.#touchedAt;
  }

  /** The way to it may be another one than its spots say. */
  get astray(): boolean {
    this.#forget();
    return this.#astray;
  }

  set astray(astray: boolean) {
    this.#forget();
    this.#astray = astray;
  }

  /** Something may have happened to it at that revision. */
  touch(revision: number): void {
    this.#forget();
    this.#touchedAt = revision;
    this.#digest = undefined;
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
    let latest = 0;
    for (const { directory } of this.spots) latest = Math.max(latest, directory.armedSince());
    return latest;
  }

  /** Whether the machine would have to be asked in vain: a directory on the way is one that it does not watch. */
  isUnwatchable(): boolean {
    return this.spots.length === 0 || this.spots.some(({ directory }) => directory.isRefused());
  }

  #forget(): void {
    const { at } = this.#forgetting;
    if (this.#forgottenAt === at) return;
    this.#forgottenAt = at;
    this.#touchedAt = at;
    this.#digest = undefined;
    this.#astray = true;
  }
}
