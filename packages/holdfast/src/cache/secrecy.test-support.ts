import { inspect } from 'node:util';
import { afterEach, beforeEach, vi } from 'vitest';

/** Everything that a careless log line would show of something. */
export const shown = (thing: unknown): string =>
  [
    String(thing),
    JSON.stringify(thing),
    inspect(thing, { depth: 12 }),
    thing instanceof Error ? thing.stack : '',
  ].join();

/** What a test writes to the console and to the streams under it, which do not show it. */
export function heardOutput(): readonly string[] {
  const output: string[] = [];
  beforeEach(() => {
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        output.push(String(chunk));
        return true;
      });
    }
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      vi.spyOn(console, level).mockImplementation((...args) => void output.push(args.map(shown).join()));
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    output.length = 0;
  });
  return output;
}
