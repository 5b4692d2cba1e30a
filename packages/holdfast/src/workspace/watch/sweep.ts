import type { Clock, Timer } from '../../lib/clock.ts';
import type { Sight } from '../refusal.ts';
import type { Inspector } from './inspection.ts';
import type { Place } from './place.ts';

/** Looking takes a twentieth of a core at most: after each round it rests for 19 times as long. */
const rest = 19;

/** Looks at places again and again without having heard of them. */
export class Sweep {
  readonly #inspector: Inspector;
  readonly #clock: Pick<Clock, 'now' | 'setTimeout'>;
  /** Told of each place where something else is found than what is known. */
  readonly #suspect: (place: Place) => void;
  readonly #fail: (error: unknown) => void;
  #timer: Timer | undefined;
  #round = 0;

  constructor(
    inspector: Inspector,
    clock: Pick<Clock, 'now' | 'setTimeout'>,
    suspect: (place: Place) => void,
    fail: (error: unknown) => void,
  ) {
    this.#inspector = inspector;
    this.#clock = clock;
    this.#suspect = suspect;
    this.#fail = fail;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** @param every milliseconds between two rounds, at least */
  start(places: () => Iterable<Place>, every: number): void {
    if (this.#timer === undefined) this.#schedule(places, every, every);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#round += 1;
  }

  #schedule(places: () => Iterable<Place>, every: number, wait: number): void {
    const round = this.#round;
    this.#timer = this.#clock.setTimeout(() => {
      this.#run(places, round)
        .catch((error: unknown) => {
          this.#fail(error);
          return 0;
        })
        .then((busy) => {
          if (round === this.#round) this.#schedule(places, every, Math.max(every, rest * busy));
        });
    }, wait);
    this.#timer.unref();
  }

  /** Resolves to how many milliseconds the looks took. */
  async #run(places: () => Iterable<Place>, round: number): Promise<number> {
    let busy = 0;
    for (const place of [...places()]) {
      await this.#inspector.turn();
      if (round !== this.#round) return busy;
      if (place.dropped) continue;
      const began = this.#clock.now();
      const heard = place.touchedAt;
      const looking = this.#inspector.look(place);
      const sight = looking instanceof Promise ? await looking : looking;
      busy += this.#clock.now() - began;
      if (round !== this.#round) return busy;
      if (place.touchedAt === heard && isNew(place, sight)) this.#suspect(place);
    }
    return busy;
  }
}

/** What nobody has looked at yet is going to be looked at anyway. */
function isNew({ digest, blocked }: Place, sight: Sight): boolean {
  if ('cause' in sight) return digest !== undefined;
  return digest === undefined ? blocked : digest !== sight.digest;
}
