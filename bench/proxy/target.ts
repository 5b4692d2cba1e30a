/** Where a request goes, and what it says. */
export interface Target {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Form = 'unary' | 'streamed';

export const model = 'gemini-2.5-flash';

/** Below the API's version. */
export function methodOf(form: Form): string {
  return `models/${model}:${form === 'unary' ? 'generateContent' : 'streamGenerateContent?alt=sse'}`;
}

export function bodyOf(question: string): string {
  return JSON.stringify({ contents: [{ role: 'user', parts: [{ text: question }] }] });
}

/** Any key will do. */
export const headers = { 'content-type': 'application/json', 'x-goog-api-key': 'simulated' } as const;
