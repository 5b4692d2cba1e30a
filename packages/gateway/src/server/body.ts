import type { IncomingMessage } from 'node:http';
import { isObject } from '../json-object.ts';
import { Refusal } from './refusal.ts';

/** Bodies here are a path or a number. */
const maxBodyBytes = 16_384;

/** The JSON object of a request's body. @throws Refusal 413, 415, 400 */
export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new Refusal(415, 'E_CONTENT_TYPE', 'send the body as `Content-Type: application/json`');
  }
  const value = parse(await readAll(request));
  if (isObject(value)) return value;
  throw new Refusal(400, 'E_BODY', 'the body must be a JSON object');
}

/** @throws Refusal where a body was sent to a route that has none */
export function refuseBody(request: IncomingMessage): void {
  if (hasBody(request)) throw new Refusal(400, 'E_BODY', 'this request has no body');
}

/** Whether more of a body may come, which nobody is going to read once the request is refused. */
export function hasUnreadBody(request: IncomingMessage): boolean {
  return hasBody(request) && !request.complete;
}

/** Whether a request comes with a body, read or not. */
export function hasBody(request: IncomingMessage): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  return encoding !== undefined || Number(length ?? 0) > 0;
}

/** @throws Refusal for names that are not expected, so that a misspelt one is not silently ignored */
export function only(body: Readonly<Record<string, unknown>>, ...names: readonly string[]): void {
  const other = Object.keys(body).find((name) => !names.includes(name));
  if (other === undefined) return;
  throw new Refusal(400, 'E_BODY', `the body must be { ${names.join(', ')} } and nothing else`);
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body.
    throw new Refusal(400, 'E_BODY', 'the body is no JSON');
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, 'E_BODY', `the body must have at most ${maxBodyBytes} bytes`);
}
