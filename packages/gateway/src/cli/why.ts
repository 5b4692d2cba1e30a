import { dirname, relative, resolve, sep } from 'node:path';
import type { WhyAnswer, WhyEntry } from '../api.ts';
import { counted } from '../counted.ts';
import { printable } from '../printable.ts';
import { parseArguments, usage } from './arguments.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { findServer, RefusedError, type RunningServer } from './running-server.ts';

/** `holdfast why <file>` */
export async function why(args: readonly string[]): Promise<number> {
  const { options, positionals } = parseArguments('why', args, { json: { type: 'boolean' } }, 1);
  const [file] = positionals;
  if (file === undefined || file === '') throw usage('why', 'which file?');
  const { server, path } = await serverAbove(file);
  const answer = await ask(server, path);
  process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : describeWhy(answer));
  return exitCode.ok;
}

/** The server of the folder that the file is in, or of the nearest one above it. @throws CommandError */
async function serverAbove(file: string): Promise<{ server: RunningServer; path: string }> {
  const place = resolve(file);
  for (let folder = dirname(place); ; folder = dirname(folder)) {
    const server = await findServer(folder);
    if (server !== undefined) return { server, path: relative(folder, place).replaceAll(sep, '/') };
    if (dirname(folder) === folder) break;
  }
  throw new CommandError(
    exitCode.noServer,
    `no server is running for the folder of ${JSON.stringify(file)} or one above it, so nothing is kept of it: start one with holdfast serve`,
  );
}

async function ask(server: RunningServer, path: string): Promise<WhyAnswer> {
  try {
    return await server.get<WhyAnswer>('/api/why', { path });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const nothing = error.code === 'E_NOT_LISTED' || error.code === 'E_FILE_ABSENT';
    throw new CommandError(nothing ? exitCode.nothing : exitCode.failed, error.message);
  }
}

/** How an outline stands, and what was made from it, for people. */
export function describeWhy({ entries }: WhyAnswer): string {
  return entries.map((entry) => `${describeEntry(entry).map(printable).join('\n')}\n`).join('\n');
}

function describeEntry(entry: WhyEntry): string[] {
  const { ageMs, because, regenerated, difference, others } = entry;
  return [
    `${entry.entry}  ${entry.state}${ageMs === undefined ? '' : `, made ${ago(ageMs)} ago`}`,
    `  ${because}${difference === undefined || difference.is === 'unknown' ? '' : `: ${difference.was} → ${difference.is}`}`,
    ...(regenerated === undefined ? [] : [`  made again ${timeOf(regenerated.at)}: ${reason(regenerated)}`]),
    ...madeFrom(entry),
    ...(others === 0 ? [] : [`  keeps ${counted(others, 'other value')}, for when that changes back`]),
  ];
}

function reason({ because, on, was, is }: NonNullable<WhyEntry['regenerated']>): string {
  switch (because) {
    case 'changed':
      return `${on} changed, ${was} → ${is}`;
    case 'unknown':
      return `${on} could not be looked at`;
    case 'aged':
      return 'its time had passed';
    case 'refresh':
      return 'somebody asked for a new one';
  }
}

const shownDependencies = 3;

function madeFrom({ madeFrom: first, madeFromCount }: WhyEntry): string[] {
  if (madeFromCount === 0) return [];
  const shown = first.slice(0, shownDependencies).map(({ type, on, digest }) =>
    // The name of an entry says already what it is.
    type === 'key' ? `${on} ${digest}` : `${type} ${on} ${digest}`,
  );
  const rest = madeFromCount - shown.length;
  if (rest > 0) shown.push(`${rest.toLocaleString('en-US')} more`);
  return [`  made from ${shown.join(', ')}`];
}

function ago(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

/** `2026-11-23 14:05:09`, in the time of this machine. */
function timeOf(at: number): string {
  return new Date(at).toLocaleString('sv-SE');
}
