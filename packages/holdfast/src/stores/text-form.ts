/** How the bytes of a text are to be read; it stands in the two lowest bits of their number. */
export const textForm = {
  utf8: 0,
  /** A text with an unpaired surrogate, which UTF-8 would lose. */
  utf16: 1,
  /** A SHA-256 in hex, as its 32 bytes: most of a trace is digests. */
  hex: 2,
} as const;

export const textForms = 4;

const digest = /^[0-9a-f]{64}$/;

export function isHexDigest(text: string): boolean {
  return text.length === 64 && digest.test(text);
}
