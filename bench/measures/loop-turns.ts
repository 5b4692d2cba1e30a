import { monitorEventLoopDelay } from 'node:perf_hooks';
import { turn } from './material.ts';

/** Calls `look` in every turn of the event loop while something runs. Resolves to how late timers of a millisecond came. */
export async function inEveryTurn(
  run: () => Promise<unknown>,
  look: () => void,
): Promise<ReturnType<typeof monitorEventLoopDelay>> {
  const timers = monitorEventLoopDelay({ resolution: 1 });
  let running = true;
  const ping = (): void => {
    look();
    if (running) setImmediate(ping);
  };
  timers.enable();
  setImmediate(ping);
  await run();
  running = false;
  timers.disable();
  await turn();
  return timers;
}
