import type { WhyAnswer, WhyEntry } from '../api/index.ts';
import { counted } from '../counted.ts';
import { printable } from '../printable.ts';
import { parseArguments, usage } from './arguments.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { askAbove, folderAbove } from './folder-above.ts';
import { timeOf } from './time-of.ts';

/** `holdfast why <file>` */
export async function why(args: readonly string[]): Promise<number> {
  const { options, positionals } = parseArguments('why', args, { json: { type: 'boolean' } }, 1);
  const [file] = positionals;
  if (file === undefined || file === '') throw usage('why', 'which file?');
  const above = await folderAbove(file);
  if (above === undefined) {
    throw new CommandError(
      exitCode.noServer,
      `no server is running for the folder of ${JSON.stringify(file)} or one above it, and none has left a store there, so nothing is kept of it: start one with holdfast serve`,
    );
  }
  const answer = await askAbove(above, '/api/why', (service, path) => service.why(path));
  process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : describeWhy(answer));
  return exitCode.ok;
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
