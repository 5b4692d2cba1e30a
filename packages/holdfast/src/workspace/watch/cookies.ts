import { tellsOfChanges } from './file-systems.ts';
import type { Handle, Kernel } from './kernel.ts';
import { cookiePrefix } from './stale-cookies.ts';

export interface CookieListener {
  /** Everything that happened before this cookie was left has been told. */
  seen(cookie: number): void;
  /** Cookies that were left may not be seen any more. */
  lost(): void;
  made(directory: string): void;
}

/**
 * A file that is renamed from one number to the next. The kernel has one queue for all that a thread watches, across
 * file systems: when it tells of a cookie, it has told of all that happened before.
 */
export class Cookies {
  readonly #kernel: Kernel;
  readonly #places: readonly string[];
  readonly #listener: CookieListener;
  #home: { readonly directory: string; readonly handle: Handle } | undefined;
  #number = 0;

  /** @param places directories, the most wanted first */
  constructor(kernel: Kernel, places: readonly string[], listener: CookieListener) {
    this.#kernel = kernel;
    this.#places = places;
    this.#listener = listener;
  }

  /** @returns the number that will be seen; undefined: none can be left anywhere */
  leave(): number | undefined {
    if (this.#rename()) return this.#number;
    for (const place of this.#places) {
      this.close();
      if (this.#settle(place) && this.#rename()) return this.#number;
    }
    this.close();
    return undefined;
  }

  close(): void {
    const home = this.#home;
    this.#home = undefined;
    if (home === undefined) return;
    home.handle.close();
    this.#try(() => this.#kernel.remove(home.directory));
  }

  #rename(): boolean {
    const directory = this.#home?.directory;
    if (directory === undefined) return false;
    const from = `${directory}/${this.#number}`;
    this.#number += 1;
    const to = `${directory}/${this.#number}`;
    // There is none in a new directory, and those who tidy up may have taken it.
    return this.#try(() => this.#kernel.move(from, to)) || this.#try(() => this.#kernel.create(to));
  }

  #settle(place: string): boolean {
    this.#try(() => this.#kernel.tidy(place));
    return this.#try(() => {
      if (!tellsOfChanges(this.#kernel.fileSystem(place))) throw new Error('it would tell of nothing');
      const directory = this.#kernel.makeDirectory(cookiePrefix(place));
      this.#listener.made(directory);
      const handle = this.#kernel.watch(
        `${directory}/.`,
        (_, name) => this.#heard(directory, Buffer.from(name).toString()),
        () => this.#leaveHome(directory),
      );
      this.#home = { directory, handle };
    });
  }

  #heard(directory: string, name: string): void {
    if (directory !== this.#home?.directory) return;
    if (name === '.') this.#leaveHome(directory);
    else if (/^\d+$/.test(name)) this.#listener.seen(Number(name));
  }

  #leaveHome(directory: string): void {
    if (directory !== this.#home?.directory) return;
    this.close();
    this.#listener.lost();
  }

  /** Why a cookie cannot be left does not matter: the caller is told that it cannot, and does without. */
  #try(deed: () => void): boolean {
    try {
      deed();
      return true;
    } catch {
      return false;
    }
  }
}
