import { Worker } from 'node:worker_threads';
import { closedError, storeError } from './failing.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Answer, Questions, ReaderReport, Topic } from './question.ts';

/** Compiled or not, the worker's file is of the same kind as this one. */
const file = new URL(
  import.meta.url.endsWith('.ts') ? './reader-worker.ts' : './reader-worker.js',
  import.meta.url,
);
const closeLimit = 3_000;

interface Asking {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** The reader's thread, as its caller sees it. It is started when it is first asked. */
export class Reader {
  readonly #path: string;
  readonly #asking = new Map<number, Asking>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  ask<T extends Topic>(topic: T, question: Questions[T][0]): Promise<Questions[T][1]> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#asking.set(this.#lastId, { resolve: resolve as (answer: Answer) => void, reject });
      this.#worker ??= this.#start();
      this.#worker.ref();
      try {
        this.#worker.postMessage([this.#lastId, { ...question, topic }]);
      } catch (error) {
        this.#hear({ id: this.#lastId, failure: failureOf(error) });
      }
    });
  }

  /** Resolves when everything that was asked is answered, and the thread has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    worker.once('exit', () => resolve());
    worker.ref();
    worker.postMessage('close');
    const timer = setTimeout(() => worker.terminate(), closeLimit);
    await ended;
    clearTimeout(timer);
  }

  #start(): Worker {
    const worker = new Worker(file, { workerData: this.#path, name: 'holdfast sqlite reader' });
    worker.on('message', (report: ReaderReport) => this.#hear(report));
    worker.on('error', (error) => this.#end(worker, failureOf(error)));
    worker.on('messageerror', (error) => this.#end(worker, failureOf(error)));
    worker.on('exit', () => this.#end(worker, broken));
    return worker;
  }

  #hear(report: ReaderReport): void {
    const asking = this.#asking.get(report.id);
    this.#asking.delete(report.id);
    if (this.#asking.size === 0 && !this.#closed) this.#worker?.unref();
    if ('failure' in report) asking?.reject(storeError(report.failure));
    else asking?.resolve(report.answer);
  }

  #end(worker: Worker, failure: Failure): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    const asking = [...this.#asking.values()];
    this.#asking.clear();
    for (const { reject } of asking) reject(storeError(failure));
  }
}

const broken: Failure = { reason: 'other', message: 'the thread that reads has broken down' };
