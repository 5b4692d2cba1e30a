/**
 * The least that a cached answer can take of Node's HTTP server: each is asked for once, and then it is in memory.
 * `node memory-server.ts <port of the provider>`; tells its parent its port.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const port = Number(process.argv[2]);
const kept = new Map<string, Promise<{ readonly type: string; readonly body: Buffer }>>();

const server = createServer((asked, answer) => {
  const parts: Buffer[] = [];
  asked.on('data', (part: Buffer) => parts.push(part));
  asked.on('end', async () => {
    const url = asked.url ?? '';
    let found = kept.get(url);
    if (found === undefined) {
      found = ask(url, Buffer.concat(parts));
      kept.set(url, found);
    }
    const { type, body } = await found;
    answer.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body);
  });
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit(0));

async function ask(url: string, body: Buffer<ArrayBuffer>) {
  const headers = { 'content-type': 'application/json', 'x-goog-api-key': 'simulated' };
  const response = await fetch(`http://127.0.0.1:${port}${url}`, { method: 'POST', headers, body });
  const type = response.headers.get('content-type') ?? '';
  return { type, body: Buffer.from(await response.arrayBuffer()) };
}
