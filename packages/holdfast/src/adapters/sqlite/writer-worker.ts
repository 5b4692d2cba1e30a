import { parentPort, workerData } from 'node:worker_threads';
import type { WriterData, WriterMessage } from './order.ts';
import { WriterThread } from './writer-thread.ts';

const port = parentPort;
if (port === null) throw new Error('writer-worker.ts runs in a thread of its own');
const thread = new WriterThread(workerData as WriterData, (report) => port.postMessage(report));
port.on('message', (message: WriterMessage) => thread.hear(message, () => port.close()));
