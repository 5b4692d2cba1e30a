import type { Guard } from 'holdfast/llm';
import { defaultSummaryModel, GeminiSummaries } from '../summary/index.ts';
import { type Arguments, usage } from './arguments.ts';
import type { GeminiAccess } from './gemini-access.ts';

/** For commands that ask Gemini about files. */
export const summaryOptions = { 'summary-model': { type: 'string' } } as const;

const modelVariable = 'HOLDFAST_SUMMARY_MODEL';

/**
 * Who summarises; the option wins over the environment.
 *
 * @param guard in place of one of its own
 * @throws CommandError with the exit code of wrong usage
 */
export function summariesBy(
  command: string,
  { options }: Arguments,
  { apiKey, upstream }: GeminiAccess,
  env: NodeJS.ProcessEnv,
  guard?: Guard,
): GeminiSummaries {
  const option = options['summary-model'];
  const model = String(option ?? (env[modelVariable] || defaultSummaryModel));
  if (!/^[a-z0-9][\w.-]{0,127}$/i.test(model)) {
    const name = option === undefined ? modelVariable : '--summary-model';
    throw usage(command, `${name} must be the name of a model, such as ${defaultSummaryModel}`);
  }
  return new GeminiSummaries({ key: apiKey?.key, model, upstream, ...(guard && { guard }) });
}
