import type { ServerResponse } from 'node:http';
import type { ExchangeAnswer } from 'holdfast/llm';

/**
 * On every answer, as flat pairs for one `writeHead`. What the provider says is shown by no page: an HTML page of errors that is
 * opened by its address would else stand in the origin of the gateway's own page.
 */
const securityHeaders: readonly string[] = [
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
  'cache-control',
  'no-store',
];

/** An answer of such a status has no body, and must not tell of its length. */
const bodiless: ReadonlySet<number> = new Set([204, 304]);

export interface Sending {
  /** Milliseconds that a client may read nothing of what waits for it. */
  readonly stalled: number;
  /** What is written to a stream of events that breaks off, so that its client hears why. */
  readonly lastWords: (error: unknown) => string;
}

/** Writes an answer. Resolves when the last byte is handed to the system or the client has left. Never rejects. */
export async function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: ExchangeAnswer,
  sending: Sending,
): Promise<void> {
  const head = [...securityHeaders];
  for (const name in headers) head.push(name, headers[name] as string);
  if (body instanceof Uint8Array) {
    if (!bodiless.has(status)) head.push('content-length', String(body.byteLength));
    response.writeHead(status, head);
    response.end(body);
    // As a rule the system has taken all of it by now.
    if (response.writableLength > 0) leaveStalled(response, sending.stalled);
    return;
  }
  response.writeHead(status, head);
  leaveStalled(response, sending.stalled);
  await pour(body, response, headers['content-type'] ?? '', sending);
}

/** One chunk after the other, none before the client has taken the one before. */
async function pour(
  chunks: AsyncIterableIterator<Uint8Array>,
  response: ServerResponse,
  type: string,
  { lastWords }: Sending,
): Promise<void> {
  // Nobody is told of an error of a chunk that nobody waits for.
  const leave = () => void chunks.return?.().catch(() => undefined);
  response.on('close', leave);
  let last: Uint8Array | undefined;
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true || response.destroyed) break;
      last = value;
      if (!response.write(value)) await drained(response);
    }
    response.end();
  } catch (error) {
    // An answer that just ended would look like a whole one.
    if (type.startsWith('text/event-stream') && endsEvent(last)) response.end(lastWords(error));
    else response.destroy();
  } finally {
    response.off('close', leave);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** Whether nothing is under way that something else would be taken for a part of. */
function endsEvent(chunk: Uint8Array | undefined): boolean {
  if (chunk === undefined) return true;
  const end = Buffer.from(chunk.subarray(-4)).toString('latin1');
  return end.endsWith('\n\n') || end.endsWith('\r\n\r\n') || end.endsWith('\r\r');
}

/**
 * Node tells when a socket has made no progress for so long, in either direction. That is nobody's fault while the provider thinks,
 * and the client's while data waits for it.
 */
function leaveStalled(response: ServerResponse, milliseconds: number): void {
  response.setTimeout(milliseconds, () => {
    if (response.writableLength > 0) response.destroy();
  });
}
