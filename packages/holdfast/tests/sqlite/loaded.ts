import { fileURLToPath } from 'node:url';

export const jumpingClock = new URL('./jumping-clock.ts', import.meta.url);
export const newerVersion = new URL('./newer-version.ts', import.meta.url);

/** Begins processes with a file loaded first, in each of their threads. */
export async function loadedFirst<T>(file: URL, begin: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--require "${fileURLToPath(file)}"`;
  try {
    return await begin();
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
}
