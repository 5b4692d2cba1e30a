import { createServer, request } from 'node:http';
import type { Socket } from 'node:net';
import { createCache } from 'holdfast';
import { Exchanges, type ExchangesOptions, exchange, gemini } from 'holdfast/llm';
import { onTestFinished } from 'vitest';
import { ProviderProxy, type ProxyOptions } from '../src/proxy/provider-proxy.ts';
import { Token } from '../src/server/access.ts';
import { listen } from './loopback.ts';

export const model = 'gemini-2.5-flash';
export const generate = `/gemini/v1beta/models/${model}:generateContent`;
export const stream = `/gemini/v1beta/models/${model}:streamGenerateContent?alt=sse`;

/** A question as the official client asks it. */
export function prompt(text: string): string {
  return JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] });
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Proxied {
  readonly port: number;
  /** For a client's base URL. */
  readonly url: string;
  readonly token: string;
  /** The proxy's ends of its connections, in order of arrival. */
  readonly sockets: readonly Socket[];
  /** What the gateway would have written to its terminal. */
  readonly errors: readonly unknown[];
  /** `POST` with a body, else `GET`; with the key `key` unless the headers have another. */
  ask(path: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** A proxy before an upstream, on a server of its own; both are gone after the test. */
export async function startProxied(
  baseUrl: string,
  options: Partial<ProxyOptions> & { readonly exchanging?: Partial<Omit<ExchangesOptions, 'cache'>> } = {},
): Promise<Proxied> {
  const { exchanging, ...rest } = options;
  const cache = createCache({ kinds: { exchange: exchange() } });
  const provider = gemini();
  const retry = { attempts: 1 };
  const exchanges = new Exchanges({ provider, cache, baseUrl, simulated: true, retry, ...exchanging });
  const token = new Token();
  const errors: unknown[] = [];
  const proxy = new ProviderProxy({
    exchanges,
    provider,
    token,
    bodies: { each: 100_000, together: 1_000_000 },
    onError: (error) => errors.push(error),
    ...rest,
  });
  const server = createServer((request, response) => void proxy.answer(request, response, port));
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  // After the server, as what was begun last ends first.
  onTestFinished(async () => {
    await exchanges.close();
    await cache.close();
  });
  const port = await listen(server);
  return {
    port,
    url: `http://127.0.0.1:${port}/gemini`,
    token: token.text,
    sockets,
    errors,
    ask: (path, body, headers = {}) =>
      send(port, path, body, {
        ...(!('x-goog-api-key' in headers) && { 'x-goog-api-key': 'key' }),
        ...headers,
      }),
  };
}

export function send(
  port: number,
  path: string,
  body: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const call = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks) });
      });
    });
    call.end(body);
  });
}

/** The error of an answer, as Gemini writes it. */
export function errorOf({ body }: Answer): { code: number; message: string; status: string } {
  return (JSON.parse(body.toString()) as { error: { code: number; message: string; status: string } }).error;
}
