/** A watcher of a folder, in a process of its own. */
export interface Watcher {
  /** Paths relative to the root that were told of since the last call. */
  take(): Set<string>;
  /** Resolves when everything that is going to be told was told, as far as one can ask. */
  settle(): Promise<void>;
  /** How often it said that something went wrong or may have been lost. */
  readonly complaints: number;
  close(): Promise<void>;
}

/** @param paths what its user reads; the others watch everything anyway */
export type Open = (root: string, paths: readonly string[]) => Promise<Watcher>;

export const watcherNames = ['holdfast', 'parcel', 'chokidar', 'node'] as const;

export type WatcherName = (typeof watcherNames)[number];

export const watchers: Readonly<Record<WatcherName, () => Promise<Open>>> = {
  holdfast: async () => (await import('./holdfast.ts')).open,
  parcel: async () => (await import('./parcel.ts')).open,
  chokidar: async () => (await import('./chokidar.ts')).open,
  node: async () => (await import('./node.ts')).open,
};

/** For who cannot be asked: silence for so long, in milliseconds, and for so long at most. */
const silence = 2_000;
const patience = 60_000;

/** What was told, and when something last was. */
export class Told {
  complaints = 0;
  #paths = new Set<string>();
  #heard = performance.now();

  add(path: string): void {
    this.#paths.add(path);
    this.#heard = performance.now();
  }

  complain(): void {
    this.complaints += 1;
    this.#heard = performance.now();
  }

  take(): Set<string> {
    const taken = this.#paths;
    this.#paths = new Set();
    return taken;
  }

  /** The watcher whose word this is. @param settle where it can be asked; else it is waited for until it is silent */
  by(close: () => Promise<void>, settle: () => Promise<void> = () => this.silent()): Watcher {
    const complaints = () => this.complaints;
    return {
      take: () => this.take(),
      settle,
      get complaints() {
        return complaints();
      },
      close,
    };
  }

  async silent(): Promise<void> {
    const began = performance.now();
    this.#heard = began;
    while (performance.now() - this.#heard < silence && performance.now() - began < patience) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
