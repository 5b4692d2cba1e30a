import { HoldfastError } from '../lib/errors.ts';

/** The same chunks, as long as all of them together are no longer than allowed. @throws E_ANSWER_TOO_LARGE */
export async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  maxAnswerBytes: number,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    checkLength(bytes, maxAnswerBytes);
    yield chunk;
  }
}

/** @throws E_ANSWER_TOO_LARGE */
export function checkLength(bytes: number, maxAnswerBytes: number): void {
  if (bytes <= maxAnswerBytes) return;
  throw new HoldfastError(
    'E_ANSWER_TOO_LARGE',
    `the provider's answer is longer than maxAnswerBytes (${maxAnswerBytes}): it was given up`,
  );
}
