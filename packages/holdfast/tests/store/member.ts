import type { Duration, Outcome } from '../../src/index.ts';
import { ObeyingChild } from '../child.ts';

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

/** What it tells unasked. */
export type Told =
  /** A generator has begun. */
  | { readonly ran: string }
  /** All calls of a herd are made. */
  | { readonly asked: string };

const program = new URL('./member-program.ts', import.meta.url);

/** A process with a cache over a store. */
export class Member extends ObeyingChild<Command, Answers> {
  /** The keys whose generators have begun. */
  readonly ran: string[] = [];
  readonly asked: string[] = [];
  readonly #watches = new Set<() => void>();

  constructor() {
    super(program);
  }

  static async open(options: Omit<Extract<Command, { type: 'open' }>, 'type'>): Promise<Member> {
    const member = new Member();
    await member.do({ type: 'open', ...options });
    return member;
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

  async close(): Promise<void> {
    await this.do({ type: 'close' });
    await this.ended();
  }

  protected override hear(told: Told): void {
    if ('ran' in told) this.ran.push(told.ran);
    else this.asked.push(told.asked);
    for (const look of this.#watches) look();
  }
}

/** Ends what a test has left behind. */
export async function endMembers(members: readonly Member[]): Promise<void> {
  await Promise.all(members.filter(({ isRunning }) => isRunning).map((member) => member.kill()));
}
