/**
 * A provider with a capacity, in a process of its own: `node provider.ts '{"slots":…}'`. It tells its parent its port,
 * and the parent tells it when it is to stall and when to go on. It goes on with what nobody waits for any more, as
 * most servers do: a request that has its time-out has taken a slot all the same.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seeded } from '../measures/material.ts';

export interface ProviderOptions {
  /** Requests at a time. */
  readonly slots: number;
  /** Milliseconds that one takes on average: from half of it to half as much again. */
  readonly service: number;
  /** What becomes of a request that finds no slot: it waits its turn, or is told 503 at once. */
  readonly whenFull: 'queues' | 'refuses';
  /** Share of the requests that are told 503 after they had a slot, 0 to 1. */
  readonly failing: number;
}

export type ToProvider = 'stall' | 'go on';
export interface FromProvider {
  readonly port: number;
}

if (import.meta.main) serve(JSON.parse(process.argv[2] ?? '{}') as ProviderOptions);

function serve({ slots, service, whenFull, failing }: ProviderOptions): void {
  const random = seeded();
  const queue: ServerResponse[] = [];
  let running = 0;
  let stalled = false;

  const next = () => {
    while (!stalled && running < slots) {
      const response = queue.shift();
      if (response === undefined) return;
      running += 1;
      const status = random() < failing ? 503 : 200;
      setTimeout(
        () => {
          running -= 1;
          answer(response, status);
          next();
        },
        service * (0.5 + random()),
      );
    }
  };

  const server = createServer((request, response) => {
    request.resume();
    if (whenFull === 'refuses' && running + queue.length >= slots) {
      answer(response, 503);
      return;
    }
    queue.push(response);
    next();
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port } satisfies FromProvider);
  });
  process.on('message', (what: ToProvider) => {
    stalled = what === 'stall';
    next();
  });
  process.on('disconnect', () => process.exit(0));
}

function answer(response: ServerResponse, status: number): void {
  if (response.destroyed) return;
  response
    .writeHead(status, { 'content-type': 'text/plain' })
    .end(status === 200 ? 'an answer' : 'overloaded');
}
