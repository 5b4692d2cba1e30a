import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { SymbolAnswer } from '../api/index.ts';
import { counted } from '../counted.ts';
import { printable } from '../printable.ts';
import { FolderService } from '../service/index.ts';
import { openStore, type StoreChoice } from '../store/index.ts';
import { parseArguments, usage } from './arguments.ts';
import { displayFor } from './display.ts';
import { exitCode } from './exit-code.ts';
import { remark } from './remark.ts';
import { findServer } from './running-server.ts';
import { checkFolder } from './served-folder.ts';
import { storeChoice, storeOptions } from './store-options.ts';

const defaultLimit = 20;
const maxLimit = 1_000;

/** `holdfast symbol <name> [folder]` */
export async function symbol(args: readonly string[]): Promise<number> {
  const types = { json: { type: 'boolean' }, limit: { type: 'string' }, ...storeOptions } as const;
  const given = parseArguments('symbol', args, types, 2);
  const { options, positionals } = given;
  const choice = storeChoice('symbol', given);
  const [name = '', folder = '.'] = positionals;
  if (name === '') throw usage('symbol', 'which symbol?');
  const limit = options.limit === undefined ? defaultLimit : parseLimit(String(options.limit));
  await checkFolder(folder);
  const server = await findServer(folder);
  const answer =
    server === undefined
      ? await searchAlone(name, folder, limit, choice)
      : await server.get<SymbolAnswer>('/api/symbol', { name, limit: String(limit) });
  process.stdout.write(
    options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : describeSymbols(answer),
  );
  for (const line of remarks(answer, folder)) remark(line);
  return answer.total === 0 ? exitCode.nothing : exitCode.ok;
}

/** @throws CommandError with the exit code of wrong usage */
function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,4}$/.test(text) && limit >= 1 && limit <= maxLimit) return limit;
  throw usage('symbol', `--limit must be a whole number from 1 to ${maxLimit}, not '${text}'`);
}

/** Reads the folder here, from its store where that holds, for this one question. */
async function searchAlone(
  name: string,
  folder: string,
  limit: number,
  choice: StoreChoice,
): Promise<SymbolAnswer> {
  const start = performance.now();
  const root = resolve(folder);
  const service = await FolderService.open(root, await openStore(root, choice, true), false);
  const display = displayFor(process.stderr, process.env);
  try {
    // Where nobody watches, how far it is tells nobody anything.
    if (process.stderr.isTTY)
      service.listen((event, data) => {
        if (event !== 'progress') return;
        const { outlined, files } = data as { outlined: number; files: number };
        display.progress(outlined, files);
      });
    const answer = await service.symbolOnce(name, limit);
    const { store, warnings } = service.state();
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    const stored =
      store === undefined || store.stored === 0 ? '' : ` (${store.stored.toLocaleString('en-US')} stored)`;
    for (const warning of warnings) display.line(`holdfast: warning: ${warning}`);
    display.line(
      `holdfast: no server is running for ${JSON.stringify(folder)}: read ${counted(answer.files, 'file')} in ${seconds} s${stored}; holdfast serve keeps the index`,
    );
    return answer;
  } finally {
    await service.close();
  }
}

/** Places for people: a line each, `path:line  kind  signature`. */
export function describeSymbols({ matches }: SymbolAnswer): string {
  const rows = matches.map(({ path, startLine, kind, name, parent, signature }) => ({
    place: `${printable(path)}:${startLine}`,
    kind,
    text: printable(signature ?? (parent === undefined ? name : `${parent}.${name}`)),
  }));
  const width = Math.max(0, ...rows.map(({ place }) => place.length));
  const kindWidth = Math.max(0, ...rows.map(({ kind }) => kind.length));
  return rows
    .map(({ place, kind, text }) => `${place.padEnd(width)}  ${kind.padEnd(kindWidth)}  ${text}\n`)
    .join('');
}

function remarks({ name, matches, total, symbols, files, leftOut }: SymbolAnswer, folder: string): string[] {
  const searched = `${counted(symbols, 'symbol')} in ${counted(files, 'file')}`;
  const shown = JSON.stringify(name);
  return [
    ...(total === 0
      ? [`${JSON.stringify(folder)} has no symbol ${shown} and none that begins so, of ${searched}`]
      : []),
    ...(total > matches.length
      ? [`the first ${matches.length} of ${total.toLocaleString('en-US')}: give a longer name, or --limit`]
      : []),
    ...(leftOut.length > 0 ? [`without ${leftOut.join(', ')}: could not be outlined`] : []),
  ];
}
