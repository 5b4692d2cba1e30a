import type { Language } from './language.ts';

/**
 * UTF-8 bytes to a token. Measured in November 2026 with the o200k vocabulary over 1,300 files: TypeScript 3.70,
 * JavaScript 3.99, Python 4.30, C 3.93, Markdown 3.75; JSON 2.80, YAML 3.14, CSS 3.32, HTML 3.37.
 */
const BYTES_PER_TOKEN: Record<Language['density'], number> = { text: 3.8, data: 3 };

/**
 * Tokens that a model would count in so many bytes of a language, rounded up. A rule of thumb: single files
 * were off by a third, and other vocabularies differ. Use the provider's own count where it matters.
 */
export function estimateTokens(bytes: number, language: Language): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN[language.density]);
}
