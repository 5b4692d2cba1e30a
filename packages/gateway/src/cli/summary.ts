import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { SummaryAnswer } from '../api/index.ts';
import { printable } from '../printable.ts';
import { summaryCost, summaryPart, summaryStaleness } from '../summary-line.ts';
import { parseArguments, usage } from './arguments.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { askAbove, type FolderAbove, folderAbove } from './folder-above.ts';
import { geminiAccess, geminiOptions } from './gemini-access.ts';
import { remark } from './remark.ts';
import { summariesBy, summaryOptions } from './summary-options.ts';

/** `holdfast summary <file>` */
export async function summary(args: readonly string[]): Promise<number> {
  const types = { json: { type: 'boolean' }, ...geminiOptions, ...summaryOptions } as const;
  const given = parseArguments('summary', args, types, 1);
  const [file] = given.positionals;
  if (file === undefined || file === '') throw usage('summary', 'which file?');
  const access = geminiAccess('summary', given, process.env);
  const gemini = summariesBy('summary', given, access, process.env);
  const above = await folderAbove(file);
  if (above === undefined && !existsSync(file)) {
    throw new CommandError(exitCode.nothing, `${JSON.stringify(file)} does not exist`);
  }
  const isServed = above !== undefined && 'server' in above;
  if (access.apiKey?.warning !== undefined && !isServed) remark(access.apiKey.warning);
  const answer = await askAbove(
    above ?? inFolderOf(file),
    '/api/summary',
    (service, path) => service.summary(path),
    gemini,
  );
  process.stdout.write(
    given.options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : `${printable(answer.text)}\n`,
  );
  remark(describeSource(answer));
  if (isServed && answer.because === 'no key')
    remark('the server that runs for its folder was started without one');
  if (above === undefined && answer.by === 'gemini') {
    remark('kept nowhere, as no folder above it was ever served: holdfast serve keeps summaries');
  }
  return exitCode.ok;
}

/** Where nobody has served anything: the repository that the file is in, for the sake of its ignore files, or its folder. */
function inFolderOf(file: string): FolderAbove {
  const place = resolve(file);
  const folder = repositoryAbove(place) ?? dirname(place);
  return { folder, path: relative(folder, place).split(sep).join('/') };
}

function repositoryAbove(place: string): string | undefined {
  for (let folder = dirname(place); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Who made it, what it took to come by it, and what that had cost; in one line. */
export function describeSource(answer: SummaryAnswer): string {
  const { by, explanation, because = '', outcome, model = '', ageMs } = answer;
  if (by === 'outline') return `by the outline: ${explanation ?? because}`;
  const what = outcome === 'generated' ? outcome : `${outcome}, made ${ago(ageMs)} ago`;
  const facts = [summaryStaleness(answer), summaryCost(answer), summaryPart(answer)].filter(
    (fact) => fact !== '',
  );
  return [`${what} by ${model}`, ...facts].join(', ');
}

function ago(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
