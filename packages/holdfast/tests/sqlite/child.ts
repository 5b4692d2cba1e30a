import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SqliteStoreOptions } from '../../src/adapters/sqlite/index.ts';
import type { Outcome } from '../../src/index.ts';
import type { Claim, Fence, StoreStatus } from '../../src/stores/store.ts';

export type Command =
  | { readonly type: 'open'; readonly path: string; readonly options?: SqliteStoreOptions }
  | { readonly type: 'commit'; readonly name: string; readonly fence?: Fence }
  | { readonly type: 'read'; readonly name: string }
  | { readonly type: 'acquire'; readonly name: string; readonly term: number }
  /** Commits on and on: records, or the values of a cache. */
  | { readonly type: 'flood'; readonly name: string; readonly what: 'records' | 'values' }
  /** Asks a cache over the store for a value. */
  | { readonly type: 'make'; readonly name: string }
  | { readonly type: 'failures' }
  | { readonly type: 'invalidate'; readonly name: string }
  | { readonly type: 'transact'; readonly path: string; readonly sql: string }
  | { readonly type: 'close' };

interface Answers {
  open: StoreStatus;
  commit: 'committed' | 'fenced' | 'full';
  read: boolean;
  acquire: Claim;
  flood: undefined;
  make: { readonly value: string; readonly outcome: Outcome };
  /** Why the store has failed, in words. */
  failures: string;
  /** Its sequence number. */
  invalidate: number;
  transact: number;
  close: undefined;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly acknowledged: string };

const program = fileURLToPath(new URL('./program.ts', import.meta.url));
const running = new Set<Child>();

/** Another process with a store. */
export class Child {
  readonly acknowledged: string[] = [];
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #exit: Promise<unknown>;
  #watch: { readonly count: number; readonly met: () => void } | undefined;
  #lastId = 0;

  constructor(user?: number) {
    this.#process = spawn(process.execPath, [program], {
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

  /** Resolves when so many commits are acknowledged. */
  async acknowledges(count: number): Promise<void> {
    if (this.acknowledged.length >= count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watch = { count, met: resolve };
    await promise;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exit;
  }

  async close(): Promise<void> {
    this.do({ type: 'close' }).catch(() => {});
    await this.#exit;
  }

  #hear(reply: Reply): void {
    if ('acknowledged' in reply) {
      this.acknowledged.push(reply.acknowledged);
      if (this.acknowledged.length >= (this.#watch?.count ?? Number.POSITIVE_INFINITY)) this.#watch?.met();
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.value);
  }
}

/** Ends whatever this file has started and a failed test has left behind. */
export async function endChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()));
}
