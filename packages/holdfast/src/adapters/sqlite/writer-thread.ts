import type { Failure } from './failure.ts';
import { HeldFile } from './held-file.ts';
import type { Order, WriterData, WriterMessage, WriterReport } from './order.ts';
import { OrderQueue, type Pending } from './order-queue.ts';
import { backOff } from './patience.ts';
import { Room } from './room.ts';

/** The caller gives up at 250. */
const leaseTimeout = 240;
/** How often a file that cannot be written is looked at, and a full disk. */
const lookEvery = 500;

/** The only thread of a store that writes: what was ordered, in groups, and what is amiss with the file, at times. */
export class WriterThread {
  readonly #data: WriterData;
  readonly #report: (report: WriterReport) => void;
  readonly #queue = new OrderQueue();
  readonly #file: HeldFile;
  readonly #looking: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #attempt = 0;
  #closing: { readonly end: number; readonly done: () => void } | undefined;

  constructor(data: WriterData, report: (report: WriterReport) => void) {
    this.#data = data;
    this.#report = report;
    const room = new Room(data.path, data.settings, (lack) => report({ type: 'room', lack }));
    this.#file = new HeldFile(data, room, report);
    this.#looking = setInterval(() => this.#look(false), lookEvery).unref();
  }

  hear(message: WriterMessage, done: () => void): void {
    switch (message.type) {
      case 'orders': {
        const now = performance.now();
        for (const [id, order] of message.orders) {
          this.#queue.add({ id, order, deadline: now + this.#patienceFor(order) });
        }
        this.#soon();
        break;
      }
      case 'look':
        this.#look(message.suspicious);
        break;
      case 'close':
        this.#closing = { end: performance.now() + this.#data.settings.closeTimeout, done };
        this.#soon();
    }
  }

  #patienceFor({ deed }: Order): number {
    return deed === 'acquire' ? leaseTimeout : this.#data.settings.writeTimeout;
  }

  #soon(): void {
    if (this.#turn !== undefined || this.#timer !== undefined) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#run();
    });
  }

  #later(): void {
    this.#attempt += 1;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#run();
    }, backOff(this.#attempt));
  }

  #run(): void {
    const now = performance.now();
    const end = this.#closing?.end ?? Number.POSITIVE_INFINITY;
    this.#fail(this.#queue.takeLate(now >= end ? Number.POSITIVE_INFINITY : now), {
      reason: 'busy',
      message: 'another process holds the write lock of the file',
    });
    if (this.#queue.size === 0) {
      this.#idle();
      return;
    }
    this.#file.follow();
    const left = this.#write(this.#queue.take());
    if (left.length > 0) {
      this.#queue.restore(left);
      this.#later();
    } else {
      this.#attempt = 0;
      this.#soon();
    }
  }

  /** @returns what another process keeps from being written; everything else is settled */
  #write(all: readonly Pending[]): readonly Pending[] {
    let group = all;
    for (let round = 0; ; round += 1) {
      const { lack } = this.#file;
      if (lack !== undefined) {
        this.#fail(group, lack);
        return [];
      }
      const outcome = this.#file.run(group);
      if (outcome.state === 'settled') return [];
      group = outcome.left;
      if (outcome.failure.reason === 'busy') return group;
      const damaged = outcome.failure.reason === 'damaged';
      if (round > (damaged ? 1 : 0)) {
        this.#fail(group, outcome.failure);
        return [];
      }
      if (damaged) this.#file.distrust();
      else this.#file.check();
    }
  }

  #fail(group: readonly Pending[], failure: Failure): void {
    if (group.length > 0) this.#report({ type: 'failed', ids: group.map(({ id }) => id), failure });
  }

  #look(suspicious: boolean): void {
    this.#file.look(suspicious, this.#queue.size === 0);
  }

  #idle(): void {
    if (this.#closing === undefined) {
      if (this.#file.tidy()) this.#soon();
      return;
    }
    this.#file.close();
    clearInterval(this.#looking);
    this.#closing.done();
  }
}
