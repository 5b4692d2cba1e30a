import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

const skipped = new Set(['node_modules', 'dist', 'fixtures']);

/** Absolute paths, sorted, of the TypeScript and JavaScript files under a folder; none when there is no such folder. */
export function sourcesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const options = { cwd: folder, exclude: (name: string) => skipped.has(name.split(/[\\/]/).at(-1) ?? name) };
  return globSync('**/*.{ts,tsx,mts,js,mjs}', options)
    .map((path) => join(folder, path))
    .sort();
}
