import { resolve } from 'node:path';
import type { StatsAnswer } from '../api.ts';
import { type Announcement, announcements } from './announcement.ts';
import { parseArguments } from './arguments.ts';
import { CommandError, exitCode } from './exit-code.ts';

/** `holdfast stats [folder]` */
export async function stats(args: readonly string[]): Promise<number> {
  const { options, positionals } = parseArguments('stats', args, { json: { type: 'boolean' } }, 1);
  const folder = positionals[0] ?? '.';
  for (const announcement of announcements(resolve(folder))) {
    const answer = await ask(announcement);
    if (answer === undefined) continue;
    process.stdout.write(
      options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : describeStats(answer),
    );
    return exitCode.ok;
  }
  throw new CommandError(
    exitCode.noServer,
    `no server is running for ${JSON.stringify(folder)}: start one with holdfast serve`,
  );
}

const timeoutMs = 5_000;

/** @returns undefined where nobody listens any more, or somebody else does */
async function ask({ port, token }: Announcement): Promise<StatsAnswer | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/stats`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = response.ok ? ((await response.json()) as Partial<StatsAnswer> | null) : null;
    return typeof answer?.outcomes === 'object' ? (answer as StatsAnswer) : undefined;
  } catch {
    // Refused, silent or no JSON: a server that was killed could not take back what it had told.
    return undefined;
  }
}

/** The ledger for people. */
export function describeStats({
  calls,
  outcomes,
  hitRatio,
  generations,
  entries,
  bytes,
  saved,
  spent,
}: StatsAnswer) {
  const count = (value: number) => value.toLocaleString('en-US');
  const rows: [string, string][] = [
    ['entries', `${count(entries)}, ${count(bytes)} bytes`],
    ['calls', count(calls)],
    ...Object.entries(outcomes)
      .filter(([, number]) => number > 0)
      .map(([outcome, number]): [string, string] => [`  ${outcome}`, count(number)]),
    ['hit ratio', `${(hitRatio * 100).toFixed(1)} %`],
    ['generations', `${count(generations.succeeded)} done, ${count(generations.failed)} failed`],
    ['spent', tally(spent)],
    ['saved', tally(saved)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`;
}

function tally({ seconds, inputTokens, outputTokens, usd }: StatsAnswer['saved']): string {
  const tokens = inputTokens + outputTokens;
  const money = tokens > 0 ? `, ${tokens.toLocaleString('en-US')} tokens, $${usd.toFixed(4)}` : '';
  return `${seconds.toFixed(2)} s${money}`;
}
