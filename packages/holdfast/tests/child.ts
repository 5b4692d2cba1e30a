import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a process answers to the command of that number. */
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

export interface ChildOptions {
  readonly user?: number | undefined;
  /** A command line that runs what follows it. */
  readonly through?: readonly string[];
}

interface Running {
  kill(): Promise<void>;
}

const running = new Set<Running>();

/** Another process, which does what it is told and answers: `obeying` is its side. */
export class ObeyingChild<
  Command extends { readonly type: string },
  Answers extends Readonly<Record<Command['type'], unknown>>,
> {
  /** What it has written to its standard output and error. */
  output = '';
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #exit: Promise<unknown>;
  #lastId = 0;

  constructor(program: URL, { user, through = [] }: ChildOptions = {}) {
    const [file, ...args] = [...through, process.execPath, fileURLToPath(program)];
    this.#process = spawn(file as string, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(user !== undefined && { uid: user, gid: user }),
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (text) => {
        this.output += text;
      });
    }
    this.#process.on('message', (message: object) => {
      if ('id' in message) this.#settle(message as Reply);
      else this.hear(message);
    });
    this.#exit = once(this.#process, 'exit').then(() => {
      running.delete(this);
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`the process has ended: ${this.output}`));
      }
    });
    running.add(this);
  }

  get isRunning(): boolean {
    return running.has(this);
  }

  do<C extends Command>(command: C): Promise<Answers[C['type']]> {
    this.#lastId += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#lastId, waiting);
    this.#process.send({ id: this.#lastId, command });
    return waiting.promise as Promise<Answers[C['type']]>;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#process.kill(signal);
  }

  /** Returns when the kernel says that it stands still. */
  stop(): void {
    this.signal('SIGSTOP');
    while (!/\) T /.test(readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8')));
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  async ended(): Promise<void> {
    await this.#exit;
  }

  /** What it tells of itself, that nobody has asked for. */
  protected hear(_message: object): void {}

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.value);
  }
}

/** Ends whatever a test has left running. */
export async function endChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()));
}

/** In the process itself: does each command that it is told, and answers with what that comes to. */
export function obeying<Command>(obey: (command: Command) => Promise<unknown>): void {
  const answer = (reply: Reply) => process.connected && process.send?.(reply);
  process.on('message', ({ id, command }: { readonly id: number; readonly command: Command }) => {
    obey(command).then(
      (value) => answer({ id, value }),
      (error: Error & { readonly code?: string }) =>
        answer({ id, error: `${error.code ?? error.name} ${error.message}` }),
    );
  });
}
