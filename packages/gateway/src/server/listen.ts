import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const defaultPort = 4747;
/** How many ports from the default one on are tried before any free one is taken. */
const triedPorts = 20;
/** Herds connect at once; what does not fit is dropped by Linux, and its client waits a second. */
const backlog = 4_096;

/** The port that was asked for is taken, or may not be used. */
export class PortError extends Error {
  override readonly name = 'PortError';
}

/**
 * Listens on 127.0.0.1. A port that was asked for is taken or refused; without one, the default or the next free one.
 * @returns the port
 * @throws PortError
 */
export async function listen(server: Server, port: number | undefined): Promise<number> {
  if (port !== undefined) {
    const code = await attempt(server, port);
    if (code === undefined) return portOf(server);
    const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code})`;
    throw new PortError(`port ${port} ${why}: give another --port, or leave it out to take a free one`);
  }
  const candidates = [...Array.from({ length: triedPorts }, (_, index) => defaultPort + index), 0];
  let code: string | undefined;
  for (const candidate of candidates) {
    code = await attempt(server, candidate);
    if (code === undefined) return portOf(server);
  }
  throw new PortError(`no port of 127.0.0.1 can be listened on (${code})`);
}

function attempt(server: Server, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name);
    server.once('error', failed);
    server.listen({ host: '127.0.0.1', port, backlog }, () => {
      server.off('error', failed);
      resolve(undefined);
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
