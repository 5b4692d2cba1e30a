import { sha256 } from '../lib/canonical.ts';
import { absent, type EnvironmentDependency } from '../model/dependency.ts';
import type { Verdict } from '../model/trace.ts';

/** What a variable of the process's environment holds now, and the dependency on that. */
export function readVariable(name: string): {
  readonly value: string | undefined;
  readonly dependency: EnvironmentDependency;
} {
  const value = process.env[name];
  return { value, dependency: { type: 'env', name, digest: value === undefined ? absent : sha256(value) } };
}

/** The first variable that holds something else than it did; undefined where none does. No I/O. */
export function checkVariables(dependencies: readonly EnvironmentDependency[]): Verdict | undefined {
  for (const dependency of dependencies) {
    const seen = readVariable(dependency.name).dependency.digest;
    if (seen !== dependency.digest) return { state: 'changed', dependency, seen };
  }
  return undefined;
}
