import { geminiPrices } from '../prices/gemini-2026-09-23.ts';
import type { Provider } from '../provider.ts';
import { explain } from './errors.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import type { ContentDigest } from './identity.ts';
import { judge } from './judge.ts';
import { keyHeaders, takeKey } from './key.ts';
import { read } from './question.ts';
import { write } from './write.ts';

export type { ContentDigest } from './identity.ts';

export interface GeminiOptions {
  /**
   * The digest of what a prefix cache (`cachedContents/…`) holds, where you know it: an answer that is drawn from the cache is
   * then kept under the digest. Unless said, or undefined for a name, such an answer is shared while it is made, by the
   * name, and not kept. A request for which it throws is passed on.
   */
  readonly contentDigest?: ContentDigest;
}

/**
 * Gemini, by its REST API: `generateContent` and `streamGenerateContent` (one entry for both), `countTokens`, `embedContent`
 * and `batchEmbedContents`, of `models/…` and `tunedModels/…`. Every other request is passed on as it is.
 */
export function gemini({ contentDigest }: GeminiOptions = {}): Provider {
  return {
    name: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com',
    prices: geminiPrices,
    requestHeaders,
    responseHeaders,
    read: (request) => read(request, contentDigest),
    takeKey,
    keyHeaders,
    judge,
    write,
    explain,
  };
}
