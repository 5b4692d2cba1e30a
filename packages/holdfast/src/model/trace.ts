import type { Dependency, EnvironmentDependency, KeyDependency, SourceDependency } from './dependency.ts';

/**
 * Everything that one value was made from, with the digests seen: a verifying trace, in the words of Mokhov,
 * Mitchell and Peyton Jones, "Build Systems à la Carte" (2018). The value holds while every digest still does.
 */
export interface Trace {
  /** Checked without any I/O. */
  readonly environment: readonly EnvironmentDependency[];
  readonly sources: readonly SourceDependency[];
  /**
   * Other entries, in the order of their use. Uses begun before an earlier one had settled stand in one group: none
   * of them can have been decided by another's value, so they may be checked at the same time.
   */
  readonly groups: readonly (readonly KeyDependency[])[];
}

/**
 * What checking dependencies came to. Unknown is never fresh. `stale`: every dependency is the same, but another entry
 * among them is served stale itself, so whatever was made from it is as stale.
 */
export type Verdict =
  | { readonly state: 'same' }
  | { readonly state: 'changed'; readonly dependency: Dependency; readonly seen: string }
  | { readonly state: 'stale'; readonly dependency: KeyDependency; readonly mark: 'aged' | 'changed' }
  | { readonly state: 'unknown'; readonly dependency: Dependency; readonly cause: unknown };

export const same: Verdict = { state: 'same' };
