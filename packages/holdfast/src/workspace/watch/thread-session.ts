import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Gathered, Order, ThreadData, Word } from './order.ts';
import type { Hint, WatchReport, WatchSession } from './platform.ts';

/** A thread that is asked to synchronise says something sooner, in milliseconds: else it hangs. */
const patience = 10_000;
const closeGrace = 2_000;

/** The thread that watches, as its caller sees it. It does not keep a process alive, except while a sync waits. */
export class ThreadSession implements WatchSession {
  readonly #report: (report: WatchReport) => void;
  readonly #syncs = new Set<number>();
  readonly #made = new Set<string>();
  readonly #ended = Promise.withResolvers<void>();
  #worker: Worker | undefined;
  #state: 'open' | 'closed' | 'dead' = 'open';
  #hanging: NodeJS.Timeout | undefined;

  constructor(file: URL, data: ThreadData, report: (report: WatchReport) => void) {
    this.#report = report;
    try {
      this.#start(
        new Worker(file, { workerData: data, name: 'holdfast watcher', stdin: false, resourceLimits }),
      );
    } catch (error) {
      this.#ended.resolve();
      setImmediate(() => this.#die(error as Error));
    }
  }

  arm(directories: readonly string[]): void {
    this.#send({ type: 'arm', paths: directories, as: 'directory' });
  }

  armFiles(files: readonly string[]): void {
    this.#send({ type: 'arm', paths: files, as: 'file' });
  }

  disarm(paths: readonly string[]): void {
    this.#send({ type: 'disarm', paths });
  }

  sync(id: number): void {
    if (this.#state !== 'open') return;
    this.#syncs.add(id);
    this.#worker?.ref();
    this.#expectWord();
    this.#send({ type: 'sync', id });
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closed';
      clearTimeout(this.#hanging);
      this.#worker?.ref();
      this.#worker?.postMessage({ type: 'close' } satisfies Order);
      const worker = this.#worker;
      const timer = setTimeout(() => worker?.terminate(), closeGrace);
      await this.#ended.promise;
      clearTimeout(timer);
    }
    await this.#ended.promise;
  }

  #start(worker: Worker): void {
    this.#worker = worker;
    worker.on('message', (words: readonly Word[]) => this.#hear(words));
    // After the listener, which holds the process.
    worker.unref();
    worker.on('messageerror', (error) => {
      this.#die(error);
      worker.terminate();
    });
    worker.on('error', (error) => this.#die(error as Error));
    worker.on('exit', (code) => {
      this.#worker = undefined;
      for (const directory of this.#made) forget(directory);
      this.#ended.resolve();
      this.#die(new Error(`the thread that watches ended by itself, with code ${code}`));
    });
  }

  #send(order: Order): void {
    if (this.#state === 'open') this.#worker?.postMessage(order);
  }

  #hear(words: readonly Word[]): void {
    for (const word of words) {
      if (word.type === 'made') this.#remember(word.directory);
      else if (this.#state === 'open') this.#tell(word);
    }
    if (this.#state === 'open' && this.#syncs.size > 0) this.#expectWord();
  }

  #tell(word: Exclude<Word, { type: 'made' }>): void {
    if (word.type === 'gathered') {
      this.#report({ type: 'touched', hints: word.directories.flatMap(hintsOf) });
      return;
    }
    if (word.type === 'synced' || word.type === 'unsynced') {
      // It was given up already.
      if (!this.#syncs.delete(word.id)) return;
      this.#rest();
    }
    this.#report(word);
  }

  #remember(directory: string): void {
    this.#made.add(directory);
    remember(directory);
  }

  #rest(): void {
    if (this.#syncs.size > 0 || this.#state !== 'open') return;
    clearTimeout(this.#hanging);
    this.#worker?.unref();
  }

  #expectWord(): void {
    clearTimeout(this.#hanging);
    this.#hanging = setTimeout(() => {
      // If the process was stopped, the thread has said something meanwhile, which is heard before this.
      const timer = this.#hanging;
      setImmediate(() => {
        if (timer === this.#hanging) this.#giveUp();
      });
    }, patience);
  }

  #giveUp(): void {
    const ids = [...this.#syncs];
    this.#syncs.clear();
    this.#rest();
    for (const id of ids) {
      if (this.#state === 'open') this.#report({ type: 'unsynced', id, reason: 'missed' });
    }
  }

  #die(error: Error): void {
    if (this.#state !== 'open') return;
    this.#state = 'dead';
    clearTimeout(this.#hanging);
    this.#report({ type: 'died', error });
  }
}

function hintsOf({ directory, structural, others, nameless }: Gathered): Hint[] {
  const hints: Hint[] = [];
  for (const name of structural) hints.push({ directory, name, structural: true });
  for (const name of others) hints.push({ directory, name, structural: false });
  if (nameless !== 'no') hints.push({ directory, name: undefined, structural: nameless === 'structural' });
  return hints;
}

const resourceLimits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 1_024 };

/** Of this process: what its threads cannot remove when it exits. */
const made = new Set<string>();

function remember(directory: string): void {
  if (made.size === 0) process.on('exit', removeAll);
  made.add(directory);
}

function forget(directory: string): void {
  remove(directory);
  if (made.delete(directory) && made.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const directory of made) remove(directory);
}

function remove(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // It is empty but for one empty file, and whoever starts next takes it away.
  }
}
