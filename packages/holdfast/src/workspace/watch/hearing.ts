import type { Arming } from './arming.ts';
import type { Inspector } from './inspection.ts';
import type { Place } from './place.ts';
import type { Places } from './places.ts';
import type { WatchReport } from './platform.ts';
import type { Settling } from './settling.ts';
import type { Standing } from './standing.ts';
import type { Telling } from './telling.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** The machine does not find a directory that is there: it is polled. */
const mostAbsences = 3;

export interface HearingGround {
  readonly places: Places;
  readonly arming: Arming;
  readonly settling: Settling;
  readonly standing: Standing;
  readonly telling: Telling;
  readonly inspector: Inspector;
}

/** Finds out which places are concerned by what the platform says of directories. */
export class Hearing {
  readonly #ground: HearingGround;

  constructor(ground: HearingGround) {
    this.#ground = ground;
  }

  touch(hints: Extract<WatchReport, { type: 'touched' }>['hints']): void {
    const { arming, places, settling } = this.#ground;
    const touched = new Set<Place>();
    try {
      for (const hint of hints) {
        const moved = places.concerned(hint, (place) => touched.add(place));
        for (const directory of moved) arming.rearm(directory);
      }
    } finally {
      settling.touch(touched);
    }
  }

  arm(paths: readonly string[]): void {
    const { arming, places, settling, standing } = this.#ground;
    const revision = standing.next();
    const touched = new Set<Place>();
    for (const path of paths) {
      if (!arming.answered(path)) continue;
      const directory = places.directories.get(path);
      if (directory === undefined) continue;
      arming.armed(directory, revision);
      // Nothing is looked at until everything is armed, and then everything is.
      if (standing.status.state === 'UNKNOWN') continue;
      // What happened before it was armed was not told: neither to a place, nor on the way to it.
      for (const place of directory.reach()) {
        place.astray = true;
        touched.add(place);
      }
    }
    settling.touch(touched);
  }

  /** A directory that is not watched: what is in it is looked for again, or polled. */
  refuse(directory: WatchedDirectory, isAbsent: boolean, code: string): void {
    const { arming, inspector, settling, telling } = this.#ground;
    if (isAbsent) directory.absences += 1;
    // Where no directory above it is watched, nothing tells when one that is absent comes back.
    if (isAbsent && directory.above !== undefined && directory.absences < mostAbsences) {
      this.#stray(directory);
      return;
    }
    arming.refuse(directory, code);
    const error = new Error(`the directory cannot be watched (${code})`);
    telling.warn(inspector.relative(directory.path), error);
    settling.add(directory.reach());
  }

  lose(path: string): void {
    const { arming, places } = this.#ground;
    const directory = places.directories.get(path);
    if (directory === undefined) return;
    arming.rearm(directory);
    this.#stray(directory);
  }

  /** The way to everything in a directory and below has to be found anew. */
  #stray(directory: WatchedDirectory): void {
    const touched = new Set<Place>();
    for (const inner of directory.tree()) inner.disarm();
    for (const place of directory.reach()) {
      place.astray = true;
      touched.add(place);
    }
    this.#ground.settling.touch(touched);
  }
}
