import type { KeyId } from '../model/key.ts';
import type { Wishes } from './call-options.ts';
import type { Flight } from './flight.ts';
import { Generation, type Work } from './generation.ts';
import type { Generator } from './generator.ts';
import { deliver, fail, shelve } from './landing.ts';
import type { Launcher } from './launcher.ts';
import { guarded, newFlight } from './launcher.ts';
import type { Partition } from './partition.ts';

/** Launches a flight of its own for each call: one generator, one key. */
export class Solo implements Launcher {
  readonly #generate: Generator<unknown>;

  constructor(generate: Generator<unknown>) {
    this.#generate = generate;
  }

  launch(partition: Partition, id: KeyId, wishes: Wishes, background: boolean): Flight {
    const generation: Generation = new Generation(
      partition,
      guarded(
        partition,
        this.#work(() => flight),
      ),
    );
    const flight: Flight = newFlight(generation, id, wishes, background);
    return flight;
  }

  begin(flight: Flight): void {
    flight.generation.begin();
  }

  #work(flight: () => Flight): Work {
    return {
      run: (ctx) => this.#generate(ctx),
      deliver: (returned) => void deliver(flight(), returned),
      shelve: (returned, verdict) => void shelve(flight(), returned, verdict),
      fail: (error) => fail(flight(), error),
    };
  }
}
