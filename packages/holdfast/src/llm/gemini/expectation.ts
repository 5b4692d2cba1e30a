import { isObject, type JsonObject, objectsOf } from '../json-object.ts';
import type { Family } from './address.ts';
import { field, messageField } from './spelling.ts';
import type { Tools } from './tools.ts';

/** The shape that the text of an answer must have. */
export type TextShape =
  | { readonly is: 'json' }
  /** `responseSchema`: the API's own subset of OpenAPI. */
  | { readonly is: 'gemini'; readonly schema: JsonObject }
  | { readonly is: 'json-schema'; readonly schema: unknown }
  /** `text/x.enum`: one of these words. */
  | { readonly is: 'word'; readonly words: readonly unknown[] };

/** What `judge` has to know of the request. */
export type Expectation =
  | {
      readonly family: 'generateContent';
      readonly shape: TextShape | undefined;
      readonly isUnpriceable: boolean;
    }
  | { readonly family: 'countTokens' | 'embedContent' }
  | { readonly family: 'batchEmbedContents'; readonly count: number };

export function expectationOf(family: Family, body: JsonObject, tools: Tools): Expectation {
  if (family === 'batchEmbedContents') return { family, count: objectsOf(body.requests).length };
  if (family !== 'generateContent') return { family };
  const configuration = isObject(body.generationConfig) ? body.generationConfig : {};
  const isUnpriceable = tools.arePaid || hasOtherTier(body.serviceTier);
  return { family, shape: shapeOf(configuration) ?? shapeOfFormat(configuration), isUnpriceable };
}

/** The prices of other tiers are others than those of the list. */
function hasOtherTier(tier: unknown): boolean {
  return typeof tier === 'string' && !/(^|_)(unspecified|standard)$/i.test(tier);
}

function shapeOf(configuration: JsonObject): TextShape | undefined {
  const { responseMimeType: type, responseSchema: own } = configuration;
  const standard = configuration.responseJsonSchema ?? configuration._responseJsonSchema;
  if (type === 'text/x.enum') {
    const schema = isObject(own) ? own : isObject(standard) ? standard : {};
    return Array.isArray(schema.enum) ? { is: 'word', words: schema.enum } : undefined;
  }
  if (type !== undefined && type !== 'application/json') return undefined;
  if (isObject(own)) return { is: 'gemini', schema: own };
  if (standard !== undefined) return { is: 'json-schema', schema: standard };
  return type === undefined ? undefined : { is: 'json' };
}

/** `responseFormat`, which is to take the place of the others: `[{ text: { mimeType, schema } }]`. */
function shapeOfFormat(configuration: JsonObject): TextShape | undefined {
  for (const format of objectsOf(configuration.responseFormat)) {
    const text = messageField(format, 'text');
    const type = text && field(text, 'mimeType');
    if (text === undefined || typeof type !== 'string' || !/^application[/_]json$/i.test(type)) continue;
    return text.schema === undefined ? { is: 'json' } : { is: 'json-schema', schema: text.schema };
  }
  return undefined;
}
