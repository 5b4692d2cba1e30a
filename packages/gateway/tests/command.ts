import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const bin = fileURLToPath(new URL('../bin/holdfast-gateway.js', import.meta.url));
const built = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** A running `holdfast …`, as built, and what it has written so far. */
export class Command {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** Both streams, in order of arrival. */
  output = '';
  stdout = '';
  readonly #waiters = new Set<() => void>();
  readonly exited: Promise<number | null>;

  constructor(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    if (!existsSync(built)) throw new Error('packages/gateway/dist is missing: run `npm run build` first');
    const env = { ...process.env, NO_COLOR: '1', ...options.env };
    this.process = spawn(process.execPath, [bin, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#hear(text);
    });
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    // 'close' comes after everything written has been read, 'exit' may come before.
    this.exited = new Promise((resolve) => this.process.on('close', (code) => resolve(code)));
  }

  /** Resolves to the match once a line of the output matches; rejects if the process ends before. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.output.split('\n').slice(0, -1)) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      const more = new Promise<void>((resolve) => this.#waiters.add(resolve));
      const ended = await Promise.race([more.then(() => false), this.exited.then(() => true)]);
      if (ended && !this.output.split('\n').some((line) => pattern.test(line))) {
        throw new Error(`the command ended without a line that matches ${pattern}:\n${this.output}`);
      }
    }
  }

  #hear(text: string): void {
    this.output += text;
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  options?: { cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<{ code: number | null; output: string; stdout: string }> {
  const command = new Command(args, options);
  const code = await command.exited;
  return { code, output: command.output, stdout: command.stdout };
}

/** A folder with these files, gone after the test. */
export function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Somebody who has the address of a server and its token. */
export class Client {
  readonly port: number;
  readonly token: string;

  constructor(port: number, token: string) {
    this.port = port;
    this.token = token;
  }

  /** `GET`, or `POST` with a body or with `null` for none. */
  async ask(path: string, body?: unknown): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, {
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && body !== null && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { method: 'POST' }),
      ...(body !== undefined && body !== null && { body: JSON.stringify(body) }),
    });
  }

  async json<T>(path: string, body?: unknown): Promise<T> {
    const response = await this.ask(path, body);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}

/** A server that is ready. */
export class Server extends Client {
  readonly command: Command;

  constructor(command: Command, port: number, token: string) {
    super(port, token);
    this.command = command;
  }

  /** Ends it by SIGTERM and resolves to its exit code. */
  stop(): Promise<number | null> {
    this.command.process.kill('SIGTERM');
    return this.command.exited;
  }
}

/** Serves a folder; stopped after the test. */
export async function startServe(
  folder: string,
  args: readonly string[] = ['--port', '0'],
  options?: { cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<Server> {
  const command = new Command(['serve', folder, ...args], options);
  onTestFinished(async () => {
    command.process.kill('SIGKILL');
    await command.exited;
  });
  const [, port, token] = await command.line(/^open http:\/\/127\.0\.0\.1:(\d+)\/#token=([\w-]{32,})$/);
  await command.line(/^ready: /);
  return new Server(command, Number(port), token as string);
}
