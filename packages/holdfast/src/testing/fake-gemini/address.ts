/** The methods of a model that the fake speaks. */
export type GeminiMethod = 'generateContent' | 'streamGenerateContent' | 'countTokens';

/** What the path of a request names. */
export interface Address {
  readonly version: 'v1' | 'v1beta';
  /** Without `models/`, for example `gemini-2.5-flash`. */
  readonly model: string;
  readonly method: GeminiMethod;
  /** `?alt=sse`: the stream comes as server-sent events; without it as one growing JSON array. */
  readonly serverSentEvents: boolean;
}

const pattern =
  /^\/(?<version>v1|v1beta)\/models\/(?<model>[A-Za-z0-9][A-Za-z0-9._-]{0,127})(?::|%3A|%3a)(?<method>generateContent|streamGenerateContent|countTokens)$/;

/** The address of a request, or `undefined` where Gemini has nothing (the caller answers 404). */
export function parseAddress(httpMethod: string, target: string): Address | undefined {
  if (httpMethod !== 'POST' || !target.startsWith('/')) return undefined;
  const cut = target.indexOf('?');
  const parts = pattern.exec(cut === -1 ? target : target.slice(0, cut))?.groups;
  const method = methods.find((name) => name === parts?.method);
  const version = versions.find((name) => name === parts?.version);
  if (method === undefined || version === undefined) return undefined;
  const query = new URLSearchParams(cut === -1 ? '' : target.slice(cut + 1));
  return { version, model: parts?.model ?? '', method, serverSentEvents: query.get('alt') === 'sse' };
}

const methods: readonly GeminiMethod[] = ['generateContent', 'streamGenerateContent', 'countTokens'];
const versions = ['v1', 'v1beta'] as const;
