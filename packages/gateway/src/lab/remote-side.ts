import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ProviderMood } from '../api/index.ts';
import type { Scene } from './scene.ts';
import type { Side, SideName, Standing } from './side.ts';
import type { Order, Report } from './side-messages.ts';

interface Pending {
  resolve(): void;
  reject(error: unknown): void;
}

/** Compiled or not, the worker's file is of the same kind as this one. */
const workerFile = import.meta.url.endsWith('.ts')
  ? new URL('./side-worker.ts', import.meta.url)
  : new URL('./side-worker.js', import.meta.url);

/** A side of the lab in a worker thread of its own. */
export class RemoteSide implements Side {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #onState: () => void;
  #state: Standing;
  #lastId = 0;
  #ended: Error | undefined;

  private constructor(worker: Worker, first: Standing, onState: () => void) {
    this.#worker = worker;
    this.#state = first;
    this.#onState = onState;
    worker.on('message', (report: Report) => this.#hear(report));
    worker.on('error', (error) => this.#end(new Error('the worker of the lab broke down', { cause: error })));
    worker.on('exit', () => this.#end(new Error('the worker of the lab has ended')));
  }

  /** @param onState called when `state()` has changed */
  static async start(name: SideName, onState: () => void): Promise<RemoteSide> {
    const worker = new Worker(workerFile, {
      workerData: name,
      name: `lab ${name}`,
    });
    // Rejects with the error of a worker that does not come up.
    const [first] = (await once(worker, 'message')) as [Report];
    return new RemoteSide(worker, first.state, onState);
  }

  /** Why it can be used no more, if so. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  state(): Standing {
    return this.#state;
  }

  play(scene: Scene): Promise<void> {
    return this.#order({ name: 'play', scene });
  }

  mood(mood: ProviderMood): Promise<void> {
    return this.#order({ name: 'mood', mood });
  }

  expire(): Promise<void> {
    return this.#order({ name: 'expire' });
  }

  reset(): Promise<void> {
    return this.#order({ name: 'reset' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new Error('the lab is closed'));
    await this.#worker.terminate();
  }

  #order(what: Order['what']): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const order: Order = { id: this.#lastId, what };
    return new Promise((resolve, reject) => {
      this.#pending.set(order.id, { resolve, reject });
      this.#worker.postMessage(order);
    });
  }

  #hear({ id, state, error }: Report): void {
    this.#state = state;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id !== undefined) this.#pending.delete(id);
    if (error === undefined) pending?.resolve();
    else pending?.reject(new Error(error));
    this.#onState();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
  }
}
