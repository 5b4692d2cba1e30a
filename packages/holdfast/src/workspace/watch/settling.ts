import type { SourceChange } from '../../events/event.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { GlobDependency } from '../../model/dependency.ts';
import type { Sight } from '../refusal.ts';
import type { Arming } from './arming.ts';
import type { DirectoryMap, Step } from './directory-map.ts';
import type { Inspector } from './inspection.ts';
import type { Place } from './place.ts';
import type { Standing } from './standing.ts';
import type { Telling } from './telling.ts';

/** What has changed is looked at when nothing was heard for so long, in milliseconds. */
const quiet = 10;
/** But after so long at most. */
const patience = 50;

/** What looking at places takes of the watching. */
export interface SettlingGround {
  readonly clock: Pick<Clock, 'now' | 'setTimeout'>;
  readonly standing: Standing;
  readonly telling: Telling;
  readonly arming: Arming;
  readonly directories: DirectoryMap;
  readonly inspector: Inspector;
}

/**
 * Looks at what was heard of, once that has settled. In rounds: what is heard of during one is for the next one, so that
 * files that change all the time hold up nobody who waits for a round.
 */
export class Settling {
  readonly #ground: SettlingGround;
  #due = new Set<Place>();
  #debounce: { readonly since: number; readonly timer: Timer } | undefined;
  #round: Promise<void> | undefined;
  #isOn = false;

  constructor(ground: SettlingGround) {
    this.#ground = ground;
  }

  /** Whether everything that is due was looked at. */
  get isDone(): boolean {
    return this.#due.size === 0 && this.#round === undefined;
  }

  /** From now on what is due is looked at by itself. */
  begin(): void {
    this.#isOn = true;
    this.#soon();
  }

  /** Nothing is looked at, unless somebody asks for a round. */
  rest(): void {
    this.#isOn = false;
    this.#debounce?.timer.cancel();
    this.#debounce = undefined;
  }

  /** To be looked at, although nothing was heard of them. */
  add(places: Iterable<Place>): void {
    for (const place of places) this.#due.add(place);
    this.#soon();
  }

  /** The same, whether what tells of them is armed or not. */
  insist(places: Iterable<Place>): void {
    for (const place of places) {
      place.isWanted = true;
      this.#due.add(place);
    }
    this.#soon();
  }

  /** Something may have happened to these. */
  touch(places: ReadonlySet<Place>): void {
    if (places.size === 0) return;
    const { standing } = this.#ground;
    const revision = standing.next();
    for (const place of places) {
      place.touch(revision);
      this.#due.add(place);
    }
    standing.publish();
    this.#soon();
  }

  /** Resolves when everything that is due now was looked at. Never rejects. */
  async round(): Promise<void> {
    await this.#round;
    this.#round ??= this.#lookAtDue()
      .catch((error: unknown) => this.#ground.telling.fail(error))
      .finally(() => {
        this.#round = undefined;
        this.#soon();
      });
    await this.#round;
  }

  /** Resolves when nothing is looked at any more. */
  async close(): Promise<void> {
    this.rest();
    this.#due.clear();
    await this.#round;
  }

  #soon(): void {
    if (this.#due.size === 0 || !this.#isOn) return;
    const { clock, telling } = this.#ground;
    const now = clock.now();
    const since = this.#debounce?.since ?? now;
    if (this.#debounce !== undefined && now - since > patience - quiet) return;
    this.#debounce?.timer.cancel();
    const timer = clock.setTimeout(() => {
      this.#debounce = undefined;
      telling.guard(() => void this.round());
    }, quiet);
    timer.unref();
    this.#debounce = { since, timer };
  }

  async #lookAtDue(): Promise<void> {
    const { inspector, standing, telling } = this.#ground;
    const due = this.#due;
    this.#due = new Set();
    const changes: SourceChange[] = [];
    const slow: Promise<void>[] = [];
    inspector.begin();
    for (const place of due) {
      const turn = inspector.turn(2);
      if (turn !== undefined) await turn;
      if (standing.isOff) break;
      if (place.dropped) continue;
      try {
        const looking = this.#lookAt(place, changes);
        if (looking !== undefined) slow.push(looking.catch((error: unknown) => this.#fail(place, error)));
      } catch (error) {
        this.#fail(place, error);
      }
    }
    await Promise.all(slow);
    if (changes.length > 0) telling.tell({ type: 'workspace.changed', changes });
  }

  /** A promise only where it takes long. */
  #lookAt(place: Place, changes: SourceChange[]): Promise<void> | undefined {
    const { inspector } = this.#ground;
    const { dependency } = place;
    if (dependency.type === 'glob') return this.#search(place, dependency, changes);
    // The way first: what happens after that is seen by the look, or heard of.
    if (place.astray) {
      this.#lead(place, inspector.route(place) ?? []);
      place.astray = false;
    }
    if (this.#awaitsArming(place)) return undefined;
    const heard = place.touchedAt;
    const sight = inspector.look(place);
    if (sight instanceof Promise) return sight.then((seen) => this.#learn(place, heard, seen, changes));
    this.#learn(place, heard, sight, changes);
    return undefined;
  }

  async #search(place: Place, dependency: GlobDependency, changes: SourceChange[]): Promise<void> {
    const heard = place.touchedAt;
    const { sight, steps } = await this.#ground.inspector.survey(dependency);
    if (place.dropped || this.#ground.standing.isOff) return;
    // What happened in a directory while nobody listened there is found by searching again.
    if (this.#lead(place, steps)) this.#due.add(place);
    else if (place.touchedAt === heard) place.astray = false;
    if (!this.#awaitsArming(place)) this.#learn(place, heard, sight, changes);
  }

  /** @returns whether there is something new to be heard of */
  #lead(place: Place, steps: readonly Step[]): boolean {
    const { arming, directories, standing } = this.#ground;
    const isNew = directories.put(place, steps);
    // Whatever a check has found until now may have changed unheard.
    if (isNew) place.touch(standing.next());
    arming.ask(place);
    return isNew;
  }

  /** When its directories are armed, a place is due again: what happens before is not told. */
  #awaitsArming(place: Place): boolean {
    return !place.isWanted && this.#ground.arming.isOn && !place.isArmed && !place.isUnwatchable();
  }

  #learn(place: Place, heard: number, sight: Sight, changes: SourceChange[]): void {
    if (place.dropped || this.#ground.standing.isOff) return;
    place.isWanted = false;
    // Otherwise something has happened since: it is due again, and this is what it was on the way.
    if (place.touchedAt === heard) this.#know(place, sight);
    const { known, dependency } = place;
    if ('cause' in sight) return;
    place.known = sight.digest;
    if (known === undefined || known === sight.digest) return;
    changes.push({ type: dependency.type, name: name(place), before: known, now: sight.digest });
  }

  #know(place: Place, sight: Sight): void {
    const { arming, telling } = this.#ground;
    const { digest: before, known, blocked } = place;
    const digest = 'cause' in sight ? undefined : sight.digest;
    // Nobody has told of it.
    if (before !== undefined && before !== digest) this.#mark(place);
    place.digest = digest;
    place.blocked = 'cause' in sight;
    if ('cause' in sight) {
      if (!blocked) telling.warn(name(place), sight.cause);
    } else if (blocked || (known !== undefined && known !== digest)) {
      arming.askAgain(place);
    }
  }

  /** Whatever failed, the place must not go on as if nothing had happened. */
  #fail(place: Place, error: unknown): void {
    this.#mark(place);
    place.blocked = true;
    this.#ground.telling.fail(error);
  }

  #mark(place: Place): void {
    const { standing } = this.#ground;
    place.touch(standing.next());
    standing.publish();
  }
}

function name({ dependency }: Place): string {
  return dependency.type === 'glob' ? dependency.pattern : dependency.path;
}
