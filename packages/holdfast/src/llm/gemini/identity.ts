import { canonical } from '../../lib/canonical.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import type { Address } from './address.ts';
import { respelled } from './spelling.ts';

/** The digest of what a prefix cache holds, by its name (`cachedContents/…`), where the caller knows it. */
export type ContentDigest = (name: string) => string | undefined;

export interface Identity {
  readonly text: string;
  /** The parts of the request that count, without the name of a prefix cache, in camel case. */
  readonly body: JsonObject;
  /** It names a prefix cache, and what that holds is not known. */
  readonly namesPrefixCache: boolean;
}

/**
 * The canonical text of a request: version of the API, what is asked, model, and the body without `labels`. `serviceTier`
 * and `store` are in it: they do not decide the text of an answer, but when it comes, what it costs and who may read it.
 *
 * The name of a prefix cache gives way to the digest of its content. Where that is not known the name itself is in the
 * text, and the answer must not be kept: another cache may come to have the name.
 *
 * @returns undefined where the body has a field twice, in two spellings
 * @throws E_KEY, RangeError where the body is too deep
 */
export function identityOf(
  address: Address,
  body: JsonObject,
  contentDigest: ContentDigest | undefined,
): Identity | undefined {
  const outer = decisiveParts(body);
  // countTokens can hold a whole generateContent request.
  const nested = outer?.generateContentRequest;
  const inner = isObject(nested) ? decisiveParts(nested) : {};
  if (outer === undefined || inner === undefined) return undefined;

  const { cachedContent, ...rest } = outer;
  const { cachedContent: innerCache, ...innerRest } = inner;
  const parts = isObject(nested) ? { ...rest, generateContentRequest: innerRest } : rest;
  const caches = [cachedContent, innerCache].map((name) => cacheMark(name, contentDigest));
  const text = canonical(
    [
      'gemini',
      address.version,
      address.family,
      address.resource,
      caches.map(({ mark }) => mark),
      inOrder(parts),
    ],
    'the request',
  );
  return { text, body: parts, namesPrefixCache: caches.some(({ isNamed }) => isNamed) };
}

function cacheMark(name: unknown, contentDigest: ContentDigest | undefined) {
  if (name === undefined) return { mark: null, isNamed: false };
  const digest = typeof name === 'string' ? contentDigest?.(name) : undefined;
  return digest === undefined
    ? { mark: ['name', name], isNamed: true }
    : { mark: ['digest', digest], isNamed: false };
}

/** A field that is null or an empty list is a field that is not there. */
function decisiveParts(message: JsonObject): JsonObject | undefined {
  const spelled = respelled(message);
  if (spelled === undefined) return undefined;
  const { labels: _, generationConfig, ...rest } = spelled;
  if (!isObject(generationConfig)) return present({ ...rest, generationConfig });
  const configuration = respelled(generationConfig);
  if (configuration === undefined) return undefined;
  const kept = present(configuration);
  return present(Object.keys(kept).length === 0 ? rest : { ...rest, generationConfig: kept });
}

function present(message: JsonObject): JsonObject {
  if (!Object.values(message).some(isAbsent)) return message;
  const entries = Object.entries(message);
  return Object.fromEntries(entries.filter(([, value]) => !isAbsent(value)));
}

const isAbsent = (value: unknown) =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Of answers, where they stand in the configuration; and of what functions are called with, in the tools. */
const schemas = ['responseSchema', 'responseJsonSchema', '_responseJsonSchema', 'responseFormat'];
const ofFunctions = ['parameters', 'parametersJsonSchema', 'parameters_json_schema'];

/** Schemas as text: Gemini writes the properties in the order in which the schema names them. */
function inOrder(body: JsonObject): JsonObject {
  const { generateContentRequest: inner, generationConfig: configuration, tools } = body;
  return {
    ...body,
    ...(isObject(inner) && { generateContentRequest: inOrder(inner) }),
    ...(isObject(configuration) && { generationConfig: written(configuration, schemas) }),
    ...(tools !== undefined && { tools: writtenWithin(tools) }),
  };
}

function written(message: JsonObject, names: readonly string[]): JsonObject {
  if (!names.some((name) => Object.hasOwn(message, name))) return message;
  const entries = Object.entries(message);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, names.includes(name) ? JSON.stringify(value) : value]),
  );
}

function writtenWithin(tools: unknown): unknown {
  if (Array.isArray(tools)) return tools.map(writtenWithin);
  if (!isObject(tools)) return tools;
  const entries = Object.entries(written(tools, ofFunctions));
  return Object.fromEntries(entries.map(([name, value]) => [name, writtenWithin(value)]));
}
