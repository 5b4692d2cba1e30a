import { setImmediate } from 'node:timers/promises';
import type { Clock } from 'holdfast';
import { SystemClock } from 'holdfast/llm';
import type { LabStream } from '../api/index.ts';
import { Latencies } from './latencies.ts';
import type { Reader } from './reader.ts';
import { StreamedText } from './streamed-text.ts';

/** A stream as one caller has it. */
export interface Stream {
  /** It is one that somebody else had asked for. */
  readonly isShared: boolean;
  /** Server-sent events. Who ends the iteration leaves. */
  readonly body: AsyncIterable<Uint8Array>;
}

export type OpenStream = (signal: AbortSignal) => Promise<Stream>;

/** What is told of the readers; the side adds what the provider and the memory say. */
export type ReadersState = Omit<LabStream, 'streams' | 'underWay' | 'usd' | 'memory'>;

type Standing = 'waiting' | 'reading' | 'whole' | 'left' | 'failed';

/** Steps in which progress is told: finer ones could not be seen in a cell. */
const steps = 24;
/** Who comes at once comes in groups of so many, so that sending and answering take turns. */
const startedAtOnce = 50;
const lineFeed = 10;

/** Those who follow the stream of a scene on one side: each comes, reads and leaves as the scene wants it. */
export class Readers {
  readonly #all: readonly Reader[];
  readonly #length: number;
  readonly #clock: Clock;
  /** Of those who have come, in this order: how they stand, and how many pieces they have read. */
  readonly #standings: Standing[] = [];
  readonly #pieces: number[] = [];
  readonly #firstWord = new Latencies();
  readonly #text = new StreamedText();
  readonly #allRead = Promise.withResolvers<void>();
  #waiting = 0;
  #late = 0;
  #replayed = 0;
  #slow = 0;

  /**
   * @param all in the order in which they come
   * @param length of the stream, in pieces
   */
  constructor(all: readonly Reader[], length: number, clock: Clock = new SystemClock()) {
    this.#all = all;
    this.#length = length;
    this.#clock = clock;
  }

  /** Resolves once all have come, and nobody waits for the first word any more; never where the scene is ended before. */
  get allRead(): Promise<void> {
    return this.#allRead.promise;
  }

  /** Resolves when all have read, left or failed. @param signal ends it before */
  async play(open: OpenStream, signal: AbortSignal): Promise<void> {
    const start = this.#clock.now();
    const following: Promise<void>[] = [];
    for (const [index, reader] of this.#all.entries()) {
      await this.#sleep(start + reader.comesAt - this.#clock.now(), signal);
      if (index > 0 && index % startedAtOnce === 0) await setImmediate();
      if (signal.aborted) break;
      following.push(this.#follow(index, reader, open, signal));
    }
    await Promise.all(following);
  }

  state(): ReadersState {
    const counts: Record<Standing, number> = { waiting: 0, reading: 0, whole: 0, left: 0, failed: 0 };
    for (const standing of this.#standings) counts[standing] += 1;
    return {
      progress: this.#standings.map((_, index) => this.#progressOf(index)).join(''),
      ...counts,
      late: this.#late,
      replayed: this.#replayed,
      slow: this.#slow,
      firstWord: this.#firstWord.snapshot(),
      text: this.#text.text,
    };
  }

  /** A reader from its coming to its end, which is kept and goes no further. */
  async #follow(index: number, reader: Reader, open: OpenStream, signal: AbortSignal): Promise<void> {
    this.#standings[index] = 'waiting';
    this.#pieces[index] = 0;
    this.#waiting += 1;
    if (reader.comesAt > 0) this.#late += 1;
    if (reader.perPiece > 0) this.#slow += 1;
    try {
      this.#stand(index, await this.#read(index, reader, open, signal));
    } catch {
      this.#stand(index, 'failed');
    }
  }

  #stand(index: number, standing: Standing): void {
    if (this.#standings[index] === 'waiting') this.#waiting -= 1;
    this.#standings[index] = standing;
    if (this.#waiting === 0 && this.#standings.length === this.#all.length) this.#allRead.resolve();
  }

  async #read(
    index: number,
    { comesAt, perPiece, enough }: Reader,
    open: OpenStream,
    signal: AbortSignal,
  ): Promise<Standing> {
    const asked = this.#clock.now();
    const { isShared, body } = await open(signal);
    let lines = 0;
    for await (const bytes of body) {
      const before = this.#pieces[index] ?? 0;
      lines += lineFeedsIn(bytes);
      // An event ends with an empty line, and has no line feed in its JSON.
      const pieces = Math.floor(lines / 2);
      this.#pieces[index] = pieces;
      if (index === 0) this.#text.push(bytes);
      if (before === 0 && pieces > 0) {
        this.#stand(index, 'reading');
        this.#firstWord.record(this.#clock.now() - asked);
        if (isShared && comesAt > 0) this.#replayed += 1;
      }
      if (enough !== undefined && pieces >= enough) return 'left';
      await this.#sleep(perPiece * (pieces - before), signal);
    }
    return this.#pieces[index] === this.#length ? 'whole' : 'failed';
  }

  #progressOf(index: number): string {
    const standing = this.#standings[index];
    if (standing === 'waiting') return '-';
    if (standing === 'failed') return '!';
    const share = (this.#pieces[index] ?? 0) / this.#length;
    const letter = String.fromCharCode('A'.charCodeAt(0) + Math.floor(steps * Math.min(1, share)));
    return standing === 'left' ? letter.toLowerCase() : letter;
  }

  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.#clock.setTimeout(done, milliseconds);
      signal.addEventListener('abort', done);
    });
  }
}

function lineFeedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
