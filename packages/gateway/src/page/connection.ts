import type { ServerEvents } from '../api.ts';
import { EventStream } from './event-stream.ts';
import { RefusedError, type Server } from './server.ts';

/** `refused`: the server does not take this page's token, and asking again would not help. */
export type ConnectionState = 'connecting' | 'live' | 'lost' | 'refused';

export interface ConnectionListeners {
  readonly events: { readonly [Name in keyof ServerEvents]: (data: ServerEvents[Name]) => void };
  readonly state: (state: ConnectionState) => void;
}

const firstRetry = 300;
const lastRetry = 5_000;

/** Listens to the server for as long as the page lives, and comes back by itself when the server does. */
export async function connect(server: Server, listeners: ConnectionListeners): Promise<void> {
  let retry = firstRetry;
  listeners.state('connecting');
  for (;;) {
    try {
      const response = await server.events(new AbortController().signal);
      listeners.state('live');
      retry = firstRetry;
      await read(response, listeners);
    } catch (error) {
      if (error instanceof RefusedError && (error.status === 401 || error.status === 403)) {
        listeners.state('refused');
        return;
      }
      if (!(error instanceof TypeError || error instanceof RefusedError)) throw error;
      // A TypeError is fetch's word for a server that is not there, or went away in the middle.
    }
    listeners.state('lost');
    await sleep(retry);
    retry = Math.min(retry * 2, lastRetry);
  }
}

/** Ends when the server ends the stream; rejects with a TypeError when the connection breaks. */
async function read(response: Response, { events }: ConnectionListeners): Promise<void> {
  if (response.body === null) return;
  const stream = new EventStream();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    for (const { name, data } of stream.push(piece.value)) {
      if (!Object.hasOwn(events, name)) continue;
      const listener = events[name as keyof ServerEvents] as (data: unknown) => void;
      listener(JSON.parse(data));
    }
  }
}

/** Waits, but not longer than until somebody looks at the page again. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', done);
      resolve();
    }
    document.addEventListener('visibilitychange', done);
  });
}
