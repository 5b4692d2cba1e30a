import { readFile, stat } from 'node:fs/promises';
import type { OutlineAnswer } from '../api/index.ts';
import { counted } from '../counted.ts';
import { sourceText } from '../folder/index.ts';
import { type Outline, type OutlineSymbol, outlineSource } from '../outline/index.ts';
import { printable } from '../printable.ts';
import { binaryOutline } from '../service/index.ts';
import { parseArguments, usage } from './arguments.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { folderAbove, withStored } from './folder-above.ts';
import { unreadable } from './unreadable.ts';

/** `holdfast outline <file>` */
export async function outline(args: readonly string[]): Promise<number> {
  const { options, positionals } = parseArguments('outline', args, { json: { type: 'boolean' } }, 1);
  const [file] = positionals;
  if (file === undefined || file === '') throw usage('outline', 'which file?');
  const bytes = await read(file);
  const made = (await kept(file)) ?? (await make(file, bytes));
  process.stdout.write(options.json === true ? `${JSON.stringify(made, null, 2)}\n` : describeOutline(made));
  return exitCode.ok;
}

/** The outline that the folder's server makes, or that its store has; undefined where there is neither. */
async function kept(file: string): Promise<Outline | undefined> {
  const above = await folderAbove(file);
  if (above === undefined) return undefined;
  try {
    const { path } = above;
    const found =
      'server' in above
        ? (await above.server.get<OutlineAnswer>('/api/outline', { path })).outline
        : (await withStored(above.folder, (service) => service.keptOutline(path))).answer;
    return found && { ...found, path: file };
  } catch {
    // No source file of that folder, or a server that is just ending: the file is there all the same.
    return undefined;
  }
}

async function make(file: string, bytes: Uint8Array): Promise<Outline> {
  const text = sourceText(bytes);
  return text === undefined ? binaryOutline(file, bytes.byteLength) : outlineSource(file, text);
}

async function read(file: string): Promise<Uint8Array> {
  const refuse = (problem: string) => new CommandError(exitCode.failed, `${JSON.stringify(file)} ${problem}`);
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw refuse('is a folder: holdfast serve outlines folders');
    // A pipe or a device may never end.
    if (!stats.isFile()) throw refuse('is not a regular file');
    return await readFile(file);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw refuse(unreadable(error));
  }
}

/** An outline for people: a line a symbol, indented below what it belongs to. */
export function describeOutline(made: Outline): string {
  const { path, language, lines, bytes, estimatedTokens, symbols, imports, note } = made;
  const rows = [
    path,
    `${language}, ${counted(lines, 'line')}, ${counted(bytes, 'byte')}, about ${counted(estimatedTokens, 'token')}`,
  ];
  if (note !== undefined) rows.push(`note: ${note}`);
  if (imports.length > 0) rows.push(`imports ${[...new Set(imports.map(({ from }) => from))].join(', ')}`);
  const digits = String(lines).length;
  for (const symbol of symbols) rows.push(describeSymbol(symbol, digits));
  return `${rows.map(printable).join('\n')}\n`;
}

function describeSymbol(symbol: OutlineSymbol, digits: number): string {
  const { startLine, endLine, kind, name, exported, parent } = symbol;
  const range = `${String(startLine).padStart(digits)}-${String(endLine).padEnd(digits)}`;
  const indentation = '  '.repeat(parent === undefined ? 0 : parent.split('.').length);
  return `${range}  ${indentation}${kind} ${name}${exported ? ', exported' : ''}`;
}
