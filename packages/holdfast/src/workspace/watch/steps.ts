import type { Confinement } from '../confinement.ts';
import { type FileStatus, type FileSystem, isDirectory, isLink, isRegularFile } from '../file-system.ts';
import type { GlobRun } from '../globs.ts';
import { isInside } from '../path.ts';
import type { Step } from './directory-map.ts';

/** What finding the way takes. */
export interface Way {
  readonly confinement: Confinement;
  readonly fileSystem: FileSystem;
  readonly separator: string;
}

/** Folders, relative to the root, whose way has no link in it, as seen during one synchronous stretch. */
export type PlainFolders = Map<string, boolean>;

const longestChain = 40;

/**
 * The names on the way to a path that something could happen to: its own, or the first that is not there; and every
 * symbolic link. (The directories in between are watched with the one that they lead to.) What leads out of the root is
 * not followed, as nothing out there is ever looked at. With `inside`, and where the path leads to a directory, also what
 * comes and goes in that one.
 *
 * Never throws: the way ends at the name that cannot be looked at.
 */
export function stepsTo(path: string, inside: boolean, way: Way, plain: PlainFolders): readonly Step[] {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '' : path.slice(0, slash);
  if (!inside && path !== '.' && isPlain(folder, way, plain)) {
    const directory = join(way, way.confinement.root, folder);
    const name = path.slice(slash + 1);
    const file = join(way, directory, name);
    const status = lstat(way, file);
    if (status === undefined || !isLink(status)) return [{ directory, name }, ...otherNames(file, status)];
  }
  return walk(path, inside, way);
}

function isPlain(folder: string, way: Way, plain: PlainFolders): boolean {
  const known = plain.get(folder);
  if (known !== undefined) return known;
  const real = join(way, way.confinement.root, folder);
  const is = isReal(way, real) && isFolder(way, real);
  plain.set(folder, is);
  return is;
}

function isReal({ confinement }: Way, path: string): boolean {
  try {
    return confinement.isReal(path);
  } catch {
    // It may not be looked at: the walk finds out how far it may.
    return false;
  }
}

function isFolder(way: Way, real: string): boolean {
  const status = lstat(way, real);
  return status !== undefined && isDirectory(status);
}

function walk(path: string, inside: boolean, way: Way): readonly Step[] {
  const { confinement, fileSystem, separator } = way;
  const steps: Step[] = [];
  const pending = path === '.' ? [] : path.split('/').reverse();
  let at = confinement.root;
  let links = 0;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      const above = at.slice(0, Math.max(at.indexOf(separator) + 1, at.lastIndexOf(separator)));
      // It has to be there, although the way leads out of it again.
      if (confinement.holds(above)) {
        steps.push({ directory: above, name: at.slice(at.lastIndexOf(separator) + 1) });
      }
      at = above;
      continue;
    }
    const next = join(way, at, part);
    if (!confinement.holds(at)) {
      at = next;
      continue;
    }
    const status = lstat(way, next);
    if (status !== undefined && isLink(status)) {
      steps.push({ directory: at, name: part });
      links += 1;
      if (links > longestChain) return steps;
      const target = readlink(fileSystem, next);
      if (target === undefined) return steps;
      const top = /^(?:[\\/]|[a-z]:[\\/])/iu.exec(target)?.[0];
      if (top !== undefined) at = top;
      const parts = target.slice(top?.length ?? 0).split(separator === '\\' ? /[\\/]/u : '/');
      pending.push(...parts.reverse());
      continue;
    }
    const last = pending.every((rest) => rest === '' || rest === '.');
    if (last || status === undefined || !isDirectory(status)) steps.push({ directory: at, name: part });
    if (last) steps.push(...otherNames(next, status));
    if (status === undefined || !isDirectory(status)) return steps;
    at = next;
  }
  const isThere = confinement.holds(at) && isFolder(way, at);
  // One that links may lead to is gone: no name in a directory that is watched stands for it.
  const isGone = !isThere && confinement.tops.includes(at);
  if ((inside && isThere) || isGone) steps.push({ directory: at, name: undefined });
  return steps;
}

/** A directory tells of what happens to a file by its name there; the file itself, by whatever name. */
function otherNames(file: string, status: FileStatus | undefined): readonly Step[] {
  const several = status !== undefined && isRegularFile(status) && (status.nlink ?? 1n) > 1n;
  return several ? [{ directory: file, name: undefined, isFile: true }] : [];
}

/** Undefined: nothing is there, or it may not be looked at; the look itself tells which. */
function lstat({ fileSystem }: Way, path: string): FileStatus | undefined {
  try {
    return fileSystem.lstat(path);
  } catch {
    return undefined;
  }
}

function readlink(fileSystem: FileSystem, path: string): string | undefined {
  try {
    return fileSystem.readlink(path);
  } catch {
    return undefined;
  }
}

function join({ separator }: Way, folder: string, name: string): string {
  if (name === '') return folder;
  const native = separator === '/' ? name : name.replaceAll('/', separator);
  return folder.endsWith(separator) ? folder + native : folder + separator + native;
}

/** Everything whose change can change what a search comes to. */
export function surveySteps({ entered, rules, links }: GlobRun['findings'], way: Way): readonly Step[] {
  const { root } = way.confinement;
  const steps = entered.map((directory): Step => ({ directory, name: undefined }));
  for (const link of links) steps.push(...stepsTo(link, false, way, new Map()));
  for (const { directory, name } of rules) {
    if (isInside(root, directory, way.separator)) {
      const path = join(way, directory, name).slice(root.length);
      steps.push(...stepsTo(path.split(way.separator).filter(Boolean).join('/'), false, way, new Map()));
    } else if (isFolder(way, directory)) {
      steps.push({ directory, name });
    }
  }
  return steps;
}
