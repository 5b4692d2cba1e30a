import { parentPort, workerData } from 'node:worker_threads';
import type { Question } from './question.ts';
import { ReaderThread } from './reader-thread.ts';

const port = parentPort;
if (port === null) throw new Error('reader-worker.ts runs in a thread of its own');
const thread = new ReaderThread(workerData as string);
port.on('message', (message: readonly [id: number, question: Question] | 'close') => {
  if (message === 'close') {
    thread.close();
    port.close();
  } else port.postMessage(thread.answer(...message));
});
