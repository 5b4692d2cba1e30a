import type { Form } from '../exchange.ts';
import { isKeyParameter, queryOf } from './query.ts';

/** What decides the kind of an answer; unary and streamed generation are the same. */
export type Family = 'generateContent' | 'countTokens' | 'embedContent' | 'batchEmbedContents';

/** What the address of a request names. */
export interface Address {
  readonly version: string;
  /** `models/gemini-2.5-flash`, `tunedModels/one-of-mine`. */
  readonly resource: string;
  /** `gemini-2.5-flash`, `tunedModels/one-of-mine`: as limits and prices name it. */
  readonly model: string;
  readonly family: Family;
  readonly form: Form;
}

const families: Readonly<Record<string, Family>> = {
  generateContent: 'generateContent',
  streamGenerateContent: 'generateContent',
  countTokens: 'countTokens',
  embedContent: 'embedContent',
  batchEmbedContents: 'batchEmbedContents',
};

const pattern =
  /^\/(?<version>v1|v1beta|v1alpha)\/(?<resource>(?:models|tunedModels)\/[A-Za-z0-9][A-Za-z0-9._-]{0,199}):(?<method>[A-Za-z]{1,40})$/;

/** They change neither the answer nor the form that it is written in. `prettyPrint` changes spaces between tokens of JSON. */
const indifferent = new Set(['prettyPrint', 'quotaUser', '.xgafv']);

/** The address of a question to a model; undefined for any other. */
export function parseAddress(method: string, target: string): Address | undefined {
  const { path, parameters } = queryOf(target);
  const groups = pattern.exec(path.replace(/%3a/i, ':'))?.groups;
  if (method !== 'POST' || groups === undefined) return undefined;
  const { version = '', resource = '', method: name = '' } = groups;
  const family = Object.hasOwn(families, name) ? families[name] : undefined;
  if (family === undefined) return undefined;

  let alt: string | undefined;
  for (const parameter of parameters) {
    const own = parameter.name.replace(/^\$/, '');
    if (own === 'alt') {
      if (alt !== undefined) return undefined;
      alt = parameter.value;
    } else if (!isKeyParameter(parameter.name) && !indifferent.has(own)) {
      // `fields` leaves parts of the answer out, `callback` wraps it; others are not known.
      return undefined;
    }
  }
  const form = formOf(name, alt);
  return form && { version, resource, model: resource.replace(/^models\//, ''), family, form };
}

function formOf(method: string, alt: string | undefined): Form | undefined {
  const isJson = alt === undefined || alt === 'json' || alt === '';
  if (method !== 'streamGenerateContent') return isJson ? 'document' : undefined;
  if (alt === 'sse') return 'events';
  return isJson ? 'array' : undefined;
}
