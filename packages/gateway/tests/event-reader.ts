import { onTestFinished } from 'vitest';
import type { ServerEvents } from '../src/api/index.ts';
import type { Server } from './command.ts';

type Name = keyof ServerEvents;

/** Reads `/api/events` of a server. Events that came before they were asked for are kept. */
export class EventReader {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = '';
  #kept: { name: string; data: unknown }[] = [];

  private constructor(response: Response) {
    this.response = response;
    if (response.body === null) throw new Error('no events');
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    onTestFinished(() => this.#reader.cancel().catch(() => undefined));
  }

  static async open(server: Server): Promise<EventReader> {
    return new EventReader(await server.ask('/api/events'));
  }

  /** The next event of this name that fits; those before it are passed over. */
  async next<N extends Name>(
    name: N,
    fits: (data: ServerEvents[N]) => boolean = () => true,
  ): Promise<ServerEvents[N]> {
    for (;;) {
      const event = this.#kept.shift();
      if (event === undefined) {
        if (!(await this.#read())) throw new Error(`the events ended before '${name}'`);
      } else if (event.name === name && fits(event.data as ServerEvents[N])) {
        return event.data as ServerEvents[N];
      }
    }
  }

  /** Reads on until the server ends the stream. */
  async end(): Promise<void> {
    while (await this.#read()) this.#kept = [];
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    this.#text += value;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const match = /^event: (.+)\ndata: (.+)$/.exec(block);
      if (match !== null) this.#kept.push({ name: match[1] as string, data: JSON.parse(match[2] as string) });
    }
    return true;
  }
}
