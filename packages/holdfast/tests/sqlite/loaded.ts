import { fileURLToPath } from 'node:url';

/** Begins processes with a file of this folder loaded first, in each of their threads. */
export async function loadedFirst<T>(
  file: './jumping-clock.ts' | './newer-version.ts',
  begin: () => Promise<T>,
): Promise<T> {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--require "${fileURLToPath(new URL(file, import.meta.url))}"`;
  try {
    return await begin();
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}
