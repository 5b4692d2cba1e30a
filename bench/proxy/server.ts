import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nextMessage } from '../messages.ts';

/** A process that answers over HTTP. */
export interface Server {
  readonly port: number;
  /** Bytes that it has in memory now; undefined where the system does not tell (not Linux). */
  memory(): number | undefined;
  stop(): Promise<void>;
}

/** One that tells its parent its port. */
export async function forkServer(
  file: string,
  ...args: readonly string[]
): Promise<Server & { child: ChildProcess }> {
  const child = fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const { port } = await nextMessage<{ port: number }>(child);
  return { child, ...serverOf(child, port) };
}

/** `holdfast serve` as it comes, on a folder of one file. @param upstream port of the provider */
export async function startHoldfast(upstream: number): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  writeFileSync(join(folder, 'a.ts'), 'export const a = 1;\n');
  const program = fileURLToPath(import.meta.resolve('@holdfast/gateway/command'));
  const address = `http://127.0.0.1:${upstream}`;
  const args = [program, 'serve', folder, '--port', '0', '--gemini-upstream', address];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const port = await until(child, () => /^open http:\/\/127\.0\.0\.1:(\d+)\//m.exec(text)?.[1]);
  const { stop, memory } = serverOf(child, Number(port));
  return {
    port: Number(port),
    memory,
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Portkey's gateway as its package starts it, without its page of logs. */
export async function startPortkey(): Promise<Server> {
  const port = await freePort();
  const program = fileURLToPath(
    new URL('../node_modules/@portkey-ai/gateway/build/start-server.js', import.meta.url),
  );
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, [program, `--port=${port}`, '--headless'], { stdio: 'ignore', env });
  await until(child, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    return response?.ok;
  });
  return serverOf(child, port);
}

function serverOf(child: ChildProcess, port: number): Server {
  return {
    port,
    memory: () => {
      try {
        const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
        return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
      } catch {
        return undefined;
      }
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** Looks ten times a second, for half a minute. */
async function until<T>(child: ChildProcess, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const found = await look();
    if (found) return found;
    await sleep(100);
  }
  child.kill();
  throw new Error(`${child.spawnargs.slice(1).join(' ')} did not come up`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
