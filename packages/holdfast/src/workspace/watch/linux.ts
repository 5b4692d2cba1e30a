import { tmpdir } from 'node:os';
import type { WatchPlatform } from './platform.ts';
import { ThreadSession } from './thread-session.ts';

export interface LinuxWatchOptions {
  /** Looked at every second, as they may be moved or mounted over with their parents, of which nothing is told. */
  readonly roots: readonly string[];
  /** Directories in which a private one for cookies may be made, the most wanted first. Default: the temporary ones. */
  readonly cookies?: readonly string[];
  /** What runs in the thread: for tests. */
  readonly worker?: URL;
}

/** Compiled or not, the worker's file is of the same kind as this one. */
const file = new URL(
  import.meta.url.endsWith('.ts') ? './watch-worker.ts' : './watch-worker.js',
  import.meta.url,
);

/** One thread for each session, with one inotify queue, and a watch for each directory. */
export function linuxPlatform({ roots, cookies, worker = file }: LinuxWatchOptions): WatchPlatform {
  const data = { roots, cookies: cookies ?? [tmpdir(), '/dev/shm'] };
  return { name: 'linux', open: (report) => new ThreadSession(worker, data, report) };
}

/** Undefined: how that platform tells of changes is not verified, so that one has to look. */
export function supportedPlatform(
  platform: NodeJS.Platform,
  options: LinuxWatchOptions,
): WatchPlatform | undefined {
  return platform === 'linux' ? linuxPlatform(options) : undefined;
}
