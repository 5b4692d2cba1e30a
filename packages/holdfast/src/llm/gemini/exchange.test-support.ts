import type { ExchangeRequest, Form, Recording } from '../exchange.ts';
import type { Judgement, Question } from '../provider.ts';
import { gemini } from './index.ts';

export const flash = '/v1beta/models/gemini-2.5-flash';

/** A POST to a model. */
export function post(target: string, body: unknown, headers: Record<string, string> = {}): ExchangeRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', target, headers, body: new TextEncoder().encode(text) };
}

export const hello = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] };

/** The question of a request that is understood. */
export function question(body: unknown = hello, target = `${flash}:generateContent`): Question {
  const read = gemini().read(post(target, body));
  if (read === undefined) throw new Error(`${target} is not read`);
  return read;
}

export function recording(form: Form, body: string): Recording {
  return { form, type: form === 'events' ? 'text/event-stream' : 'application/json', body };
}

export const document = (answer: unknown) => recording('document', JSON.stringify(answer, null, 2));
export const events = (...chunks: readonly unknown[]) =>
  recording('events', chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(''));
export const array = (...chunks: readonly unknown[]) =>
  recording('array', `[${chunks.map((chunk) => JSON.stringify(chunk)).join(',\r\n')}]`);

/** An answer, or a piece of one. */
export function answer(parts: readonly unknown[], finishReason?: string, more: object = {}) {
  const candidate = {
    content: { role: 'model', parts },
    index: 0,
    ...(finishReason && { finishReason }),
    ...more,
  };
  return { candidates: [candidate], modelVersion: 'gemini-2.5-flash' };
}

export const text = (words: string, finishReason?: string) => answer([{ text: words }], finishReason);

export function judge(record: Recording, asked = question(), allowances = {}): Judgement {
  return gemini().judge(asked, record, allowances);
}

/** `good`, or why not. */
export function verdict(record: Recording, asked = question(), allowances = {}): string {
  const judgement = judge(record, asked, allowances);
  return judgement.is === 'unkept' ? judgement.why : judgement.is;
}
