import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';

export const usage: LanguageModelV4GenerateResult['usage'] = {
  inputTokens: { total: 100, noCache: 60, cacheRead: 40, cacheWrite: undefined },
  outputTokens: { total: 10, text: 10, reasoning: undefined },
};

export const finished = (
  unified: LanguageModelV4FinishReason['unified'] = 'stop',
): LanguageModelV4FinishReason => ({ unified, raw: unified.toUpperCase() });

export const say = (
  text: string,
  more: Partial<LanguageModelV4GenerateResult> = {},
): LanguageModelV4GenerateResult => ({
  content: [{ type: 'text', text }],
  finishReason: finished(),
  usage,
  warnings: [],
  ...more,
});

export const contentOf = (...content: LanguageModelV4Content[]): LanguageModelV4GenerateResult => ({
  ...say(''),
  content,
});

export const finish = (unified?: LanguageModelV4FinishReason['unified']): LanguageModelV4StreamPart => ({
  type: 'finish',
  finishReason: finished(unified),
  usage,
});

export const spoken = (...pieces: string[]): LanguageModelV4StreamPart[] => [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '0' },
  ...pieces.map((delta) => ({ type: 'text-delta' as const, id: '0', delta })),
  { type: 'text-end', id: '0' },
];

/** One stream that a test writes. */
export class Writing {
  readonly #stream = new TransformStream<LanguageModelV4StreamPart>(undefined, undefined, {
    highWaterMark: 1_000,
  });
  readonly #writer = this.#stream.writable.getWriter();

  get result(): LanguageModelV4StreamResult {
    return { stream: this.#stream.readable };
  }

  async write(...parts: LanguageModelV4StreamPart[]): Promise<this> {
    for (const part of parts) await this.#writer.write(part);
    return this;
  }

  async end(...parts: LanguageModelV4StreamPart[]): Promise<void> {
    await this.write(...parts);
    await this.#writer.close();
  }

  async break(error: unknown): Promise<void> {
    await this.#writer.abort(error);
  }
}

type Replies<R> = R | Promise<R> | ((params: LanguageModelV4CallOptions) => R | Promise<R>);

/** A model that answers what a test says, one answer for each call, in order; and keeps what it was asked with. */
export class ScriptedModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly supportedUrls = {};
  readonly provider: string;
  readonly modelId: string;
  readonly asked: LanguageModelV4CallOptions[] = [];
  readonly #wholes: Replies<LanguageModelV4GenerateResult>[] = [];
  readonly #streams: Replies<LanguageModelV4StreamResult>[] = [];

  constructor(modelId = 'a-model', provider = 'a-provider') {
    this.modelId = modelId;
    this.provider = provider;
  }

  answer(...wholes: Replies<LanguageModelV4GenerateResult>[]): this {
    this.#wholes.push(...wholes);
    return this;
  }

  stream(...streams: (Replies<LanguageModelV4StreamResult> | LanguageModelV4StreamPart[])[]): this {
    for (const one of streams) {
      this.#streams.push(Array.isArray(one) ? { stream: ReadableStream.from(one) } : one);
    }
    return this;
  }

  async doGenerate(params: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    return this.#next(this.#wholes, params);
  }

  async doStream(params: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    return this.#next(this.#streams, params);
  }

  #next<R>(replies: Replies<R>[], params: LanguageModelV4CallOptions): R | Promise<R> {
    this.asked.push(params);
    const reply = replies.shift();
    if (reply === undefined) throw new Error('the model was asked once more than the test says');
    return typeof reply === 'function' ? (reply as (asked: typeof params) => R | Promise<R>)(params) : reply;
  }
}
