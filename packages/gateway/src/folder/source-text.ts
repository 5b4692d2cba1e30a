import { looksBinary } from './source-names.ts';

/**
 * The text of a source file: UTF-8, or what its byte order mark says it is in, without the mark. What is not valid
 * becomes U+FFFD.
 *
 * @returns undefined for binary content, which has no text
 */
export function sourceText(content: Uint8Array): string | undefined {
  const encoding = utf16Of(content);
  if (encoding === undefined) {
    return looksBinary(content) ? undefined : new TextDecoder().decode(content);
  }
  const text = new TextDecoder(encoding).decode(content);
  // UTF-32 begins like UTF-16, and every other character of it is then NUL.
  return text.includes('\0') ? undefined : text;
}

function utf16Of([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}
