import {
  type Dependency,
  type EnvironmentDependency,
  type KeyDependency,
  type LeafDependency,
  type SourceDependency,
  unreadable,
} from '../model/dependency.ts';
import type { Trace } from '../model/trace.ts';
import { placeOf } from './place.ts';

/** Writes down what one run of a generator reads, as it reads it. */
export class Recorder {
  readonly #environment = new Map<string, EnvironmentDependency>();
  readonly #sources = new Map<string, SourceDependency>();
  /** The files that say something of the value: their contents, existence, or rules of what is ignored. */
  readonly #paths = new Set<string>();
  readonly #groups: Map<string, KeyDependency>[] = [];
  #open: Map<string, KeyDependency> | undefined;
  #underWay = 0;

  /** The first reading counts: a run is given the same answer every time it asks. */
  leaf(dependency: LeafDependency): void {
    const place = placeOf(dependency);
    if (dependency.type === 'env') {
      if (!this.#environment.has(place)) this.#environment.set(place, dependency);
    } else if (!this.#sources.has(place)) {
      this.#sources.set(place, dependency);
      for (const path of pathsOf(dependency)) this.#paths.add(path);
    }
  }

  /**
   * A use begins. It belongs to the group of the uses that have begun and not settled, if there are any: the generator
   * cannot have looked at their values yet. Call the result with what was used, or with nothing if it failed.
   */
  use(): (dependency?: KeyDependency) => void {
    if (this.#underWay === 0) {
      this.#open = new Map();
      this.#groups.push(this.#open);
    }
    this.#underWay += 1;
    const group = this.#open as Map<string, KeyDependency>;
    return (dependency) => {
      this.#underWay -= 1;
      if (dependency === undefined) return;
      group.set(nameOfUse(dependency), dependency);
    };
  }

  trace(): Trace {
    return {
      environment: [...this.#environment.values()],
      sources: [...this.#sources.values()],
      groups: this.#groups.filter((group) => group.size > 0).map((group) => [...group.values()]),
    };
  }

  /** Whether the value is made from this file, as far as it has been read. */
  reads(path: string): boolean {
    return this.#paths.has(path);
  }
}

/** The files that a dependency is about. */
export function pathsOf(source: SourceDependency): readonly string[] {
  return source.type === 'glob' ? source.ignoreFiles : [source.path];
}

/** A trace of nothing: the value holds whatever happens. */
export const emptyTrace: Trace = { environment: [], sources: [], groups: [] };

export function isEmpty({ environment, sources, groups }: Trace): boolean {
  return environment.length === 0 && sources.length === 0 && groups.length === 0;
}

/** Everything that a trace states, in one list. */
export function dependenciesOf(trace: Trace = emptyTrace): readonly Dependency[] {
  return [...trace.environment, ...trace.sources, ...trace.groups.flat()];
}

/** The trace without what nothing could be learned of: that can be checked for nothing. */
export function checkable(trace: Trace): Trace {
  if (!trace.sources.some(({ digest }) => digest === unreadable)) return trace;
  return { ...trace, sources: trace.sources.filter(({ digest }) => digest !== unreadable) };
}

/** Of a trace, what another one does not speak of. */
export function without(trace: Trace, other: Trace): Trace {
  const places = new Set([...other.environment, ...other.sources].map(placeOf));
  const keys = other.groups.flat().map(({ key }) => key);
  return {
    environment: trace.environment.filter((leaf) => !places.has(placeOf(leaf))),
    sources: trace.sources.filter((leaf) => !places.has(placeOf(leaf))),
    groups: trace.groups
      .map((group) => group.filter((use) => !keys.some((key) => key.equals(use.key))))
      .filter((group) => group.length > 0),
  };
}

/** What both traces state, the first one's before. */
export function joined(first: Trace, then: Trace): Trace {
  if (isEmpty(then)) return first;
  return {
    environment: [...first.environment, ...then.environment],
    sources: [...first.sources, ...then.sources],
    groups: [...first.groups, ...then.groups],
  };
}

/**
 * Whether two traces state the same. In their order: what a generator reads first decides what it reads next, so that
 * the same reads come in the same order, and two that differ in it alone are merely kept twice.
 */
export function sameTrace(one: Trace, other: Trace): boolean {
  return (
    sameLeaves(one.environment, other.environment) &&
    sameLeaves(one.sources, other.sources) &&
    one.groups.length === other.groups.length &&
    one.groups.every((group, index) => sameGroup(group, other.groups[index] ?? []))
  );
}

function sameLeaves(one: readonly LeafDependency[], other: readonly LeafDependency[]): boolean {
  return (
    one.length === other.length &&
    one.every((leaf, index) => {
      const counterpart = other[index] as LeafDependency;
      return leaf.digest === counterpart.digest && placeOf(leaf) === placeOf(counterpart);
    })
  );
}

/** In any order: uses of a group settle as they will. */
function sameGroup(one: readonly KeyDependency[], other: readonly KeyDependency[]): boolean {
  if (one.length !== other.length) return false;
  const first = one.findIndex((dependency, index) => !sameUse(dependency, other[index]));
  if (first < 0) return true;
  const names = new Set(other.slice(first).map(nameOfUse));
  return one.slice(first).every((dependency) => names.has(nameOfUse(dependency)));
}

function sameUse({ key, digest }: KeyDependency, other: KeyDependency | undefined): boolean {
  return other !== undefined && digest === other.digest && key.equals(other.key);
}

function nameOfUse({ key, digest }: KeyDependency): string {
  return `${key.scope}\u0000${key.kind}\u0000${key.id}\u0000${digest}`;
}
