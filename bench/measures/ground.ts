import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Runs something on a folder of its own, which is gone afterwards. */
export async function inFolder<T>(run: (root: string) => Promise<T>): Promise<T> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-bench-')));
  try {
    return await run(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A minute ahead: files that were just written count as old, so that their signatures stand in for their contents. */
export const settledClock = { now: () => performance.now(), wall: () => Date.now() + 60_000 };

const perFolder = 10;

/** Where the files of `writeFiles` stand, ten to a folder. */
export function pathsOf(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `src/folder-${Math.floor(i / perFolder)}/file-${i % perFolder}.ts`,
  );
}

/** Files of sizes from 1/7 to 13/7 of `bytes`, each with a content of its own; on average that many bytes. */
export function writeFiles(root: string, paths: readonly string[], bytes: number): number {
  let total = 0;
  for (const [i, path] of paths.entries()) {
    const absolute = join(root, path);
    if (i % perFolder === 0) mkdirSync(dirname(absolute), { recursive: true });
    const text = `// ${path}\n`.padEnd(Math.round((bytes * (1 + (i % 13))) / 7), 'export const line = 1;\n');
    writeFileSync(absolute, text);
    total += text.length;
  }
  return total;
}

/** Files in nested directories that nobody has made yet. */
export function freshPath(i: number): string {
  return `fresh/${i % 10}/${Math.floor(i / 10) % 10}/${Math.floor(i / 100) % 5}/file-${i}.ts`;
}
