import { type Context, createContext, Script } from 'node:vm';

const script = new Script('run()');
let context: (Context & { run?: () => unknown }) | undefined;

/**
 * Runs code that may not end, a regular expression of somebody else's for one, and stops it when its time is up. V8 can
 * stop only what it was entered for by way of a script, so a script calls `run`; the code itself runs where it always does.
 *
 * @param milliseconds of wall time
 * @throws what `run` throws, and ERR_SCRIPT_EXECUTION_TIMEOUT
 */
export function withinTime<T>(milliseconds: number, run: () => T): T {
  context ??= createContext({});
  context.run = run;
  try {
    return script.runInContext(context, { timeout: milliseconds }) as T;
  } finally {
    delete context.run;
  }
}
