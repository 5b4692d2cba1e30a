import { Worker } from 'node:worker_threads';
import { closedError, storeError } from './failing.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Deed, Deeds, Order, Result, WriterData, WriterMessage, WriterReport } from './order.ts';

/** Compiled or not, the worker's file is of the same kind as this one. */
const file = new URL(
  import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js',
  import.meta.url,
);
/** A thread that broke down is not started again sooner, in milliseconds. */
const restartAfter = 250;
/** Orders that wait are held in memory: past so many bytes there are no more. */
const mostBytes = 128 * 2 ** 20;
/** Beyond what the writer itself keeps to. */
const closeGrace = 3_000;

interface Waiting {
  readonly bytes: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** The writer's thread, as its caller sees it. It is started again when it breaks down. */
export class Writer {
  readonly #data: WriterData;
  readonly #listen: (report: WriterReport) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #outbox: [number, Order][] = [];
  #bytes = 0;
  #lastId = 0;
  #closed = false;

  /** @param listen told of every report, after those who wait for a result */
  constructor(data: WriterData, listen: (report: WriterReport) => void) {
    this.#data = data;
    this.#listen = listen;
    this.#start();
  }

  order<D extends Deed>(deed: D, order: Deeds[D][0]): Promise<Deeds[D][1]> {
    if (this.#closed) return Promise.reject(closedError());
    const bytes = sizeOf(order);
    if (this.#bytes + bytes > mostBytes) return Promise.reject(storeError(behind));
    if (this.#isBroken) return Promise.reject(storeError(broken));
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { bytes, resolve: resolve as (result: Result) => void, reject });
      this.#bytes += bytes;
      if (this.#outbox.length === 0) queueMicrotask(() => this.#send());
      this.#outbox.push([this.#lastId, { ...order, deed } as unknown as Order]);
    });
  }

  /** @returns false if there is nobody to look just now */
  look(suspicious: boolean): boolean {
    if (this.#closed || this.#isBroken) return false;
    if (this.#worker === undefined) this.#start();
    this.#worker?.postMessage({ type: 'look', suspicious } satisfies WriterMessage);
    return true;
  }

  /** Resolves when everything that was ordered is done, or given up, and the thread has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#send();
    const worker = this.#worker;
    if (worker === undefined) return;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    worker.once('exit', () => resolve());
    worker.ref();
    worker.postMessage({ type: 'close' } satisfies WriterMessage);
    const timer = setTimeout(() => worker.terminate(), this.#data.settings.closeTimeout + closeGrace);
    await ended;
    clearTimeout(timer);
  }

  /** Its thread broke down so lately that no other is begun. */
  get #isBroken(): boolean {
    return this.#worker === undefined && performance.now() - this.#startedAt < restartAfter;
  }

  #start(): void {
    this.#startedAt = performance.now();
    const worker = new Worker(file, { workerData: this.#data, name: 'holdfast sqlite writer', stdin: false });
    this.#worker = worker;
    worker.on('message', (report: WriterReport) => this.#hear(report));
    worker.on('error', (error) => this.#end(worker, failureOf(error)));
    worker.on('messageerror', (error) => this.#end(worker, failureOf(error)));
    worker.on('exit', () => this.#end(worker, broken));
  }

  #send(): void {
    if (this.#outbox.length === 0) return;
    const orders = this.#outbox;
    this.#outbox = [];
    if (this.#worker === undefined) this.#start();
    this.#worker?.ref();
    try {
      this.#worker?.postMessage({ type: 'orders', orders } satisfies WriterMessage);
    } catch (error) {
      for (const [id] of orders) this.#take(id)?.reject(storeError(failureOf(error)));
    }
  }

  #hear(report: WriterReport): void {
    if (report.type === 'done') {
      for (const [id, result] of report.results) this.#take(id)?.resolve(result);
    } else if (report.type === 'failed') {
      for (const id of report.ids) this.#take(id)?.reject(storeError(report.failure));
    }
    if (this.#waiting.size === 0 && !this.#closed) this.#worker?.unref();
    this.#listen(report);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    this.#bytes -= waiting.bytes;
    return waiting;
  }

  #end(worker: Worker, failure: Failure): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#outbox = [];
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(storeError(failure));
    if (!this.#closed) this.#listen({ type: 'lost', message: broken.message, failure });
  }
}

const behind: Failure = { reason: 'busy', message: 'too much waits to be written' };
const broken: Failure = { reason: 'other', message: 'the thread that writes has broken down' };

function sizeOf(order: Deeds[Deed][0]): number {
  if ('record' in order) return order.record.envelope.length + 512;
  return 'value' in order ? order.value.length + 512 : 512;
}
