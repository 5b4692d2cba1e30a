import { parseUpstream, type Upstream, UpstreamError } from '../proxy/upstream.ts';
import { type ApiKey, findApiKey } from './api-key.ts';
import { type Arguments, usage } from './arguments.ts';

/** For commands that ask Gemini. */
export const geminiOptions = {
  'api-key-file': { type: 'string' },
  'gemini-upstream': { type: 'string' },
} as const;

const upstreamVariable = 'HOLDFAST_GEMINI_UPSTREAM';

/** How Gemini is reached. */
export interface GeminiAccess {
  /** The gateway's own; absent where there is none. */
  readonly apiKey?: ApiKey | undefined;
  /** Absent: Google's own address. */
  readonly upstream?: Upstream | undefined;
}

/** What the options and the environment say of it; options win. @throws CommandError */
export function geminiAccess(command: string, { options }: Arguments, env: NodeJS.ProcessEnv): GeminiAccess {
  const file = options['api-key-file'];
  const apiKey = findApiKey({ file: file === undefined ? undefined : String(file), env });
  return { apiKey, upstream: upstreamOf(command, options['gemini-upstream'], env) };
}

function upstreamOf(
  command: string,
  option: string | boolean | undefined,
  env: NodeJS.ProcessEnv,
): Upstream | undefined {
  const text = option === undefined ? env[upstreamVariable] : String(option);
  if (text === undefined || text === '') return undefined;
  try {
    return parseUpstream(text);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    throw usage(command, `${option === undefined ? upstreamVariable : '--gemini-upstream'} ${error.message}`);
  }
}
