import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './step.ts';

const home = join(root, 'scripts/node24');

/**
 * The oldest Node that Holdfast promises to run on, installed from npm under scripts/node24/ when it is not there, as
 * its lockfile pins it.
 *
 * @returns the path of the program
 * @throws Error when npm fails, or when there is no package of it for this platform
 */
export async function node24(): Promise<string> {
  const { optionalDependencies } = manifest(join(home, 'package.json'));
  const found = findNode(optionalDependencies);
  if (found !== undefined) return found;

  const { code, output } = await run('npm', ['ci'], { cwd: home });
  if (code !== 0) throw new Error(`npm ci in scripts/node24 exited ${code}: ${output}`);
  const installed = findNode(optionalDependencies);
  if (installed !== undefined) return installed;
  throw new Error(`scripts/node24/package.json names no Node for ${process.platform} on ${process.arch}`);
}

/** npm installs only the one package whose `os` and `cpu` fit. One of another version is stale. */
function findNode(versions: Readonly<Record<string, string>>): string | undefined {
  for (const [name, pinned] of Object.entries(versions)) {
    const folder = join(home, 'node_modules', name);
    if (!existsSync(folder)) continue;
    const { version, bin } = manifest(join(folder, 'package.json'));
    if (version === pinned) return join(folder, bin.node);
  }
  return undefined;
}

interface Manifest {
  readonly version: string;
  readonly bin: { readonly node: string };
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest;
