import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4FilePart } from '@ai-sdk/provider';
import { canonical, sha256 } from '../lib/canonical.ts';
import type { JsonValue } from '../lib/json.ts';
import { isObject } from '../llm/json-object.ts';
import { scopeOfKey } from '../llm/scope-name.ts';
import { type Steering, steeringOf } from '../llm/steering.ts';
import { identityOf } from './packing.ts';

/** In one piece, or as a stream. */
export type Way = 'generate' | 'stream';

/** What a call asks a model for. */
export interface Question {
  /** Equal for calls that may share an answer; undefined where nobody can tell, as the call holds what is no data. */
  readonly key: string | undefined;
  /** Whose answers are shared, by the keys among the headers of the call, if there are any. */
  readonly scope: string | undefined;
  /** Why its answer may be shared while it is made, and not be kept; undefined where it may. */
  readonly unkept: string | undefined;
  readonly steering: Steering;
  /** What the model is asked with, without what was meant for us. */
  readonly params: LanguageModelV4CallOptions;
  /** Input tokens, roughly. */
  readonly estimatedTokens: number;
}

/** Raise it when the same question would be answered by another answer. */
const keyVersion = 1;

/**
 * All that decides the answer is a part of the key: model, prompt, settings, tools, provider options; bytes by their SHA-256.
 * Headers and signal are not, as they say who asks and how, and not what.
 * @param truncated answers that were cut are kept, too
 * @throws E_OPTION, E_DURATION for headers that steer wrongly
 */
export function readQuestion(
  model: LanguageModelV4,
  params: LanguageModelV4CallOptions,
  way: Way,
  truncated: boolean,
): Question {
  const { abortSignal: _signal, headers, includeRawChunks, ...asked } = params;
  const { own, others } = sorted(headers ?? {});
  const packed = identityOf(asked);
  // Of a JSON answer a stream cannot say which text is meant, and raw chunks are in streams alone.
  const isApart = params.responseFormat?.type === 'json' || (way === 'stream' && includeRawChunks === true);
  const form = isApart ? `${way}${includeRawChunks === true ? ' raw' : ''}` : '';
  // What was kept by allowance is nothing for those who do not allow it.
  const allowed = truncated ? ' truncated' : '';
  const text =
    packed === undefined
      ? undefined
      : canonical(
          [keyVersion, model.provider, model.modelId, `${form}${allowed}`, inOrder(packed)],
          'a question',
        );
  const { headers: _, ...bare } = params;
  return {
    key: text === undefined ? undefined : `ai-sdk:${sha256(text)}`,
    scope: scopeOf(others),
    unkept: reasonAgainst(params),
    steering: steeringOf({ method: 'POST', target: '', headers: own, body: new Uint8Array() }),
    params: Object.keys(others).length === 0 ? bare : { ...bare, headers: others },
    estimatedTokens: Math.ceil((text?.length ?? 0) / charactersPerToken),
  };
}

const charactersPerToken = 4;

/** Schemas as text: a model writes the properties in the order in which a schema names them. */
function inOrder(asked: JsonValue): JsonValue {
  if (!isObject(asked)) return asked;
  const { responseFormat, tools } = asked;
  return {
    ...asked,
    ...(isObject(responseFormat) && { responseFormat: written(responseFormat, 'schema') }),
    ...(Array.isArray(tools) && {
      tools: tools.map((tool: JsonValue) => (isObject(tool) ? written(tool, 'inputSchema') : tool)),
    }),
  };
}

function written(of: { readonly [name: string]: JsonValue }, name: string): JsonValue {
  const value = of[name];
  return value === undefined ? of : { ...of, [name]: JSON.stringify(value) };
}

interface Headers {
  /** For us. */
  readonly own: Readonly<Record<string, string>>;
  /** For the provider. */
  readonly others: Record<string, string | undefined>;
}

function sorted(headers: Readonly<Record<string, string | undefined>>): Headers {
  const own: Record<string, string> = {};
  const others: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!lower.startsWith('holdfast-')) others[name] = value;
    else if (value !== undefined) own[lower] = value;
  }
  return { own, others };
}

/** They say who asks. */
const credential = /^(proxy-)?authorization$|^cookie$|(^|-)(api-?key|token|organization|project|account)$/i;

function scopeOf(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const found = Object.entries(headers)
    .filter(([name, value]) => value !== undefined && credential.test(name))
    .map(([name, value]) => [name.toLowerCase(), value as string]);
  if (found.length === 0) return undefined;
  return scopeOfKey(canonical(Object.fromEntries(found), 'the headers of a call'));
}

function reasonAgainst({ tools, prompt }: LanguageModelV4CallOptions): string | undefined {
  if (tools?.some(({ type }) => type === 'provider') === true) {
    return 'a tool of the provider looks at what may change';
  }
  const hasAddress = prompt.some(
    ({ content }) => typeof content !== 'string' && content.some((part) => filesIn(part).some(isElsewhere)),
  );
  return hasAddress ? 'a file at an address may change' : undefined;
}

type Part = Exclude<LanguageModelV4CallOptions['prompt'][number]['content'], string>[number];
type FileData = LanguageModelV4FilePart['data'];

function filesIn(part: Part): readonly FileData[] {
  if ('data' in part) return [part.data as FileData];
  if (part.type !== 'tool-result' || part.output.type !== 'content') return [];
  return part.output.value.flatMap((given) => (given.type === 'file' ? [given.data] : []));
}

function isElsewhere(data: FileData): boolean {
  return data.type === 'url' && data.url.protocol !== 'data:';
}
