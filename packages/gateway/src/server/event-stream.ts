import type { ServerResponse } from 'node:http';
import type { ServerEvents } from '../api/index.ts';

type Name = keyof ServerEvents;

/** Of these only the newest matters: while a client is slow, a newer one takes the place of an older. */
const states: ReadonlySet<Name> = new Set(['status', 'stats', 'lab', 'missed'] satisfies Name[]);

/** Bytes that may wait in the socket, and events behind them, before a client counts as slow, and loses events. */
const maxBufferedBytes = 262_144;
const maxQueuedEvents = 512;

/**
 * The server-sent events of one client. What it does not read is bounded: of states only the newest waits, other
 * events wait up to a number and are then dropped, oldest first, and the client is told how many.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #queue: { name: Name; data: unknown }[] = [];
  #missed = 0;
  #stalledTicks = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    response.on('drain', () => this.#flush());
  }

  send<N extends Name>(name: N, data: ServerEvents[N]): void {
    if (this.#queue.length === 0 && this.#writable) this.#write(name, data);
    else this.#enqueue(name, data);
  }

  /** A comment that keeps the connection, so that a dead one is noticed. @returns ticks without anything being read */
  beat(): number {
    this.#stalledTicks = this.#writable ? 0 : this.#stalledTicks + 1;
    if (this.#writable) this.#response.write(': beat\n\n');
    return this.#stalledTicks;
  }

  end(): void {
    this.#response.end();
    // A client that does not read would keep the socket, and so the server, from closing.
    if (!this.#writable) this.#response.destroy();
  }

  destroy(): void {
    this.#response.destroy();
  }

  get #writable(): boolean {
    return this.#response.writableLength < maxBufferedBytes;
  }

  #enqueue(name: Name, data: unknown): void {
    const waiting = states.has(name) ? this.#queue.find((event) => event.name === name) : undefined;
    if (waiting !== undefined) {
      waiting.data = data;
      return;
    }
    this.#queue.push({ name, data });
    if (this.#queue.length <= maxQueuedEvents) return;
    const oldest = this.#queue.findIndex((event) => !states.has(event.name));
    this.#queue.splice(oldest, 1);
    this.#missed += 1;
  }

  #flush(): void {
    if (this.#missed > 0 && this.#writable) {
      this.#write('missed', { events: this.#missed });
      this.#missed = 0;
    }
    while (this.#writable) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#write(next.name, next.data);
    }
  }

  #write(name: Name, data: unknown): void {
    // JSON has no raw line ends, so one data line is enough.
    this.#response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
