import { exitCode } from './exit-code.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSignal {
  /** Resolves to the name of the first signal, or to undefined when `stop` was called. */
  wait(): Promise<string | undefined>;
  stop(): void;
  /** Signals have their usual effect again. */
  end(): void;
}

/** Listens for being told to stop. The second signal ends the process at once. */
export function stopSignal(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let told = false;
  const hear = (signal: NodeJS.Signals) => {
    if (told) process.exit(exitCode.interrupted);
    told = true;
    resolve(signal);
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
