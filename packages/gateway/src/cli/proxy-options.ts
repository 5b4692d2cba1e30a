import { readFileSync } from 'node:fs';
import { LimitsError, type ModelLimits, parseLimits } from '../proxy/index.ts';
import { Token } from '../server/index.ts';
import { type Arguments, usage } from './arguments.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { unreadable } from './unreadable.ts';

export const proxyOptions = {
  'no-proxy': { type: 'boolean' },
  'gemini-limits': { type: 'string' },
  'max-body': { type: 'string' },
} as const;

/** How requests are handed to Gemini. */
export interface ProxyChoice {
  /** False for `--no-proxy`; the limits hold for what the gateway asks itself all the same. */
  readonly isOn: boolean;
  readonly limits: ModelLimits | undefined;
  /** Bytes of a request's body. */
  readonly maxBody: number;
}

/** Gemini's own limit for a request with inline data. */
const defaultMaxBody = 20 * 2 ** 20;
const units: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** @throws CommandError */
export function proxyChoice(command: string, { options }: Arguments): ProxyChoice {
  const { 'gemini-limits': limits, 'max-body': maxBody } = options;
  return {
    isOn: options['no-proxy'] !== true,
    limits: limits === undefined ? undefined : limitsOf(String(limits)),
    maxBody: maxBody === undefined ? defaultMaxBody : bytesOf(command, '--max-body', String(maxBody)),
  };
}

function limitsOf(file: string): ModelLimits {
  const shown = `the limits file ${JSON.stringify(file)}`;
  try {
    return parseLimits(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof LimitsError) throw new CommandError(exitCode.failed, `${shown}: ${error.message}`);
    throw new CommandError(exitCode.failed, `${shown} ${unreadable(error)}`);
  }
}

function bytesOf(command: string, name: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,15})(KiB|MiB|GiB)?$/.exec(text) ?? [];
  const bytes = Number(number) * (units[unit] ?? 1);
  if (number !== '' && bytes >= 1_024 && bytes <= 2 ** 30) return bytes;
  throw usage(command, `${name} must be a size from 1KiB to 1GiB such as 20MiB, not '${text}'`);
}

const tokenVariable = 'HOLDFAST_TOKEN';

/** The token of the environment, so that clients are set up once for all starts, or a new one. @throws CommandError */
export function tokenFrom(env: NodeJS.ProcessEnv): Token {
  const text = env[tokenVariable];
  if (text === undefined || text === '') return new Token();
  if (/^[\w-]{32,256}$/.test(text)) return new Token(text);
  // Not repeated: it may be right but for a slip.
  throw new CommandError(
    exitCode.usage,
    `${tokenVariable} must have 32 to 256 letters, digits, dashes or underscores, such as openssl rand -hex 32 makes`,
  );
}
