import { isObject, type JsonObject } from '../json-object.ts';
import { field, messageField } from './spelling.ts';

/** What the parts of a request hold beside their text. */
export interface Contents {
  /** Input tokens, roughly. */
  readonly tokens: number;
  /** The URIs of files. */
  readonly files: readonly string[];
}

/**
 * Walks all of a request: wherever the API takes a file or inline data, now or later, it is found. A part of a prompt that
 * only looks like a file is taken for one; that costs no more than that its answer is not kept.
 */
export function contentsOf(body: JsonObject): Contents {
  const files: string[] = [];
  let tokens = 0;
  const waiting: unknown[] = [body];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string') tokens += Buffer.byteLength(value) / bytesPerToken;
    else if (Array.isArray(value)) for (const item of value) waiting.push(item);
    else if (isObject(value)) {
      const file = messageField(value, 'fileData');
      const uri = file && field(file, 'fileUri');
      if (typeof uri === 'string') {
        files.push(uri);
        tokens += tokensOfFile;
      }
      const inline = messageField(value, 'inlineData');
      if (inline !== undefined) tokens += tokensOfInline(inline);
      for (const [name, member] of Object.entries(value)) {
        if (member !== file && member !== inline && !silent.has(name)) waiting.push(member);
      }
    }
  }
  return { tokens: Math.ceil(tokens), files };
}

/** They are no part of the prompt, and can be long. */
const silent = new Set(['thoughtSignature', 'thought_signature', 'continuationToken', 'continuation_token']);

const bytesPerToken = 4;
/** Nothing is known of its length. */
const tokensOfFile = 1_000;
/** A picture, or a page of a document. */
const tokensOfPicture = 258;

/** Bytes of a usual encoding for each token: 32 tokens a second at 128 kbit/s, 300 a second at 1 Mbit/s. */
const bytesPerMediaToken: Readonly<Record<string, number>> = { audio: 500, video: 400 };
const bytesPerDocumentToken = 200;

function tokensOfInline(inline: JsonObject): number {
  const data = field(inline, 'data');
  if (typeof data !== 'string') return 0;
  const bytes = data.length * 0.75;
  const type = field(inline, 'mimeType');
  const [kind = ''] = typeof type === 'string' ? type.toLowerCase().split('/', 1) : [];
  if (kind === 'image') return tokensOfPicture;
  if (kind === 'text') return bytes / bytesPerToken;
  const each = Object.hasOwn(bytesPerMediaToken, kind) ? bytesPerMediaToken[kind] : undefined;
  return each === undefined ? Math.max(tokensOfPicture, bytes / bytesPerDocumentToken) : bytes / each;
}
