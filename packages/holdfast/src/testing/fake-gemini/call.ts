import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Visit } from './account.ts';
import { type Address, parseAddress } from './address.ts';
import { type Caller, ClientGone } from './caller.ts';
import {
  type FailureStatus,
  type GeminiErrorBody,
  internal,
  invalidArgument,
  missingKey,
  notFound,
} from './errors.ts';
import type { Gate } from './gate.ts';
import type { JsonObject } from './json-object.ts';
import type { Limits } from './limits.ts';
import { type Answer, answer, type Reply } from './reply.ts';
import { type FakeGeminiRequest, parseBody, readBody } from './request.ts';
import type { Mishap, Pace, Script } from './script.ts';
import { type Framing, framingOf } from './stream.ts';
import { estimatePromptTokens, type UsageMetadata } from './usage.ts';

/** What every call shares. */
export interface Provider {
  readonly script: Script;
  readonly bodyLimit: number;
  readonly pace: Pace;
  readonly reply: Reply | undefined;
  /** Of the present round; a reset begins a new one. */
  readonly limits: Limits;
  /** The gate before all calls, if somebody holds them. */
  readonly gate: Gate | undefined;
  /** Keeps an error of a reply function for the author of the test. */
  failed(error: unknown): void;
}

/**
 * The way of one request: address, key, body, limits, the script's step, the gate, the latency, the mishap or the
 * answer. The account hears of its end exactly once, just before its last byte is sent, so that a client that has its
 * answer finds it counted.
 */
export class Call {
  readonly #provider: Provider;
  readonly #visit: Visit;
  readonly #caller: Caller;
  readonly #response: ServerResponse;

  constructor(provider: Provider, visit: Visit, caller: Caller, response: ServerResponse) {
    this.#provider = provider;
    this.#visit = visit;
    this.#caller = caller;
    this.#response = response;
  }

  async run(request: IncomingMessage): Promise<void> {
    try {
      await this.#serve(request);
    } catch (error) {
      if (!(error instanceof ClientGone)) throw error;
    } finally {
      this.#visit.end('disconnected');
    }
  }

  async #serve(request: IncomingMessage): Promise<void> {
    const address = parseAddress(request.method ?? '', request.url ?? '');
    if (address === undefined) return this.#fail('404', notFound());
    const key = request.headers['x-goog-api-key'];
    if (typeof key !== 'string' || key.trim() === '') return this.#fail('403', missingKey(), address);
    const read = await readBody(request, this.#provider.bodyLimit);
    if (!read.ok) {
      if (read.reason === 'gone') return;
      const message = `Request payload size exceeds the limit: ${this.#provider.bodyLimit} bytes.`;
      return this.#fail('400', invalidArgument(message), address);
    }
    const parsed = parseBody(read.bytes, address);
    if (!parsed.ok) {
      return this.#fail(parsed.error.error.code === 403 ? '403' : '400', parsed.error, address);
    }
    // No await from here to the gate: who waits for `received(n)` finds the call's step taken and the call at the gate.
    const ordinal = this.#visit.call(address.method, address.model);
    const admission = this.#provider.limits.admit(address, estimatePromptTokens(parsed.body));
    if (!admission.ok) return this.#fail(admission.status, admission.error, address);
    try {
      await this.#play(address, parsed.body, ordinal);
    } finally {
      admission.release();
    }
  }

  async #play(address: Address, body: JsonObject, ordinal: number): Promise<void> {
    const { script, gate } = this.#provider;
    const step = script.take();
    const pace = step.pace ?? this.#provider.pace;
    if (gate !== undefined) await gate.through(this.#caller);
    if (pace.first > 0) await this.#caller.sleep(pace.first);
    let mishap = step.mishap;
    if (mishap?.kind === 'status' && address.method !== 'streamGenerateContent') {
      mishap = { ...mishap, afterChunks: undefined };
    }
    if (mishap !== undefined && mishap.afterChunks === undefined) {
      if ((await this.#strike(mishap, address)) === 'over') return;
      mishap = undefined;
    }
    const due = mishap?.afterChunks;
    if (address.method === 'countTokens') {
      const totalTokens = estimatePromptTokens(body);
      const counted = { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] };
      return this.#send({
        address,
        framing: onePiece,
        pieces: inOnePiece(counted, due),
        mishap,
        perChunk: 0,
      });
    }
    const request: FakeGeminiRequest = {
      ordinal,
      version: address.version,
      model: address.model,
      method: address.method,
      body,
      signal: this.#caller.left,
    };
    const made = await this.#answer(request, step.reply ?? this.#provider.reply);
    if (made === undefined) return this.#fail('500', internal(replyThrew), address);
    if (address.method === 'generateContent') {
      const pieces = inOnePiece(made.whole, due, made.whole.usageMetadata);
      return this.#send({ address, framing: onePiece, pieces, mishap, perChunk: 0 });
    }
    const framing = framingOf(address);
    const pieces = made.chunks.map((chunk, index) => {
      return { text: framing.frame(JSON.stringify(chunk), index), usage: chunk.usageMetadata };
    });
    return this.#send({ address, framing, pieces, mishap, perChunk: pace.perChunk });
  }

  async #answer(request: FakeGeminiRequest, reply: Reply | undefined): Promise<Answer | undefined> {
    try {
      if (typeof reply !== 'function') return answer(request, reply);
      return answer(request, await this.#caller.waitFor(async () => reply(request)));
    } catch (error) {
      if (error instanceof ClientGone) throw error;
      this.#provider.failed(error);
      return undefined;
    }
  }

  async #send({ address, framing, pieces, mishap, perChunk }: Delivery): Promise<void> {
    this.#response.setHeader('content-type', framing.contentType);
    const longest = framing === onePiece ? 1 : pieces.length;
    const due = mishap?.afterChunks === undefined ? undefined : Math.min(mishap.afterChunks, longest);
    if (due === 0) this.#response.flushHeaders();
    let held = '';
    for (let index = 0; index <= pieces.length; index += 1) {
      if (mishap !== undefined && index === due) {
        if ((await this.#strike(mishap, address, { framing, index })) === 'over') return;
      }
      const piece = pieces[index];
      if (piece === undefined) break;
      if (index > 0 && perChunk > 0) await this.#caller.sleep(perChunk);
      if (piece.usage !== undefined) this.#visit.spent(address.model, piece.usage);
      const isLastAct = index === pieces.length - 1 && due !== pieces.length;
      if (isLastAct) held = piece.text;
      else await this.#caller.write(piece.text);
    }
    this.#caller.left.throwIfAborted();
    this.#visit.end('answered');
    this.#response.end(held + framing.end);
  }

  /** `over` if the call ends by it; after a gate it goes on. */
  async #strike(
    mishap: Mishap,
    address: Address,
    midway?: { readonly framing: Framing; readonly index: number },
  ): Promise<'over' | 'goes on'> {
    switch (mishap.kind) {
      case 'hold':
        await mishap.gate.through(this.#caller);
        return 'goes on';
      case 'hang':
        try {
          return await this.#caller.hang();
        } finally {
          this.#visit.end('hang');
        }
      case 'reset':
        this.#visit.end('reset');
        this.#caller.reset();
        return 'over';
      case 'cut':
        this.#visit.end('cut');
        this.#response.end();
        return 'over';
      case 'garbage':
        this.#visit.end('garbage');
        this.#response.end(midway === undefined ? noJson : midway.framing.frame(noJson, midway.index));
        return 'over';
      case 'status': {
        const error = mishap.error(address.model);
        if (midway === undefined) this.#fail(mishap.status, error, address);
        else {
          this.#visit.end(mishap.status);
          this.#response.end(midway.framing.frame(JSON.stringify(error), midway.index) + midway.framing.end);
        }
        return 'over';
      }
    }
  }

  #fail(status: FailureStatus, error: GeminiErrorBody, address?: Address): void {
    this.#visit.end(status);
    const text = JSON.stringify(error);
    // Where the answer would have been a JSON array, Google's error is an array of one.
    const inArray = address?.method === 'streamGenerateContent' && !address.serverSentEvents;
    this.#response.statusCode = Number(status);
    this.#response.setHeader('content-type', onePiece.contentType);
    this.#response.end(inArray ? `[${text}]` : text);
  }
}

interface Piece {
  /** As it goes on the wire. */
  readonly text: string;
  /** What has been used once it is sent. */
  readonly usage?: UsageMetadata;
}

interface Delivery {
  readonly address: Address;
  readonly framing: Framing;
  readonly pieces: readonly Piece[];
  readonly mishap: Mishap | undefined;
  /** Milliseconds before each piece but the first. */
  readonly perChunk: number;
}

const onePiece: Framing = {
  contentType: 'application/json; charset=UTF-8',
  frame: (json) => json,
  end: '',
};

/** An answer in one piece; in two where something is to happen in its middle. */
function inOnePiece(value: unknown, due: number | undefined, usage?: UsageMetadata): Piece[] {
  const json = JSON.stringify(value);
  const middle = due === undefined ? 0 : Math.floor(json.length / 2);
  const end: Piece = { text: json.slice(middle), ...(usage === undefined ? {} : { usage }) };
  return due === undefined ? [end] : [{ text: json.slice(0, middle) }, end];
}

/** As a proxy in trouble writes it, on one line. */
const noJson = '<html><body>502 Bad Gateway</body></html>';

const replyThrew =
  'The reply function of this fake Gemini threw an error; it is the last one in the `errors` of the object that startFakeGemini() gave.';
