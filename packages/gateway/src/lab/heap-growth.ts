import { Session } from 'node:inspector/promises';
import { getHeapStatistics } from 'node:v8';

/** What this thread's heap holds more than at the start, with the buffers that hang on it, and without what is garbage. */
export class HeapGrowth {
  readonly #before: number;

  private constructor(before: number) {
    this.#before = before;
  }

  static async start(): Promise<HeapGrowth> {
    return new HeapGrowth(await held());
  }

  /** Stops the thread for as long as collecting garbage takes. @returns bytes */
  async measure(): Promise<number> {
    return Math.max(0, (await held()) - this.#before);
  }
}

async function held(): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
  } finally {
    session.disconnect();
  }
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  return heap + buffers;
}
