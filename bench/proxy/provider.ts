/**
 * The fake Gemini in a process of its own: `node provider.ts`. It tells its parent its port, and answers each order when it
 * is done.
 */
import { startFakeGemini } from 'holdfast/testing';

export interface Pace {
  /** Words of the answer; eight of them are a chunk of a stream. */
  readonly words: number;
  /** Milliseconds until it begins, and before each further chunk. */
  readonly first: number;
  readonly perChunk: number;
}

/** From now on it answers so, and counts from zero. Or: what has come since? */
export type ToProvider = { readonly order: 'answer'; readonly pace: Pace } | { readonly order: 'count' };

export type FromProvider = { readonly port: number } | { readonly calls: number };

const fake = await startFakeGemini();

process.on('message', (what: ToProvider) => {
  if (what.order === 'answer') {
    const { words, first, perChunk } = what.pace;
    fake.reset();
    fake.always({ latency: { first, perChunk }, reply: { text: 'words '.repeat(words) } });
  }
  const { calls } = fake.stats();
  tell({ calls: calls.generateContent + calls.streamGenerateContent });
});
process.on('disconnect', () => process.exit(0));
tell({ port: fake.port });

function tell(what: FromProvider): void {
  process.send?.(what);
}
