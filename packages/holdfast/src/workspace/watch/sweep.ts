import type { Clock, Timer } from '../../lib/clock.ts';
import type { Sight } from '../refusal.ts';
import type { Inspector } from './inspection.ts';
import type { Place } from './place.ts';

/**
 * A round takes a twentieth of a core at most. It rests for 19 times as long as it has worked, and some more for what it
 * does not see of its work: the event loop's turns, and the collection of garbage by other threads.
 */
const rest = 22;

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

  /** Resolves to how many milliseconds it has worked: all that it did between waiting for one turn and for the next. */
  async #run(places: () => Iterable<Place>, round: number): Promise<number> {
    const inspector = this.#inspector;
    let busy = 0;
    let began = this.#clock.now();
    inspector.begin();
    for (const place of places()) {
      const turn = inspector.turn(1);
      if (turn !== undefined) {
        busy += this.#clock.now() - began;
        await turn;
        began = this.#clock.now();
        if (round !== this.#round) return busy;
      }
      if (place.dropped) continue;
      const heard = place.touchedAt;
      let sight = inspector.look(place);
      if (sight instanceof Promise) {
        sight = await sight;
        if (round !== this.#round) return busy;
        inspector.begin();
      }
      if (place.touchedAt === heard && isNew(place, sight)) this.#suspect(place);
    }
    return busy + this.#clock.now() - began;
  }
}

/** What nobody has looked at yet is going to be looked at anyway. */
function isNew({ digest, blocked }: Place, sight: Sight): boolean {
  if ('cause' in sight) return digest !== undefined;
  return digest === undefined ? blocked : digest !== sight.digest;
}
