import { exitCode } from './exit-code.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSignal {
  /** Resolves to the name of the first signal, or to undefined when `stop` was called. */
  wait(): Promise<string | undefined>;
  stop(): void;
  /** Signals have their usual effect again. */
  end(): void;
}

/**
 * npm hands on a Ctrl-C that the terminal has sent to this process as well: a second signal within this time is the
 * same one.
 */
const echoMs = 500;

/** Listens for being told to stop. A second signal ends the process at once. */
export function stopSignal(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let toldAt: number | undefined;
  const hear = (signal: NodeJS.Signals) => {
    if (toldAt === undefined) {
      toldAt = performance.now();
      resolve(signal);
    } else if (performance.now() - toldAt > echoMs) process.exit(exitCode.interrupted);
  };
  for (const signal of signals) process.on(signal, hear);
  return {
    wait: () => promise,
    stop: () => resolve(undefined),
    end: () => {
      for (const signal of signals) process.off(signal, hear);
    },
  };
}
