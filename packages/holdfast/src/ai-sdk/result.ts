import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4Reasoning,
  LanguageModelV4StreamPart,
  LanguageModelV4Text,
} from '@ai-sdk/provider';

/**
 * A whole answer as the parts of a stream: each text and each thought is a block in one piece. What it says to be the text
 * of an object (`structuredOutputText`) has no part, so JSON answers are not shared between the two forms.
 */
export function partsOf(result: LanguageModelV4GenerateResult): LanguageModelV4StreamPart[] {
  const { warnings, response, content, finishReason, usage, providerMetadata } = result;
  const { id, timestamp, modelId } = response ?? {};
  const metadata = {
    ...(id === undefined ? {} : { id }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(modelId === undefined ? {} : { modelId }),
  };
  return [
    { type: 'stream-start', warnings },
    ...(Object.keys(metadata).length === 0 ? [] : [{ type: 'response-metadata' as const, ...metadata }]),
    ...content.flatMap(blockOf),
    {
      type: 'finish',
      finishReason,
      usage,
      ...(providerMetadata === undefined ? {} : { providerMetadata }),
    },
  ];
}

function blockOf(content: LanguageModelV4Content, index: number): LanguageModelV4StreamPart[] {
  if (content.type !== 'text' && content.type !== 'reasoning') return [content];
  const id = String(index);
  const { type, text, providerMetadata } = content;
  const citations = content.type === 'text' ? content.citations : undefined;
  return [
    { type: `${type}-start`, id, ...(providerMetadata === undefined ? {} : { providerMetadata }) },
    ...(text === '' ? [] : [{ type: `${type}-delta` as const, id, delta: text }]),
    { type: `${type}-end`, id, ...(citations === undefined ? {} : { citations }) },
  ];
}

interface Block {
  readonly content: LanguageModelV4Text | LanguageModelV4Reasoning;
  readonly deltas: string[];
}

/** The parts of a stream as one answer, its contents in the order in which they began. */
export function resultOf(parts: Iterable<LanguageModelV4StreamPart>): LanguageModelV4GenerateResult {
  const collected = new Collected();
  for (const part of parts) collected.add(part);
  return collected.result();
}

class Collected {
  readonly #content: (LanguageModelV4Content | Block)[] = [];
  /** By type and id: the ids of one type may be used again once their block has ended. */
  readonly #open = new Map<string, Block>();
  #warnings: LanguageModelV4GenerateResult['warnings'] = [];
  #response: LanguageModelV4GenerateResult['response'];
  #end: Pick<LanguageModelV4GenerateResult, 'finishReason' | 'usage' | 'providerMetadata'> = unfinished;

  add(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start':
        this.#start(part.type === 'text-start' ? 'text' : 'reasoning', part.id);
        this.#describe(part);
        return;
      case 'text-delta':
      case 'reasoning-delta':
        this.#describe(part)?.deltas.push(part.delta);
        return;
      case 'text-end':
      case 'reasoning-end':
        this.#finishBlock(part);
        return;
      case 'stream-start':
        this.#warnings = part.warnings;
        return;
      case 'response-metadata': {
        const { type: _, ...metadata } = part;
        this.#response = { ...this.#response, ...metadata };
        return;
      }
      case 'finish': {
        const { type: _, ...end } = part;
        this.#end = end;
        return;
      }
      // The call itself comes when its input is whole; the rest is for whoever watches.
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-input-end':
      case 'ping':
      case 'raw':
      case 'error':
        return;
      default:
        this.#content.push(part);
    }
  }

  result(): LanguageModelV4GenerateResult {
    return {
      content: this.#content.map((one) =>
        'deltas' in one ? { ...one.content, text: one.deltas.join('') } : one,
      ),
      ...this.#end,
      warnings: this.#warnings,
      ...(this.#response === undefined ? {} : { response: this.#response }),
    };
  }

  #start(type: 'text' | 'reasoning', id: string): void {
    const block: Block = { content: { type, text: '' }, deltas: [] };
    this.#open.set(`${type} ${id}`, block);
    this.#content.push(block);
  }

  /** What a later part says of its block replaces what an earlier one said, as in the SDK. */
  #describe(part: BlockPart): Block | undefined {
    const block = this.#open.get(nameOf(part));
    if (block !== undefined && part.providerMetadata !== undefined) {
      block.content.providerMetadata = part.providerMetadata;
    }
    return block;
  }

  #finishBlock(part: BlockPart & { readonly type: 'text-end' | 'reasoning-end' }): void {
    const block = this.#describe(part);
    if (part.type === 'text-end' && part.citations !== undefined && block?.content.type === 'text') {
      block.content.citations = part.citations;
    }
    this.#open.delete(nameOf(part));
  }
}

type BlockPart = Extract<
  LanguageModelV4StreamPart,
  { readonly type: `${'text' | 'reasoning'}-${'start' | 'delta' | 'end'}` }
>;

const nameOf = ({ type, id }: BlockPart) => `${type.slice(0, type.indexOf('-'))} ${id}`;

const nothingUsed = { total: undefined, noCache: undefined, cacheRead: undefined };

/** Of a stream that did not say how it ended. */
const unfinished: Pick<LanguageModelV4GenerateResult, 'finishReason' | 'usage' | 'providerMetadata'> = {
  finishReason: { unified: 'interrupted', raw: undefined },
  usage: {
    inputTokens: { ...nothingUsed, cacheWrite: undefined },
    outputTokens: { total: undefined, text: undefined, reasoning: undefined },
  },
};
