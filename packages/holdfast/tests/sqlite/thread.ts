import { parseOptions } from '../../src/adapters/sqlite/options.ts';
import type { Order, WriterReport } from '../../src/adapters/sqlite/order.ts';
import { WriterThread } from '../../src/adapters/sqlite/writer-thread.ts';
import { numbered } from './record.ts';

const settings = parseOptions({ minFreeBytes: 0 });

/** What a store's writing thread does, in the thread of the test: its file is open when it is there. */
export class Thread {
  readonly reports: WriterReport[] = [];
  readonly #thread: WriterThread;
  #answer: ((result: unknown) => void) | undefined;
  #lastId = 0;

  constructor(path: string) {
    this.#thread = new WriterThread({ path, shown: path, id: 'me', settings }, (report) => {
      this.reports.push(report);
      if (report.type === 'done') this.#answer?.(report.results[0]?.[1]);
      if (report.type === 'failed') this.#answer?.(report.failure);
    });
  }

  order(order: Order): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#answer = resolve;
    this.#lastId += 1;
    this.#thread.hear({ type: 'orders', orders: [[this.#lastId, order]] }, () => {});
    return promise;
  }

  commit(name: string): Promise<unknown> {
    return this.order({ deed: 'commit', record: numbered(name, { tags: ['t'], paths: [`${name}.ts`] }) });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#thread.hear({ type: 'close' }, resolve));
  }

  get whyLost(): string | undefined {
    const lost = this.reports.find((report) => report.type === 'lost');
    return lost && `${lost.message} ${lost.failure?.message}`;
  }
}
