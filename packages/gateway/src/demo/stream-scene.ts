import { OwnStreams, type Reader, Readers, SharedStreams, type Streams } from '../lab/index.ts';
import type { Played, Scene, Stage } from './scene.ts';

const pace = { first: 300, perPiece: 15, pieces: 60, lateFor: 700 } as const;

/** Of each ten callers six come late, when about half of the answer has been said, and one leaves before its end. */
const callers: readonly Reader[] = Array.from({ length: 100 }, (_, index) => ({
  comesAt: index < 40 ? 0 : pace.lateFor,
  perPiece: 0,
  enough: index % 10 === 9 ? 20 : undefined,
}));

export const streamScene: Scene = {
  name: '100 callers of one stream, 60 late, 10 leaving',
  expectation: '1 stream, 90 whole answers, 60 joined it late',
  expected: { providerCalls: 1, errors: 0, whole: 90, left: 10, joined: 60 },
  unprotected: (stage) => follow(stage, (url) => new OwnStreams(url)),
  protected: (stage) => follow(stage, (url) => new SharedStreams(url)),
};

async function follow({ provider, begin }: Stage, connect: (url: string) => Streams): Promise<Played> {
  begin();
  await using streams = connect(provider.stream(pace));
  const readers = new Readers(callers, pace.pieces);
  await readers.play((signal) => streams.open('the one question', signal), new AbortController().signal);
  const { whole, left, replayed, failed } = readers.state();
  return { errors: failed, facts: { whole, left, joined: replayed } };
}
