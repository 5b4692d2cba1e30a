import { parentPort } from 'node:worker_threads';
import type { Order } from '../../src/workspace/watch/order.ts';

/** A thread that hangs, say in a look at a disk that does not answer: it says nothing, whatever it is told. */
parentPort?.on('message', (order: Order) => {
  if (order.type === 'close') parentPort?.close();
});
