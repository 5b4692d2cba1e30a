import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { JsonValue } from '../lib/json.ts';
import type { Exchange } from '../llm/exchange.ts';
import { pack, unpack } from './packing.ts';
import { partsOf, resultOf } from './result.ts';

/** One part of a stream, in the form in which it is kept; as it came where it holds what cannot be. */
export class Piece {
  readonly type: LanguageModelV4StreamPart['type'];
  readonly #part: LanguageModelV4StreamPart | undefined;
  /** JSON of the packed part; undefined for one that cannot be kept. */
  readonly text: string | undefined;

  constructor(part: LanguageModelV4StreamPart) {
    const packed = pack(part);
    this.type = part.type;
    this.text = packed === undefined ? undefined : JSON.stringify(packed);
    this.#part = packed === undefined ? part : undefined;
  }

  /** A copy for each reader, as they may do with it what they want. */
  part(): LanguageModelV4StreamPart {
    return this.#part ?? (unpack(JSON.parse(this.text as string) as JsonValue) as LanguageModelV4StreamPart);
  }
}

/** An answer that holds what no store could give back: whoever waits gets it, and it is never kept. */
export class Unkeepable {
  readonly answer: LanguageModelV4GenerateResult | readonly Piece[];
  /** As of an exchange. */
  readonly isBroken: boolean;
  constructor(answer: LanguageModelV4GenerateResult | readonly Piece[], isBroken = false) {
    this.answer = answer;
    this.isBroken = isBroken;
  }
}

/** What the generation of an answer gives. */
export type Recorded = Exchange | Unkeepable;

/** So that it is never taken for what a provider has sent. */
const type = 'application/vnd.holdfast.ai-sdk+json';

/** Without what belongs to the request alone: its body, and the headers and the body of the response. */
export function recordResult(result: LanguageModelV4GenerateResult): Recorded {
  const { request: _request, response, ...rest } = result;
  const { headers: _headers, body: _body, ...metadata } = response ?? {};
  const kept = { ...rest, ...(Object.keys(metadata).length > 0 && { response: metadata }) };
  const packed = pack(kept);
  if (packed === undefined) return new Unkeepable(kept);
  return { version: 1, form: 'document', type, body: JSON.stringify(packed) };
}

export function recordParts(pieces: readonly Piece[]): Recorded {
  const texts = pieces.flatMap(({ text }) => (text === undefined ? [] : [text]));
  if (texts.length < pieces.length) return new Unkeepable(pieces);
  return { version: 1, form: 'array', type, body: `[${texts.join(',')}]` };
}

/** The same, of a stream that ended too soon: it is no answer for who waits for the whole. */
export function broken(recorded: Recorded): Recorded {
  return recorded instanceof Unkeepable
    ? new Unkeepable(recorded.answer, true)
    : { ...recorded, isBroken: true };
}

/** The recorded answer in one piece. */
export function resultIn(recorded: Recorded): LanguageModelV4GenerateResult {
  if (recorded instanceof Unkeepable) {
    return isPieces(recorded.answer) ? resultOf(recorded.answer.map((one) => one.part())) : recorded.answer;
  }
  const answer = unpack(JSON.parse(recorded.body) as JsonValue);
  return recorded.form === 'document'
    ? (answer as LanguageModelV4GenerateResult)
    : resultOf(answer as LanguageModelV4StreamPart[]);
}

/** The recorded answer as the parts of a stream. */
export function partsIn(recorded: Recorded): LanguageModelV4StreamPart[] {
  if (recorded instanceof Unkeepable) {
    const { answer } = recorded;
    return isPieces(answer) ? answer.map((one) => one.part()) : partsOf(answer);
  }
  const answer = unpack(JSON.parse(recorded.body) as JsonValue);
  return recorded.form === 'array'
    ? (answer as LanguageModelV4StreamPart[])
    : partsOf(answer as LanguageModelV4GenerateResult);
}

const isPieces = (answer: Unkeepable['answer']): answer is readonly Piece[] => Array.isArray(answer);
