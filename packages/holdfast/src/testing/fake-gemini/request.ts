import type { IncomingMessage } from 'node:http';
import type { Address, GeminiMethod } from './address.ts';
import { type GeminiErrorBody, invalidArgument, missingCachedContent } from './errors.ts';
import { isObject, type JsonObject } from './json-object.ts';

/** One well-formed call, as a `reply` function sees it. Headers are left out: the API key is one of them. */
export interface FakeGeminiRequest {
  /** 1 for the first call since the start or the last `reset()`. */
  readonly ordinal: number;
  readonly version: 'v1' | 'v1beta';
  readonly model: string;
  readonly method: GeminiMethod;
  /** The parsed body: `contents`, `systemInstruction`, `generationConfig`, `tools`, … */
  readonly body: JsonObject;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

export type ReadBody =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'gone' | 'too large' };

/**
 * The whole body of a request. One that is too large is read to its end and thrown away, because a client that is
 * still sending when it is answered sees a broken connection and not the error.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<ReadBody> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of request as AsyncIterable<Uint8Array>) {
      size += piece.byteLength;
      if (size <= limit) pieces.push(piece);
      else pieces.length = 0;
    }
  } catch {
    // Only the connection can fail here, and then nobody is left to be told.
    return { ok: false, reason: 'gone' };
  }
  return size <= limit ? { ok: true, bytes: Buffer.concat(pieces) } : { ok: false, reason: 'too large' };
}

export type ParsedBody =
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly error: GeminiErrorBody };

/** Checks a body as far as Gemini's own messages for it are known; unknown fields are let pass. */
export function parseBody(bytes: Uint8Array, { method }: Address): ParsedBody {
  const refuse = (message: string): ParsedBody => ({ ok: false, error: invalidArgument(message) });
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message would repeat a piece of the prompt.
    return refuse('Invalid JSON payload received. The body must be one JSON object in UTF-8.');
  }
  if (!isObject(body)) return refuse('Invalid JSON payload received. The body must be a JSON object.');
  if (isDeeperThan(deepest, body)) return refuse('Invalid JSON payload received. Message too deep.');
  const nested = body.generateContentRequest;
  const request = method === 'countTokens' && isObject(nested) ? nested : body;
  const name = method === 'countTokens' && request === body ? 'CountTokensRequest' : 'GenerateContentRequest';
  const contents = request.contents;
  if (!Array.isArray(contents) || contents.length === 0) {
    return refuse(`* ${name}.contents: contents is not specified\n`);
  }
  for (const [index, content] of contents.entries()) {
    if (!isObject(content)) return refuse(`* ${name}.contents[${index}]: must be an object.\n`);
    const parts = content.parts;
    if (!Array.isArray(parts) || parts.length === 0 || !parts.every(isObject)) {
      return refuse(`* ${name}.contents[${index}].parts: contents.parts must not be empty.\n`);
    }
    if (content.role !== undefined && !roles.includes(content.role as string)) {
      return refuse('Please use a valid role: user, model.');
    }
  }
  if (request.cachedContent !== undefined) return { ok: false, error: missingCachedContent() };
  return { ok: true, body: request };
}

/** Where the parser of protocol buffers gives up. */
const deepest = 100;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

const roles: readonly string[] = ['user', 'model', 'function'];
