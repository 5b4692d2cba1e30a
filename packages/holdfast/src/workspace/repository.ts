import { dirname, relative, resolve, sep } from 'node:path';
import { errorCode, type FolderReader } from './folder-reader.ts';
import { IgnoreRules } from './ignore-rules.ts';

/** The ignore rules that reach a folder from outside. */
export interface EnclosingRules {
  rules: IgnoreRules;
  /** Path from the rules' top to the folder, with a slash at its end; empty when the folder is the top. */
  base: string;
}

/**
 * The rules of the repository that `root` (a real path) lies in, down to but without root's own ignore files.
 * None when it lies in none, is a repository itself, or is ignored by the repository: who asks for an ignored
 * folder means its files.
 */
export async function enclosingRules(root: string, reader: FolderReader): Promise<EnclosingRules> {
  const alone = { rules: IgnoreRules.none(), base: '' };
  const top = await repositoryOf(root, reader);
  if (top === undefined || top === root) return alone;
  let rules = IgnoreRules.none();
  const exclude = await excludeText(top, reader);
  if (exclude !== undefined) rules = rules.withExclude(0, exclude);
  let folder = top;
  let path = '';
  for (const [depth, name] of relative(top, root).split(sep).entries()) {
    const text = await readIfThere(reader, `${folder}/.gitignore`);
    if (text !== undefined) rules = rules.withGitignore(depth, text);
    path = depth === 0 ? name : `${path}/${name}`;
    if (rules.ignores(path, true)) return alone;
    folder = `${folder}/${name}`;
  }
  return { rules, base: `${path}/` };
}

async function repositoryOf(root: string, reader: FolderReader): Promise<string | undefined> {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = await reader.size(`${folder}/.git`).then(
      () => true,
      () => false,
    );
    if (found) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * The text of `info/exclude` of the repository whose work tree begins at `folder`, which must hold a `.git`:
 * a folder, or in a linked work tree or a submodule a file that names the real one.
 */
export async function excludeText(folder: string, reader: FolderReader): Promise<string | undefined> {
  const pointer = await readIfThere(reader, `${folder}/.git`);
  if (pointer === undefined) return readIfThere(reader, `${folder}/.git/info/exclude`);
  const target = /^gitdir: (.+)$/m.exec(pointer)?.[1];
  if (target === undefined) return undefined;
  const repository = resolve(folder, target.trim());
  const common = await readIfThere(reader, `${repository}/commondir`);
  const shared = common === undefined ? repository : resolve(repository, common.trim());
  return readIfThere(reader, `${shared}/info/exclude`);
}

const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

async function readIfThere(reader: FolderReader, path: string): Promise<string | undefined> {
  try {
    return await reader.text(path);
  } catch (error) {
    if (NOT_THERE.has(errorCode(error))) return undefined;
    throw error;
  }
}
