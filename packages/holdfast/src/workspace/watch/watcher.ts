import type { WatchState, WorkspaceEvent } from '../../events/event.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SourceDependency } from '../../model/dependency.ts';
import type { Watch } from '../../trace/source.ts';
import { closed } from '../refusal.ts';
import { Arming } from './arming.ts';
import { Course } from './course.ts';
import { Hearing } from './hearing.ts';
import { type Ground, Inspector } from './inspection.ts';
import { Lifeline } from './lifeline.ts';
import { Patrol } from './patrol.ts';
import { Places } from './places.ts';
import type { WatchPlatform } from './platform.ts';
import { Settling } from './settling.ts';
import { Standing } from './standing.ts';
import { Sweep } from './sweep.ts';
import { Telling } from './telling.ts';

/** Milliseconds that the platform has to tell everything in. */
const answerTime = 5_000;
/** Where everything has to be begun anew again and again, whoever waits for a sync gets a look at everything. */
const syncTime = 10_000;

export interface WatcherOptions {
  /** Undefined: everything is polled, for this reason. */
  readonly platform: WatchPlatform | undefined;
  readonly reason: string;
  readonly maxPlaces: number;
  readonly clock: Pick<Clock, 'now' | 'setTimeout'>;
}

/** How the watching stands. */
export type WatchStatus = WatchState & {
  /** What tells of changes: `linux`, or `none`. */
  readonly platform: string;
  /** Files, directories, patterns and names that are watched or polled. */
  readonly places: number;
  readonly directories: number;
  /** Of these, the ones that the machine does not watch: what is in them is polled. */
  readonly refused: number;
  readonly warnings: number;
  readonly errors: number;
};

/** Of a workspace that was told not to watch. */
export const unwatched: WatchStatus = {
  state: 'OFF',
  epoch: 0,
  platform: 'none',
  places: 0,
  directories: 0,
  refused: 0,
  warnings: 0,
  errors: 0,
};

/**
 * Knows which of the things that were read may have changed since. Events are hints: what one is about counts as unknown
 * until it was looked at, and whatever may have been missed makes everything unknown. So reads in `watched` freshness are
 * as right as the machine's events are prompt, and checked reads do not depend on them at all.
 *
 * It begins when there is something to watch. Nothing that goes wrong ends it: see `telling.ts`.
 */
export class Watcher implements Watch {
  readonly #clock: WatcherOptions['clock'];
  readonly #places: Places;
  readonly #telling: Telling;
  readonly #standing: Standing;
  readonly #line: Lifeline | undefined;
  readonly #arming: Arming;
  readonly #settling: Settling;
  readonly #course: Course;
  readonly #reason: string;

  constructor(ground: Ground, { platform, reason, maxPlaces, clock }: WatcherOptions) {
    const { confinement, separator } = ground;
    const inspector = new Inspector(ground);
    const telling = new Telling();
    const standing = new Standing(telling, clock);
    if (platform !== undefined) {
      this.#line = new Lifeline(platform, clock, {
        hear: (report) => this.#course.hear(report),
        begun: () => telling.guard(() => this.#course.begin('watching begins')),
        died: (error, often) => telling.guard(() => this.#course.die(error, often)),
      });
    }
    const line = this.#line;
    const arming = new Arming(line);
    const places = new Places(maxPlaces, confinement.tops, separator, arming, () => {
      // What held so far may change unheard.
      standing.next();
      standing.publish();
    });
    const { directories } = places;
    const settling = new Settling({ clock, standing, telling, arming, directories, inspector });
    const sweep = (): Sweep =>
      new Sweep(
        inspector,
        clock,
        (place) => {
          // Nobody has told of it, so the way to it may be another one as well.
          place.astray = true;
          settling.touch(new Set([place]));
        },
        (error) => telling.fail(error),
      );
    const patrol = new Patrol(places, arming, sweep);
    const hearing = new Hearing({ places, arming, settling, standing, telling, inspector });
    const parts = { places, arming, hearing, settling, standing, telling, inspector, line, patrol };
    this.#course = new Course({ root: confinement.root, clock, ...parts });
    this.#clock = clock;
    this.#reason = reason;
    this.#places = places;
    this.#telling = telling;
    this.#standing = standing;
    this.#arming = arming;
    this.#settling = settling;
  }

  get revision(): number {
    return this.#standing.revision;
  }

  /** Has a dependency watched from now on. @param known its digest, if that was seen just now */
  track(dependency: SourceDependency, known: string | undefined): void {
    if (this.#standing.isOff) return;
    const place = this.#places.use(dependency, known);
    if (place === undefined) return;
    this.#settling.add([place]);
    if (this.#standing.status.epoch > 0) return;
    if (this.#line === undefined) this.#course.degrade(this.#reason);
    else this.#line.open();
  }

  holds(dependencies: readonly SourceDependency[], since: number): boolean {
    if (this.revision < 0) return false;
    return dependencies.every((dependency) => this.#places.find(dependency)?.holds(dependency.digest, since));
  }

  onRevision(listener: () => void): () => void {
    return this.#standing.onRevision(listener);
  }

  subscribe(listener: (event: WorkspaceEvent) => void): () => void {
    return this.#telling.subscribe(listener);
  }

  status(): WatchStatus {
    const { warnings, errors } = this.#telling;
    return {
      ...this.#standing.status,
      platform: this.#line?.name ?? 'none',
      places: this.#places.size,
      directories: this.#places.directories.size,
      refused: this.#arming.refused.size,
      warnings,
      errors,
    };
  }

  /**
   * Resolves when every change made before the call is accounted for: known as a hint and looked at, or where the machine
   * cannot tell that it has told everything, by a look at all that is watched. Rejects with E_CLOSED.
   */
  async sync(): Promise<void> {
    const { epoch: first } = this.#standing.status;
    const end = this.#clock.now() + syncTime;
    let sought = false;
    for (let left = syncTime; left > 0; left = end - this.#clock.now()) {
      const { state, epoch } = this.#standing.status;
      if (state === 'OFF') throw closed();
      if (state === 'DEGRADED' || this.#places.size === 0) break;
      if (state === 'LIVE') {
        // Everything was armed and looked at since, or it was told what there was to tell.
        if (epoch > first || (await this.#syncLive())) return;
      } else {
        if (this.#course.isRootGone) {
          // The platform does not find what is there.
          if (sought) break;
          // Nothing can be known of what is in it.
          if (!this.#course.seekRoot()) return;
          sought = true;
        }
        await this.#standing.moved(left);
      }
    }
    await this.#lookAtAll();
  }

  /** Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#course.close();
    await Promise.all([this.#line?.close(), this.#settling.close()]);
    this.#telling.clear();
    this.#standing.clear();
  }

  /** @returns false when everything was begun anew meanwhile */
  async #syncLive(): Promise<boolean> {
    const { epoch } = this.#standing.status;
    const answer = await this.#line?.sync(answerTime);
    if (this.#standing.status.epoch !== epoch || this.#standing.isOff) return false;
    if (answer === 'unwritable') {
      await this.#lookAtAll();
      return true;
    }
    if (answer === 'missed') {
      this.#course.begin('the platform did not tell of a file that was written to ask it');
    }
    if (answer !== 'synced') return false;
    this.#settling.add(this.#arming.unwatched());
    await this.#course.settled(true);
    return this.#standing.status.epoch === epoch && !this.#standing.isOff;
  }

  async #lookAtAll(): Promise<void> {
    this.#settling.insist(this.#places.all());
    await this.#settling.round();
    if (this.#standing.isOff) throw closed();
  }
}
