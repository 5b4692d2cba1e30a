import type { GlobOptions } from 'holdfast';
import { isMark, isOutputFolder, isSourceName, NEVER_SOURCE } from './source-names.ts';

/** The search whose paths `sourcePaths` makes source files of, for `Workspace.glob` and `ctx.glob`. */
export const sourceGlob: { readonly pattern: string; readonly options: GlobOptions } = {
  pattern: '**/*',
  options: {
    dot: true,
    ignore: NEVER_SOURCE.map((name) => `${name}/`),
    links: 'leave out',
    unreadable: 'leave out',
  },
};

/**
 * Of the paths that `sourceGlob` finds, those of source files, by their names alone: without binary and generated
 * files, folders that are marked as a cache or an environment, and outputs by custom where no `.gitignore` speaks for
 * the folder. In the same order.
 */
export function sourcePaths(paths: readonly string[]): string[] {
  const marked = new Set<string>();
  const spokenFor = new Set<string>();
  for (const path of paths) {
    const { folder, name } = split(path);
    if (isMark(name) && folder !== '') marked.add(folder);
    if (name === '.gitignore') spokenFor.add(folder);
  }

  const root: Folder = { leftOut: false, spokenFor: spokenFor.has('') };
  const folders = new Map<string, Folder>([['', root]]);
  const look = (path: string): Folder => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const { folder, name } = split(path);
    const outer = look(folder);
    const output = !outer.spokenFor && isOutputFolder(name);
    const found = {
      leftOut: outer.leftOut || output || marked.has(path),
      spokenFor: outer.spokenFor || spokenFor.has(path),
    };
    folders.set(path, found);
    return found;
  };

  return paths.filter((path) => {
    const { folder, name } = split(path);
    return isSourceName(name) && !look(folder).leftOut;
  });
}

interface Folder {
  readonly leftOut: boolean;
  /** An ignore file holds in it, so that its author has said what is output. */
  readonly spokenFor: boolean;
}

function split(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) };
}
