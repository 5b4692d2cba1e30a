import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Duration, Outcome } from '../../src/index.ts';

export type Command =
  | {
      readonly type: 'open';
      readonly path: string;
      readonly coherence?: 'bounded' | 'strict';
      readonly ttl?: Duration;
      /** The root of a workspace. */
      readonly root?: string;
      /** Signatures are believed at once, as if its files were old. */
      readonly believes?: boolean;
    }
  /** So many calls for one key; their generator ends when it is told to. Answers when all have settled. */
  | { readonly type: 'herd'; readonly key: string; readonly callers: number }
  /** Ends the generator that runs for a key. */
  | { readonly type: 'finish'; readonly key: string; readonly value: string }
  | { readonly type: 'fail'; readonly key: string; readonly message: string }
  | { readonly type: 'make' | 'set'; readonly key: string; readonly value: string }
  | {
      readonly type: 'invalidate' | 'expire' | 'lookup' | 'peek' | 'outline' | 'untilGone';
      readonly key: string;
    }
  /** Sets the wall clock that the cache was handed. */
  | { readonly type: 'jump'; readonly milliseconds: number }
  | { readonly type: 'flush' | 'runs' | 'opened' | 'shown' | 'close' };

export interface Answer {
  readonly value: unknown;
  readonly outcome: Outcome;
}

interface Answers {
  open: undefined;
  /** How often each value, or each error's code, was given. */
  herd: Readonly<Record<string, number>>;
  finish: undefined;
  fail: undefined;
  make: Answer;
  set: boolean;
  /** When it was acknowledged. */
  invalidate: number;
  expire: boolean;
  lookup: Answer | undefined;
  peek: unknown;
  outline: Answer;
  /** When nothing was in memory any more. */
  untilGone: number;
  jump: undefined;
  flush: undefined;
  /** Generations that were started. */
  runs: number;
  /** Files that the workspace has opened. */
  opened: number;
  /** Events, errors and statistics, in every form that a log might show of them. */
  shown: string;
  close: undefined;
}

export type Told =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  /** A generator has begun. */
  | { readonly ran: string }
  /** All calls of a herd are made. */
  | { readonly asked: string };

const program = fileURLToPath(new URL('./member-program.ts', import.meta.url));
const running = new Set<Member>();

/** A process with a cache over a store. */
export class Member {
  /** The keys whose generators have begun. */
  readonly ran: string[] = [];
  readonly asked: string[] = [];
  /** What it has written to its standard output and error. */
  output = '';
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #watches = new Set<() => void>();
  readonly #exit: Promise<unknown>;
  #lastId = 0;

  constructor() {
    this.#process = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (text) => {
        this.output += text;
      });
    }
    this.#process.on('message', (told: Told) => this.#hear(told));
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

  static async open(options: Omit<Extract<Command, { type: 'open' }>, 'type'>): Promise<Member> {
    const member = new Member();
    await member.do({ type: 'open', ...options });
    return member;
  }

  do<C extends Command>(command: C): Promise<Answers[C['type']]> {
    this.#lastId += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#lastId, waiting);
    this.#process.send({ id: this.#lastId, command });
    return waiting.promise as Promise<Answers[C['type']]>;
  }

  /** Makes calls, and resolves when they are made; what they come to is in `settled`. */
  async herd(key: string, callers: number): Promise<{ readonly settled: Promise<Answers['herd']> }> {
    const settled = this.do({ type: 'herd', key, callers });
    settled.catch(() => {});
    await this.until(() => this.asked.includes(key));
    return { settled };
  }

  /** Resolves when something that the process tells has made it so. */
  async until(holds: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds()) resolve();
    };
    this.#watches.add(look);
    look();
    await promise;
    this.#watches.delete(look);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exit;
  }

  async close(): Promise<void> {
    await this.do({ type: 'close' });
    await this.#exit;
  }

  #hear(told: Told): void {
    if ('ran' in told) this.ran.push(told.ran);
    else if ('asked' in told) this.asked.push(told.asked);
    else {
      const waiting = this.#waiting.get(told.id);
      this.#waiting.delete(told.id);
      if ('error' in told) waiting?.reject(new Error(told.error));
      else waiting?.resolve(told.value);
    }
    for (const look of this.#watches) look();
  }
}

/** Ends what a test has left behind. */
export async function endMembers(members: readonly Member[]): Promise<void> {
  await Promise.all(members.filter(({ isRunning }) => isRunning).map((member) => member.kill()));
}
