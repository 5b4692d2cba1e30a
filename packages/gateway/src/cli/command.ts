import { printable } from '../printable.ts';
import { usage } from './arguments.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { failureText } from './failure-text.ts';
import { commandNames, generalHelp, helpOf } from './help.ts';
import { nearest } from './nearest.ts';
import { RefusedError } from './running-server.ts';
import { packageVersion } from './version.ts';

type Command = (args: readonly string[]) => Promise<number>;

/** Loaded when asked for: help and version need none of it. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  outline: async () => (await import('./outline.ts')).outline,
  summary: async () => (await import('./summary.ts')).summary,
  symbol: async () => (await import('./symbol.ts')).symbol,
  why: async () => (await import('./why.ts')).why,
  stats: async () => (await import('./stats.ts')).stats,
  demo: async () => (await import('../demo/demo.ts')).demo,
};

/** Runs the command line. @returns the exit code; every failure is one line on stderr */
export async function runCommand(args: readonly string[]): Promise<number> {
  // Whoever reads the output may stop reading, as `head` does: that is no error of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      // A full disk, as a rule. Where even this line cannot be written, the exit code is left.
      if (stream === process.stdout) {
        process.stderr.write(`holdfast: the output cannot be written (${error.code})\n`);
      }
      process.exit(exitCode.failed);
    });
  }
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof CommandError || error instanceof RefusedError) {
      process.stderr.write(`holdfast: ${printable(error.message)}\n`);
      return error instanceof CommandError ? error.exitCode : exitCode.failed;
    }
    process.stderr.write(`holdfast: ${failureText(error)}\n`);
    return exitCode.failed;
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') return print(generalHelp);
  if (name === '--version') return print(`${packageVersion()}\n`);
  if (name === 'help') return print(helpFor(rest[0]));
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw unknown(name);
  const end = rest.indexOf('--');
  const asked = (end === -1 ? rest : rest.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
  if (asked) return print(helpFor(name));
  const command = await load();
  return command(rest);
}

function helpFor(name: string | undefined): string {
  const help = helpOf(name);
  if (help !== undefined) return help;
  throw unknown(name ?? '');
}

function unknown(name: string): CommandError {
  const near = nearest(name.replace(/^-+/, ''), name.startsWith('-') ? ['help', 'version'] : commandNames);
  const what = name.startsWith('-') ? 'option' : 'command';
  const shown = name.startsWith('-') ? `--${near}` : `holdfast ${near}`;
  return usage('', `there is no ${what} '${name}'${near === undefined ? '' : `; did you mean ${shown}?`}`);
}

function print(text: string): number {
  process.stdout.write(text);
  return exitCode.ok;
}
