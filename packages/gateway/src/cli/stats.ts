import type { StatsAnswer } from '../api.ts';
import { parseArguments } from './arguments.ts';
import { exitCode } from './exit-code.ts';
import { findServer, noServer } from './running-server.ts';

/** `holdfast stats [folder]` */
export async function stats(args: readonly string[]): Promise<number> {
  const { options, positionals } = parseArguments('stats', args, { json: { type: 'boolean' } }, 1);
  const folder = positionals[0] ?? '.';
  const server = await findServer(folder);
  if (server === undefined) throw noServer(folder);
  const answer = await server.get<StatsAnswer>('/api/stats');
  process.stdout.write(
    options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : describeStats(answer),
  );
  return exitCode.ok;
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
