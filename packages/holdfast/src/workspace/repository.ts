import { dirname, relative, resolve, sep } from 'node:path';
import { type FileSystem, saysAbsent, saysForbidden } from './file-system.ts';
import { IgnoreRules } from './ignore-rules.ts';
import type { ReadText } from './ignore-text.ts';

/** The ignore rules that reach a folder from outside. */
export interface EnclosingRules {
  readonly rules: IgnoreRules;
  /** Path from the rules' top to the folder, with a slash at its end; empty when the folder is the top. */
  readonly base: string;
  /** The folders from the top down to above the folder, whose ignore files were asked. */
  readonly folders: readonly string[];
}

/**
 * The rules of the repository that `root` (a real path) lies in, down to but without root's own ignore files.
 * None when it lies in none, is a repository itself, or is ignored by the repository: who asks for an ignored
 * folder means its files. Throws what the file system does.
 */
export function enclosingRules(root: string, fileSystem: FileSystem, read: ReadText): EnclosingRules {
  const alone = { rules: IgnoreRules.none(), base: '', folders: [] };
  const top = repositoryOf(root, fileSystem);
  if (top === undefined || top === root) return alone;
  let rules = IgnoreRules.none().withExclude(0, excludeText(top, read) ?? '');
  const folders: string[] = [];
  let folder = top;
  let path = '';
  for (const [depth, name] of relative(top, root).split(sep).entries()) {
    folders.push(folder);
    rules = rules.withGitignore(depth, read(join(folder, '.gitignore')) ?? '');
    path = depth === 0 ? name : `${path}/${name}`;
    if (rules.ignores(path, true)) return { ...alone, folders };
    folder = join(folder, name);
  }
  return { rules, base: `${path}/`, folders };
}

function repositoryOf(root: string, fileSystem: FileSystem): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    if (stands(join(folder, '.git'), fileSystem)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function stands(path: string, fileSystem: FileSystem): boolean {
  try {
    fileSystem.lstat(path);
    return true;
  } catch (error) {
    // Above the root it is nobody's duty to let us look.
    if (saysAbsent(error) || saysForbidden(error)) return false;
    throw error;
  }
}

/**
 * The text of `info/exclude` of the repository whose work tree begins at `folder`, which must hold a `.git`:
 * a folder, or in a linked work tree or a submodule a file that names the real one.
 */
export function excludeText(folder: string, read: ReadText): string | undefined {
  const pointer = read(join(folder, '.git'));
  if (pointer === undefined) return read(join(folder, '.git', 'info', 'exclude'));
  const target = /^gitdir: (.+)$/m.exec(pointer)?.[1];
  if (target === undefined) return undefined;
  const repository = resolve(folder, target.trim());
  const common = read(join(repository, 'commondir'));
  const shared = common === undefined ? repository : resolve(repository, common.trim());
  return read(join(shared, 'info', 'exclude'));
}

function join(folder: string, ...names: string[]): string {
  return (folder.endsWith(sep) ? folder.slice(0, -1) : folder) + sep + names.join(sep);
}
