import type { Dependency, KeyDependency, LeafDependency } from '../model/dependency.ts';
import type { Trace } from '../model/trace.ts';

/** Writes down what one generation reads, as it reads it. */
export class Recorder {
  readonly #leaves = new Map<string, LeafDependency>();
  readonly #groups: Map<string, KeyDependency>[] = [];
  #open: Map<string, KeyDependency> | undefined;
  #underWay = 0;

  /** The first reading counts: a generation is given the same answer every time it asks. */
  leaf(dependency: LeafDependency): void {
    const name = `${dependency.type}:${dependency.path}`;
    if (!this.#leaves.has(name)) this.#leaves.set(name, dependency);
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
      const { key, digest } = dependency;
      group.set(`${key.scope}\u0000${key.kind}\u0000${key.id}\u0000${digest}`, dependency);
    };
  }

  trace(): Trace {
    return {
      leaves: [...this.#leaves.values()],
      groups: this.#groups.filter((group) => group.size > 0).map((group) => [...group.values()]),
    };
  }

  reads(path: string): boolean {
    return this.#leaves.has(`file:${path}`);
  }
}

/** A trace of nothing: the value holds whatever happens. */
export const emptyTrace: Trace = { leaves: [], groups: [] };

export function isEmpty(trace: Trace): boolean {
  return trace.leaves.length === 0 && trace.groups.length === 0;
}

/** How a dependency is named in events and explanations: the path of a file, or a key. */
export function nameOf(dependency: Dependency): string | KeyDependency['key'] {
  return dependency.type === 'key' ? dependency.key : dependency.path;
}
