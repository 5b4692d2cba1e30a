/**
 * The worker thread of one side of the lab. Each side has its own, so that a thousand unprotected calls slow down
 * neither the callers beside them nor the server.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LocalSide, type SideName } from './side.ts';
import type { Order, Report } from './side-messages.ts';

const reportMs = 100;

/** While nothing is played the minutes of the limits go on. */
const restingReportMs = 500;

const port = parentPort;
if (port === null) throw new Error('side-worker.ts runs as a worker thread only');
const side = await LocalSide.start(workerData as SideName);
let told = '';
await report({});

port.on('message', (order: Order) => {
  carryOut(order)
    .then(
      () => report({ id: order.id }),
      (error: unknown) =>
        report({ id: order.id, error: error instanceof Error ? error.message : String(error) }),
    )
    .catch(breakDown);
});
setInterval(() => reportChange().catch(breakDown), restingReportMs).unref();

async function report(what: Omit<Report, 'state'>): Promise<void> {
  const state = await side.state();
  told = JSON.stringify(state);
  port?.postMessage({ ...what, state } satisfies Report);
}

async function reportChange(): Promise<void> {
  if (JSON.stringify(await side.state()) !== told) await report({});
}

/** What the worker cannot even report ends it: the lab hears of that, and starts another one. */
function breakDown(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

async function carryOut({ what }: Order): Promise<void> {
  switch (what.name) {
    case 'play': {
      const timer = setInterval(() => report({}).catch(breakDown), reportMs);
      try {
        await side.play(what.scene);
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
