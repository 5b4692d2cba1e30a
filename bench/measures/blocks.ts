import { inEveryTurn } from './loop-turns.ts';

/** How long the event loop stood still at the longest, in milliseconds. */
export interface Block {
  /** From one `setImmediate` to the next, with everything that the machine did besides. */
  readonly wall: number;
  /** The same in time of the processor, of this thread alone. */
  readonly cpu: number;
  /** Of timers of a millisecond, the lateness that only one in a hundred exceeds, the millisecond included. */
  readonly p99: number;
}

export async function longestBlock(run: () => Promise<unknown>): Promise<Block> {
  const cpuTime = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e3;
  };
  let [wall, cpu] = [0, 0];
  let last = { wall: performance.now(), cpu: cpuTime() };
  const timers = await inEveryTurn(run, () => {
    const now = { wall: performance.now(), cpu: cpuTime() };
    wall = Math.max(wall, now.wall - last.wall);
    cpu = Math.max(cpu, now.cpu - last.cpu);
    last = now;
  });
  return { wall, cpu, p99: timers.percentile(99) / 1e6 };
}
