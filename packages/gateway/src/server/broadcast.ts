import type { ServerResponse } from 'node:http';
import type { ServerEvents, StatsAnswer, Status } from '../api/index.ts';
import { EventStream } from './event-stream.ts';
import { Refusal } from './refusal.ts';

/** Of what is asked again and again; each is plain JSON. */
export interface Present {
  status(): Status;
  stats(): StatsAnswer;
  lab(): ServerEvents['lab'];
}

const maxClients = 32;
const tickMs = 250;
/** 15 seconds: under the idle limits of common proxies. */
const ticksPerBeat = 60;
/** A client that has read nothing for a minute is gone. */
const maxStalledBeats = 4;

/** Everybody who listens to `/api/events`. While nobody does, nothing runs. */
export class Broadcast {
  readonly #present: Present;
  readonly #streams = new Set<EventStream>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  #lastStatus = '';
  #lastStats = '';

  constructor(present: Present) {
    this.#present = present;
  }

  /** Makes the answer a stream of events, which begins with the present state. @throws Refusal when it is full */
  join(response: ServerResponse): void {
    if (this.#streams.size >= maxClients) {
      throw new Refusal(503, 'E_TOO_MANY', `${maxClients} clients are listening already`);
    }
    const stream = new EventStream(response);
    this.#streams.add(stream);
    response.on('close', () => this.#leave(stream));
    // Without a listener a connection that breaks while it is written to would end the process.
    response.on('error', () => this.#leave(stream));
    stream.send('status', this.#present.status());
    stream.send('stats', this.#present.stats());
    stream.send('lab', this.#present.lab());
    if (this.#streams.size > 1) return;
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  send<N extends keyof ServerEvents>(name: N, data: ServerEvents[N]): void {
    for (const stream of this.#streams) stream.send(name, data);
  }

  /** Ends every stream. */
  close(): void {
    for (const stream of [...this.#streams]) {
      stream.end();
      this.#leave(stream);
    }
  }

  #leave(stream: EventStream): void {
    if (!this.#streams.delete(stream) || this.#streams.size > 0) return;
    clearInterval(this.#timer);
  }

  /** Status and stats are told when they have changed, whatever changed them; time alone is no news. */
  #tick(): void {
    const status = this.#present.status();
    const statusText = JSON.stringify({ ...status, uptimeSeconds: 0 });
    if (statusText !== this.#lastStatus) this.send('status', status);
    this.#lastStatus = statusText;
    const stats = this.#present.stats();
    const statsText = JSON.stringify(stats);
    if (statsText !== this.#lastStats) this.send('stats', stats);
    this.#lastStats = statsText;
    this.#ticks += 1;
    if (this.#ticks % ticksPerBeat !== 0) return;
    for (const stream of [...this.#streams]) if (stream.beat() > maxStalledBeats) stream.destroy();
  }
}
