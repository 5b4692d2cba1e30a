import {
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  watch as watchPath,
} from 'node:fs';
import { removeStaleCookies } from './stale-cookies.ts';

/** Which file a path stands for. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly type: 'directory' | 'file' | 'other';
}

/** @param structural as in a hint. @param name as the kernel has it, which need not be UTF-8 */
export type Heard = (structural: boolean, name: Uint8Array) => void;

export interface Handle {
  close(): void;
}

/**
 * What the thread needs of the kernel and of its event loop: a port, so that tests can tell it what a kernel hardly
 * ever does. Functions throw errors with the `code` of Node's.
 */
export interface Kernel {
  /** How many events it holds for those who do not read them; more are lost. */
  readonly queueLength: number;
  /** Of a directory: each change of an entry, and of itself by the last part of the path. Of a file: its changes. */
  watch(path: string, heard: Heard, failed: (error: unknown) => void): Handle;
  /** Does not follow a link in the last place. */
  identity(path: string): Identity;
  /** The number by which the kernel tells kinds of file systems apart. */
  fileSystem(path: string): bigint;
  /** A new directory that is only this user's. */
  makeDirectory(prefix: string): string;
  /** Takes away what dead processes left of such directories. */
  tidy(place: string): void;
  create(path: string): void;
  move(from: string, to: string): void;
  remove(path: string): void;
  /** In milliseconds. */
  now(): number;
  /** Calls once all events were told that are there by now. */
  soon(call: () => void): void;
  /** @returns what ends it */
  after(delay: number, call: () => void): () => void;
}

export function linuxKernel(): Kernel {
  return {
    queueLength: queueLength(),
    watch(path, heard, failed) {
      const watcher = watchPath(path, { encoding: 'buffer', persistent: false }, (event, name) =>
        heard(event === 'rename', name ?? nameless),
      );
      watcher.on('error', failed);
      return watcher;
    },
    identity(path) {
      const status = lstatSync(path, { bigint: true });
      const type = status.isDirectory() ? 'directory' : status.isFile() ? 'file' : 'other';
      return { dev: status.dev, ino: status.ino, type };
    },
    fileSystem: (path) => statfsSync(path, { bigint: true }).type,
    makeDirectory: (prefix) => mkdtempSync(prefix),
    tidy: removeStaleCookies,
    create: (path) => closeSync(openSync(path, 'wx', 0o600)),
    move: renameSync,
    remove: (path) => rmSync(path, { recursive: true, force: true }),
    now: () => performance.now(),
    soon: setImmediate,
    after(delay, call) {
      const timer = setTimeout(call, delay);
      return () => clearTimeout(timer);
    },
  };
}

const nameless = new Uint8Array();

function queueLength(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'), 10) || usual;
  } catch {
    // A container may hide it. The kernel's default is the least that anybody sets.
    return usual;
  }
}

const usual = 16_384;
