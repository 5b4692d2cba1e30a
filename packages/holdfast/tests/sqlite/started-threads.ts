import type * as threads from 'node:worker_threads';
import type { WriterReport } from '../../src/adapters/sqlite/order.ts';

/** The threads of all stores, in the order of their beginning, in a test that has `node:worker_threads` observed. */
export const started: threads.Worker[] = [];
const listeners = new Set<(report: WriterReport) => void>();

export function observed(actual: typeof threads): typeof threads {
  class Observed extends actual.Worker {
    constructor(...given: ConstructorParameters<typeof actual.Worker>) {
      super(...given);
      started.push(this);
      this.on('message', (report) => {
        for (const listener of listeners) listener(report);
      });
    }
  }
  return { ...actual, Worker: Observed };
}

/** Resolves when a thread that writes has opened a file, after the store was told. */
export function fileOpened(): Promise<Extract<WriterReport, { readonly type: 'opened' }>> {
  return new Promise((resolve) => {
    const listener = (report: WriterReport): void => {
      if (report.type !== 'opened') return;
      listeners.delete(listener);
      resolve(report);
    };
    listeners.add(listener);
  });
}
