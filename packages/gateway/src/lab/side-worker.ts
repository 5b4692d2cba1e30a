/**
 * The worker thread of one side of the lab. Each side has its own, so that a thousand unprotected calls slow down
 * neither the callers beside them nor the server.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LocalSide, type SideName } from './side.ts';
import type { Order, Report } from './side-messages.ts';

const reportMs = 100;

const port = parentPort;
if (port === null) throw new Error('side-worker.ts runs as a worker thread only');
const side = await LocalSide.start(workerData as SideName);
const report = (message: Report) => port.postMessage(message);

port.on('message', (order: Order) => {
  carryOut(order).then(
    () => report({ id: order.id, state: side.state() }),
    (error: unknown) =>
      report({
        id: order.id,
        state: side.state(),
        error: error instanceof Error ? error.message : String(error),
      }),
  );
});
report({ state: side.state() });

async function carryOut({ what }: Order): Promise<void> {
  switch (what.name) {
    case 'herd': {
      const timer = setInterval(() => report({ state: side.state() }), reportMs);
      try {
        await side.herd(what.callers);
      } finally {
        clearInterval(timer);
      }
      return;
    }
    case 'mood':
      return side.mood(what.mood);
    case 'expire':
      return side.expire();
    case 'reset':
      return side.reset();
  }
}
