import type { LabStream } from '../api/index.ts';
import { HeapGrowth } from './heap-growth.ts';
import type { LabProvider } from './provider.ts';
import { readersOf } from './reader.ts';
import { Readers } from './readers.ts';
import type { StreamScene } from './scene.ts';
import { OwnStreams, SharedStreams } from './streams.ts';

const question = 'How can a thousand people read one answer while it is being written?';

/** The stream scene on one side: its readers, their way to the stream, and what it takes. Counted apart from all else. */
export class StreamPlay {
  readonly #scene: StreamScene;
  readonly #provider: LabProvider;
  readonly #isShared: boolean;
  readonly #readers: Readers;
  #memory = 0;

  /** @param isShared whether the readers share a stream, or have one each */
  constructor(scene: StreamScene, provider: LabProvider, isShared: boolean) {
    this.#scene = scene;
    this.#provider = provider;
    this.#isShared = isShared;
    this.#readers = new Readers(readersOf(scene), scene.pace.pieces);
  }

  /** Resolves when all have read, left or failed. @param signal ends it before */
  async play(signal: AbortSignal): Promise<void> {
    const heap = await HeapGrowth.start();
    const url = this.#provider.stream(this.#scene.pace);
    await using streams = this.#isShared ? new SharedStreams(url) : new OwnStreams(url);
    const measured = this.#readers.allRead.then(async () => {
      this.#memory = await heap.measure();
    });
    await this.#readers.play((own) => streams.open(question, own), signal);
    if (!signal.aborted) await measured;
  }

  state(): LabStream {
    return { ...this.#readers.state(), ...this.#provider.streams(), memory: this.#memory };
  }
}
