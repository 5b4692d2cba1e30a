import { nameOf, tellsOfChanges } from './file-systems.ts';
import type { Handle, Identity, Kernel } from './kernel.ts';
import type { WatchReport } from './platform.ts';

/** A directory or a file that is watched. */
export interface Watch {
  readonly path: string;
  readonly as: 'directory' | 'file';
  readonly identity: Identity;
}

type Refusal = Pick<Extract<WatchReport, { type: 'refused' }>, 'reason' | 'code'>;

interface Listener {
  heard(watch: Watch, structural: boolean, name: Uint8Array): void;
  failed(watch: Watch, error: unknown): void;
}

/**
 * What is watched, by path. `path/.` is what a directory is watched as: what the kernel tells of the directory itself
 * then has the name `.`, where with `path` alone it would have that of a child called like the directory.
 */
export class Watches {
  readonly #kernel: Kernel;
  readonly #listener: Listener;
  readonly #watches = new Map<string, { readonly watch: Watch; readonly handle: Handle }>();
  readonly #retired: Handle[] = [];

  constructor(kernel: Kernel, listener: Listener) {
    this.#kernel = kernel;
    this.#listener = listener;
  }

  get(path: string): Watch | undefined {
    return this.#watches.get(path)?.watch;
  }

  isCurrent(watch: Watch): boolean {
    return this.#watches.get(watch.path)?.watch === watch;
  }

  paths(): IterableIterator<string> {
    return this.#watches.keys();
  }

  /** Handles that wait to be closed. */
  get retired(): number {
    return this.#retired.length;
  }

  /**
   * One that is watched already is watched anew. Its old handle is closed later: as long as both are of one
   * directory, nothing that happens in between goes untold.
   */
  arm(path: string, as: Watch['as']): Refusal | undefined {
    let handle: Handle | undefined;
    try {
      const identity = this.#kernel.identity(path);
      // A link is followed by the kernel, and must not be.
      if (identity.type !== as) return this.#refuse(path, 'absent', as === 'file' ? 'EISDIR' : 'ENOTDIR');
      const fileSystem = this.#kernel.fileSystem(path);
      if (!tellsOfChanges(fileSystem)) return this.#refuse(path, 'unsupported', nameOf(fileSystem));
      const watch = { path, as, identity };
      handle = this.#kernel.watch(
        as === 'file' ? path : `${path}/.`,
        (structural, name) => this.#listener.heard(watch, structural, name),
        (error) => this.#listener.failed(watch, error),
      );
      // What was opened may be another one than what was looked at.
      if (!isSame(this.#kernel.identity(path), identity)) throw moved();
      this.retire(path);
      this.#watches.set(path, { watch, handle });
      return undefined;
    } catch (error) {
      if (handle !== undefined) this.#retired.push(handle);
      const code = codeOf(error) ?? 'UNKNOWN';
      return this.#refuse(path, reasons[code] ?? 'failed', code);
    }
  }

  /** From now on nothing is told of it. */
  retire(path: string): void {
    const watched = this.#watches.get(path);
    if (watched === undefined) return;
    this.#watches.delete(path);
    this.#retired.push(watched.handle);
  }

  /** Whether the path still stands for what is watched. Throws what the kernel does. */
  stands(watch: Watch): boolean {
    return isSame(this.#kernel.identity(watch.path), watch.identity);
  }

  close(most: number): number {
    let closed = 0;
    while (closed < most && this.#retired.length > 0) {
      closed += 1;
      this.#retired.pop()?.close();
    }
    return closed;
  }

  #refuse(path: string, reason: Refusal['reason'], code: string): Refusal {
    this.retire(path);
    return { reason, code };
  }
}

const reasons: Readonly<Record<string, Refusal['reason']>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  ELOOP: 'absent',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  ENOSPC: 'exhausted',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOMEM: 'exhausted',
};

function isSame(one: Identity, other: Identity): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.type === other.type;
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

function moved(): Error {
  return Object.assign(new Error('it was replaced while it was armed'), { code: 'ENOENT' });
}
