import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkspaceOptions } from '../../src/workspace/index.ts';
import type { WatchStatus } from '../../src/workspace/watch/watcher.ts';
import type { Question, Reckoning } from './witness.ts';

export type Command =
  | { readonly type: 'open'; readonly root: string; readonly options?: WorkspaceOptions }
  | { readonly type: 'watch'; readonly paths: readonly string[]; readonly questions?: readonly Question[] }
  | { readonly type: 'reckon' }
  | { readonly type: 'status' }
  /** Resolves when another digest than this was told of a file, with no call that would look at it. */
  | { readonly type: 'told'; readonly path: string; readonly digest: string }
  /** What of its watching is left, after closing. */
  | { readonly type: 'close' };

interface Answers {
  open: undefined;
  watch: undefined;
  reckon: Reckoning;
  status: WatchStatus;
  told: string;
  close: readonly string[];
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

const program = fileURLToPath(new URL('./program.ts', import.meta.url));
const running = new Set<Child>();

export interface ChildOptions {
  readonly user?: number | undefined;
  /** The most watches that the process may have; in a namespace of its own, so that nobody else has fewer. */
  readonly watches?: number;
}

/** Another process with a witness. */
export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #exit: Promise<unknown>;
  #lastId = 0;

  constructor({ user, watches }: ChildOptions = {}) {
    const node = [process.execPath, program];
    const lower = `echo ${watches} > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`;
    const [file, ...args] = watches === undefined ? node : ['unshare', '-Ur', 'sh', '-c', lower, ...node];
    this.#process = spawn(file as string, args, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      ...(user !== undefined && { uid: user, gid: user }),
    });
    let errors = '';
    this.#process.stderr?.on('data', (text) => {
      errors += text;
    });
    this.#process.on('message', (reply: Reply) => this.#hear(reply));
    this.#exit = once(this.#process, 'exit').then(() => {
      running.delete(this);
      for (const { reject } of this.#waiting.values()) reject(new Error(`the process has ended: ${errors}`));
    });
    running.add(this);
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
    await this.#exit;
  }

  #hear(reply: Reply): void {
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
