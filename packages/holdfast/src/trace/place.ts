import type { Dependency, GlobOptions, LeafDependency } from '../model/dependency.ts';
import type { Key } from '../model/key.ts';

/**
 * What a leaf dependency is about, whatever was seen there: two leaves of one place are comparable by their digests.
 */
export function placeOf(leaf: LeafDependency): string {
  switch (leaf.type) {
    case 'glob':
      return globPlace(leaf.pattern, leaf.options);
    case 'env':
      return `env:${leaf.name}`;
    default:
      return `${leaf.type}:${leaf.path}`;
  }
}

/** The place of a glob: another way of searching is another place. */
export function globPlace(pattern: string, { dot, ignore, links, unreadable }: GlobOptions): string {
  const parts = [pattern, dot ?? false, ignore ?? [], links ?? 'follow', unreadable ?? 'refuse'];
  return `glob:${JSON.stringify(parts)}`;
}

/** How a dependency is named in events and explanations: a path, a pattern, the name of a variable, or a key. */
export function nameOf(dependency: Dependency): string | Key {
  switch (dependency.type) {
    case 'key':
      return dependency.key;
    case 'glob':
      return dependency.pattern;
    case 'env':
      return dependency.name;
    default:
      return dependency.path;
  }
}
