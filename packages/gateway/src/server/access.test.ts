import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { checkSource } from './access.ts';

// Of a request nothing else is looked at here, and a whole one needs a socket.
const from = (host: string, port: number) => () =>
  checkSource({ rawHeaders: ['Host', host], headers: {} } as unknown as IncomingMessage, port, 'api');

test.each(['127.0.0.1', 'localhost', '[::1]', '127.0.0.1:80', 'localhost:80'])(
  'on port 80, which browsers leave out, %s names this server',
  (host) => {
    expect(from(host, 80)).not.toThrow();
  },
);

test.each([
  ['127.0.0.1', 4747],
  ['127.0.0.1:80', 4747],
  ['127.0.0.1:8080', 80],
  ['evil.example', 80],
  ['evil.example:80', 80],
])('%s does not name a server on port %i', (host, port) => {
  expect(from(host, port)).toThrow(expect.objectContaining({ code: 'E_HOST' }));
});
