import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { ReportedCost } from 'holdfast';
import { simulatedModel, simulatedPrice } from './simulated-model.ts';

export interface ModelAnswer {
  readonly text: string;
  readonly cost: ReportedCost;
}

/** The provider answered with a status that is no success. */
class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly status: number;
  /** What it said, such as when to come back. */
  readonly body: string;
  constructor(status: number, body: string) {
    super(`the provider answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * Sockets of one client. Enough that every one of a thousand callers reaches the provider by itself, and few enough
 * for the open files that a process may have; callers beyond wait for a free one, as in any client with a pool.
 */
const maxSockets = 2_000;

/**
 * Asks the simulated model over real HTTP, on kept connections, without retries: what a plain client does. On
 * node:http because `fetch` opens as many sockets as there are calls, which ten thousand of them cannot have.
 */
export class ModelClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets, maxFreeSockets: maxSockets });

  /** @throws ProviderError, the reason of the signal, or what broke the connection */
  async ask(url: string, question: string, signal: AbortSignal | undefined): Promise<ModelAnswer> {
    const response = await this.#call(url, 'generateContent', question, signal);
    return readAnswer(await textOf(response, signal));
  }

  /**
   * The answer as it comes: server-sent events. Who ends the iteration ends the connection.
   * @throws ProviderError, the reason of the signal, or what broke the connection; so does the iteration
   */
  stream(url: string, question: string, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
    return this.#call(url, 'streamGenerateContent?alt=sse', question, signal);
  }

  async #call(
    url: string,
    method: string,
    question: string,
    signal: AbortSignal | undefined,
  ): Promise<IncomingMessage> {
    const response = await this.#request(
      `${url}/v1beta/models/${simulatedModel}:${method}`,
      question,
      signal,
    );
    if (response.statusCode === 200) return response;
    throw new ProviderError(response.statusCode ?? 0, await textOf(response, signal));
  }

  #request(url: string, question: string, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: question }] }] });
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const call = request(url, {
        agent: this.#agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          // The fake wants one, and any will do.
          'x-goog-api-key': 'simulated',
        },
      });
      const stop = abortWith(call, signal);
      call.on('error', (error) => {
        stop();
        reject(signal?.aborted ? signal.reason : error);
      });
      call.on('response', (response) => {
        response.once('close', stop);
        resolve(response);
      });
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** @returns what takes the listener off again: a signal may outlive many calls */
function abortWith(call: ClientRequest, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  const abort = () => call.destroy(new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}

async function textOf(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer(body: string): ModelAnswer {
  const { candidates, usageMetadata } = JSON.parse(body) as {
    candidates: readonly { content: { parts: readonly { text?: string }[] } }[];
    usageMetadata: { promptTokenCount: number; candidatesTokenCount: number };
  };
  const text = candidates[0]?.content.parts.map((part) => part.text ?? '').join('') ?? '';
  const inputTokens = usageMetadata.promptTokenCount;
  const outputTokens = usageMetadata.candidatesTokenCount;
  const usd = (inputTokens * simulatedPrice.input + outputTokens * simulatedPrice.output) / 1e6;
  return { text, cost: { inputTokens, outputTokens, usd, simulated: true, model: simulatedModel } };
}
