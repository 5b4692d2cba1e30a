import { Exchanges, gemini } from 'holdfast/llm';
import { ModelClient } from './model-client.ts';
import type { Stream } from './readers.ts';
import { simulatedModel } from './simulated-model.ts';

/** One way for a caller to come by a streamed answer. */
export interface Streams extends AsyncDisposable {
  /** @param signal ends it for this caller */
  open(question: string, signal: AbortSignal): Promise<Stream>;
}

/** A stream for each. */
export class OwnStreams implements Streams {
  readonly #client = new ModelClient();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async open(question: string, signal: AbortSignal): Promise<Stream> {
    return { isShared: false, body: await this.#client.stream(this.#url, question, signal) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }
}

/** One stream for all who want the same, and afterwards none. */
export class SharedStreams implements Streams {
  readonly #exchanges: Exchanges;

  constructor(url: string) {
    this.#exchanges = new Exchanges({ provider: gemini(), baseUrl: url, simulated: true });
  }

  async open(question: string, signal: AbortSignal): Promise<Stream> {
    const request = {
      method: 'POST',
      target: `/v1beta/models/${simulatedModel}:streamGenerateContent?alt=sse`,
      headers: { 'content-type': 'application/json', 'x-goog-api-key': 'simulated' },
      body: Buffer.from(JSON.stringify({ contents: [{ role: 'user', parts: [{ text: question }] }] })),
    };
    const { status, headers, body } = await this.#exchanges.ask(request, { signal });
    if (status !== 200) throw new Error(`the stream was answered ${status}`);
    return {
      isShared: headers['holdfast-outcome'] !== 'generated',
      body: body instanceof Uint8Array ? inOnePiece(body) : body,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exchanges.close();
  }
}

async function* inOnePiece(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield body;
}
