import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './loopback.ts';

/** One request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface UpstreamServer {
  readonly url: string;
  /** In order of arrival. */
  readonly seen: readonly Seen[];
}

/** A provider of the test's own, which writes down what it is asked. Gone after the test. */
export async function startUpstream(
  answer: (response: ServerResponse, request: IncomingMessage, seen: Seen) => void,
): Promise<UpstreamServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    seen.push(one);
    answer(response, request, one);
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, seen };
}

/** An answer of Gemini with this text. */
export function sayWith(text: string, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', ...headers });
    response.end(
      JSON.stringify({
        candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP', index: 0 }],
        usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1, totalTokenCount: 5 },
        modelVersion: 'gemini-2.5-flash',
      }),
    );
  };
}
