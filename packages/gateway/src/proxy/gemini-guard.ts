import { type Guard, guard } from 'holdfast/llm';
import type { ModelLimits } from './limits.ts';

/**
 * Stands before all that the gateway asks Gemini for: what clients ask with a key and what it asks itself with the same one
 * count against one quota. As patient as exchanges are unless said: a model that thinks takes minutes.
 */
export function geminiGuard(limits: ModelLimits | undefined): Guard {
  return guard({
    timeout: '10m',
    attemptTimeout: '5m',
    body: { firstByte: '2m', betweenChunks: '1m' },
    ...(limits !== undefined && { limits }),
  });
}
