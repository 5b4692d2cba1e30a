import { parseArgs } from 'node:util';
import { CommandError, exitCode } from './exit-code.ts';
import { nearest } from './nearest.ts';

/** Options of a command by their long names. */
export type OptionTypes = Readonly<
  Record<string, { readonly type: 'boolean' | 'string'; readonly short?: string }>
>;

export interface Arguments {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/**
 * The arguments of a command.
 * @throws CommandError with the exit code of wrong usage, naming what is wrong and what was probably meant
 */
export function parseArguments(
  command: string,
  args: readonly string[],
  types: OptionTypes,
  maxPositionals: number,
): Arguments {
  const known = { ...types, help: { type: 'boolean', short: 'h' } } as const;
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const type = (known as OptionTypes)[name]?.type;
    if (type === undefined) throw unknownOption(command, rawName, Object.keys(known));
    if (type === 'string' && (value === undefined || value === '')) {
      throw usage(command, `${rawName} needs a value`);
    }
    if (type === 'boolean' && value !== undefined) throw usage(command, `${rawName} takes no value`);
  }
  const surplus = positionals[maxPositionals];
  if (surplus !== undefined) throw usage(command, `one argument too many: '${surplus}'`);
  return { options: values as Arguments['options'], positionals };
}

/** @throws CommandError unless the text is a port number; 0 is any free port */
export function parsePort(command: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw usage(command, `--port must be a whole number from 0 to 65535, not '${text}'`);
}

export function usage(command: string, problem: string): CommandError {
  const see = problem.endsWith('?') ? ' See' : '; see';
  return new CommandError(exitCode.usage, `${problem}${see} holdfast ${`help ${command}`.trimEnd()}`);
}

function unknownOption(command: string, given: string, known: readonly string[]): CommandError {
  const near = nearest(given.replace(/^-+/, ''), known);
  const hint = near === undefined ? '' : `; did you mean --${near}?`;
  return usage(command, `holdfast ${command} has no option ${given}${hint}`);
}
