import type { ServerEvents } from '../api/index.ts';
import { EventStream } from './event-stream.ts';
import { GoneError, RefusedError, type Server } from './server.ts';

/** `refused`: the server does not take this page's token; `tokenless`: there is none. Asking again would not help. */
export type ConnectionState = 'connecting' | 'live' | 'lost' | 'refused' | 'tokenless';

export interface ConnectionListeners {
  readonly events: { readonly [Name in keyof ServerEvents]: (data: ServerEvents[Name]) => void };
  readonly state: (state: ConnectionState) => void;
}

const firstRetry = 300;
const lastRetry = 5_000;

/**
 * Listens to the server for as long as the page lives, and comes back by itself when the server does. Rejects when a
 * listener throws: what the page shows would be wrong from then on.
 */
export async function connect(server: Server, listeners: ConnectionListeners): Promise<void> {
  let retry = firstRetry;
  listeners.state('connecting');
  for (;;) {
    const response = await open(server);
    if (response === 'refused') {
      listeners.state('refused');
      return;
    }
    if (response !== 'lost') {
      listeners.state('live');
      retry = firstRetry;
      await read(response, listeners);
    }
    listeners.state('lost');
    await sleep(retry);
    retry = Math.min(retry * 2, lastRetry);
  }
}

async function open(server: Server): Promise<Response | 'refused' | 'lost'> {
  try {
    return await server.events();
  } catch (error) {
    if (error instanceof GoneError) return 'lost';
    if (error instanceof RefusedError)
      return error.status === 401 || error.status === 403 ? 'refused' : 'lost';
    throw error;
  }
}

/** Ends when the stream does, in good order or not. */
async function read(response: Response, { events }: ConnectionListeners): Promise<void> {
  if (response.body === null) return;
  const stream = new EventStream();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await next(reader); piece !== undefined; piece = await next(reader)) {
    for (const { name, data } of stream.push(piece)) {
      if (!Object.hasOwn(events, name)) continue;
      const listener = events[name as keyof ServerEvents] as (data: unknown) => void;
      listener(JSON.parse(data));
    }
  }
}

async function next(reader: ReadableStreamDefaultReader<string>): Promise<string | undefined> {
  try {
    return (await reader.read()).value;
  } catch (error) {
    // The word of every browser for a connection that broke.
    if (error instanceof TypeError) return undefined;
    throw error;
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
