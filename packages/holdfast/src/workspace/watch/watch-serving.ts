import { parentPort, workerData } from 'node:worker_threads';
import type { Kernel } from './kernel.ts';
import type { Order, ThreadData } from './order.ts';
import { WatchThread } from './watch-thread.ts';

const beat = 1_000;

/** Runs in a thread of its own until it is told to close. */
export function serveWatching(kernel: Kernel): void {
  const port = parentPort;
  if (port === null) throw new Error('watching runs in a thread of its own');
  const thread = new WatchThread(kernel, workerData as ThreadData, (words) => port.postMessage(words));
  const timer = setInterval(() => thread.beat(), beat);
  timer.unref();
  // The last of three layers: whatever else is thrown does not end the thread.
  process.on('uncaughtException', (error) => thread.survive(error));
  port.on('message', (order: Order) => {
    if (order.type !== 'close') return thread.order(order);
    clearInterval(timer);
    thread.close();
    port.close();
  });
}
