import type { Contender } from '../contenders/contender.ts';
import { turn } from './material.ts';

export interface HerdOptions {
  readonly callers: number;
  /** Milliseconds that a generation takes. */
  readonly latency: number;
  readonly failing: boolean;
}

export interface Herd {
  /** Runs of the generator. */
  readonly calls: number;
  readonly milliseconds: number;
  readonly resolved: number;
  readonly rejected: number;
  /** Callers that were handed `undefined` as if it were a value. */
  readonly empty: number;
  /** Bytes held while all callers wait, where `--expose-gc` allows to tell. */
  readonly bytes: number | undefined;
}

/** Many callers at once for one cold key. */
export async function measureHerd(contender: Contender, options: HerdOptions): Promise<Herd> {
  const { read } = contender;
  if (read === undefined) throw new Error('a herd needs a read-through');
  // A first, small herd on another key compiles what there is to compile.
  await settle(read, 'warm', 50, async () => ({ id: 0 }));
  let calls = 0;
  const generate = async (): Promise<unknown> => {
    calls += 1;
    await turn(options.latency);
    if (options.failing) throw new Error('the provider is down');
    return { id: calls };
  };
  const start = performance.now();
  const outcome = await settle(read, 'cold', options.callers, generate);
  const milliseconds = performance.now() - start;
  const bytes = options.failing ? undefined : await weighWaiting(read, options.callers);
  return { calls, milliseconds, ...outcome, bytes };
}

type Read = NonNullable<Contender['read']>;

async function settle(read: Read, key: string, callers: number, generate: () => Promise<unknown>) {
  let [resolved, rejected, empty] = [0, 0, 0];
  const waiting: Promise<void>[] = [];
  for (let i = 0; i < callers; i++) {
    waiting.push(
      read(key, generate).then(
        (value) => {
          if (value === undefined) empty += 1;
          else resolved += 1;
        },
        () => {
          rejected += 1;
        },
      ),
    );
  }
  await Promise.all(waiting);
  return { resolved, rejected, empty };
}

/** Holds the generation open until everything that the callers hold has been weighed. */
async function weighWaiting(read: Read, callers: number): Promise<number | undefined> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) return undefined;
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const waiting: Promise<unknown>[] = new Array(callers).fill(Promise.resolve());
  // What compiling left behind goes first.
  for (let i = 0; i < 3; i++) {
    used();
    await turn();
  }
  const before = used();
  for (let i = 0; i < callers; i++) {
    waiting[i] = read('weighed', async () => {
      await gate;
      return { id: 1 };
    });
  }
  await turn(50);
  const bytes = used() - before;
  release();
  await Promise.all(waiting);
  return bytes;
}
