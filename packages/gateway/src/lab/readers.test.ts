import { ManualClock, settled } from 'holdfast/testing';
import { expect, test } from 'vitest';
import type { Reader } from './reader.ts';
import { Readers, type Stream } from './readers.ts';

const steady: Reader = { comesAt: 0, perPiece: 0, enough: undefined };
const event = (text: string) =>
  Buffer.from(`data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }] } }] })}\r\n\r\n`);

/** A stream that the test writes, and that any number read from its beginning. */
class Written {
  readonly #events: Buffer[] = [];
  #more = Promise.withResolvers<void>();
  #end: 'not yet' | 'well' | Error = 'not yet';
  opened = 0;
  left = 0;

  readonly open = async (signal: AbortSignal): Promise<Stream> => {
    this.opened += 1;
    signal.addEventListener('abort', () => this.end(new Error('aborted')));
    return { isShared: this.opened > 1, body: this.#read() };
  };

  async write(...texts: readonly string[]): Promise<void> {
    this.#events.push(...texts.map(event));
    await this.#wake();
  }

  async end(how: 'well' | Error = 'well'): Promise<void> {
    this.#end = how;
    await this.#wake();
  }

  async #wake(): Promise<void> {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
    await settled();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    let isOver = false;
    try {
      for (let at = 0; ; at += 1) {
        while (at >= this.#events.length && this.#end === 'not yet') await this.#more.promise;
        const next = this.#events[at];
        if (next === undefined) break;
        yield next;
      }
      isOver = true;
      if (this.#end instanceof Error) throw this.#end;
    } finally {
      if (!isOver) this.left += 1;
    }
  }
}

async function setUp(...all: readonly Reader[]) {
  const clock = new ManualClock();
  const stream = new Written();
  const readers = new Readers(all, 4, clock);
  const ending = new AbortController();
  const played = readers.play(stream.open, ending.signal);
  await settled();
  return { clock, stream, readers, ending, played };
}

test('each is told as it stands: waiting, reading so much, and whole', async () => {
  const { stream, readers, played } = await setUp(steady, steady);
  expect(readers.state()).toMatchObject({ progress: '--', waiting: 2, reading: 0, text: '' });
  await stream.write('one ', 'two ');
  expect(readers.state()).toMatchObject({ progress: 'MM', waiting: 0, reading: 2, text: 'one two ' });
  await stream.write('three ', 'four');
  await stream.end();
  await played;
  expect(readers.state()).toMatchObject({ progress: 'YY', reading: 0, whole: 2, failed: 0, left: 0 });
  expect(readers.state().text).toBe('one two three four');
});

test('who comes late joins what flows, has its first word at once, and is counted', async () => {
  const { clock, stream, readers, played } = await setUp(steady, { ...steady, comesAt: 500 });
  await clock.flow(100);
  await stream.write('one ', 'two ');
  expect(readers.state()).toMatchObject({ progress: 'M', late: 0, replayed: 0 });
  await clock.flow(400);
  expect(readers.state()).toMatchObject({ progress: 'MM', late: 1, replayed: 1 });
  await stream.write('three ', 'four');
  await stream.end();
  await played;
  const { firstWord, whole } = readers.state();
  expect(whole).toBe(2);
  expect(firstWord.p50).toBeLessThan(0.01);
  expect(firstWord.max).toBeCloseTo(100, 0);
});

test('who has read enough leaves the stream, and the others go on', async () => {
  const { stream, readers, played } = await setUp(steady, { ...steady, enough: 2 });
  await stream.write('one ');
  expect(stream.left).toBe(0);
  await stream.write('two ', 'three ');
  expect(stream.left).toBe(1);
  expect(readers.state()).toMatchObject({ progress: 'Sm', reading: 1, left: 1 });
  await stream.write('four');
  await stream.end();
  await played;
  expect(readers.state()).toMatchObject({ progress: 'Ym', whole: 1, left: 1, failed: 0 });
});

test('who reads slowly takes its time for each piece, and holds up nobody', async () => {
  const { clock, stream, readers, played } = await setUp(steady, { ...steady, perPiece: 50 });
  await stream.write('one ', 'two ', 'three ', 'four');
  await stream.end();
  expect(readers.state()).toMatchObject({ progress: 'YG', whole: 1, reading: 1, slow: 1 });
  await clock.flow(149);
  expect(readers.state().progress).toBe('YS');
  await clock.flow(51);
  await played;
  expect(readers.state()).toMatchObject({ progress: 'YY', whole: 2 });
  expect(clock.timers).toBe(0);
});

test('a stream that breaks, or ends before it is whole, has failed all who still read it', async () => {
  const broken = await setUp(steady, { ...steady, enough: 1 });
  await broken.stream.write('one ');
  await broken.stream.end(new Error('broken'));
  await broken.played;
  expect(broken.readers.state()).toMatchObject({ progress: '!g', failed: 1, left: 1 });

  const short = await setUp(steady);
  await short.stream.write('one ');
  await short.stream.end();
  await short.played;
  expect(short.readers.state()).toMatchObject({ progress: '!', failed: 1, whole: 0 });
});

test('once all have come and have their first word it is told; nobody is missing then', async () => {
  const { clock, stream, readers, played } = await setUp(steady, { ...steady, comesAt: 500 });
  let told = false;
  void readers.allRead.then(() => {
    told = true;
  });
  await stream.write('one ');
  expect(told).toBe(false);
  await clock.flow(500);
  expect(told).toBe(true);
  expect(readers.state()).toMatchObject({ waiting: 0, reading: 2 });
  await stream.write('two ', 'three ', 'four');
  await stream.end();
  await played;
});

test('a scene that is ended asks nothing more, and leaves no timer behind', async () => {
  const { clock, stream, readers, ending, played } = await setUp(
    { ...steady, perPiece: 1_000 },
    { ...steady, comesAt: 60_000 },
  );
  await stream.write('one ');
  ending.abort(new Error('enough'));
  await played;
  expect(stream.opened).toBe(1);
  expect(readers.state().progress).toHaveLength(1);
  expect(clock.timers).toBe(0);
});
