import { isMarkedAsUntransferable, parentPort, workerData } from 'node:worker_threads';
import type { Question, ReaderReport } from './question.ts';
import { ReaderThread } from './reader-thread.ts';

const port = parentPort;
if (port === null) throw new Error('reader-worker.ts runs in a thread of its own');
const thread = new ReaderThread(workerData as string);
port.on('message', (message: readonly [id: number, question: Question] | 'close') => {
  if (message === 'close') {
    thread.close();
    port.close();
  } else {
    const report = thread.answer(...message);
    port.postMessage(report, memoryOf(report));
  }
});

/** What need not be copied: envelopes that have memory of their own. */
function memoryOf(report: ReaderReport): ArrayBuffer[] {
  if (!('answer' in report) || !('found' in report.answer)) return [];
  return report.answer.found
    .map(({ envelope }) => envelope.buffer as ArrayBuffer)
    .filter((memory) => !isMarkedAsUntransferable(memory));
}
