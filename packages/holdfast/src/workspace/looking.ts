import { absent, present, type SourceDependency } from '../model/dependency.ts';
import type { Confinement, Folders } from './confinement.ts';
import type { DirectoryReader } from './directory.ts';
import type { Gate } from './gate.ts';
import type { Globs } from './globs.ts';
import { blocked, closed, type Sight } from './refusal.ts';
import { SharedRuns } from './shared-runs.ts';
import type { Sightings } from './sighting.ts';

export interface LookingGround {
  readonly confinement: Confinement;
  readonly directories: DirectoryReader;
  readonly sightings: Sightings;
  readonly globs: Globs;
  /** What large files wait at. */
  readonly gate: Gate;
  readonly isClosed: () => boolean;
  /** Keeps the workspace open while something runs. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
}

/** Looks at what dependencies name, for checks and for the watching: for digests, and never for contents. */
export class Looking {
  readonly #ground: LookingGround;
  readonly #folders: Folders = new Map();
  readonly #hashing = new SharedRuns<Sight>();

  constructor(ground: LookingGround) {
    this.#ground = ground;
  }

  /** Called before each synchronous stretch of looks: what was seen of folders in an earlier one is looked at again. */
  refresh(): void {
    this.#folders.clear();
  }

  /** Never throws or rejects; a promise only where it takes long. */
  look(dependency: SourceDependency): Sight | Promise<Sight> {
    const { confinement, directories, sightings, globs, gate, isClosed, track } = this.#ground;
    if (isClosed()) return { cause: closed() };
    if (dependency.type === 'glob') return globs.look(dependency);
    const { type, path: name } = dependency;
    try {
      if (type === 'exists') {
        return { digest: confinement.locate(name, this.#folders).found ? present : absent };
      }
      const sighting =
        type === 'dir' ? directories.list(name, this.#folders) : sightings.now(name, 'digest', this.#folders);
      if (!('large' in sighting)) return { digest: sighting.found ? sighting.digest : absent };
    } catch (error) {
      return blocked(name, error);
    }
    return this.#hashing.join(name, () => track(gate.run(() => this.#hash(name))));
  }

  async #hash(name: string): Promise<Sight> {
    try {
      const sighting = await this.#ground.sightings.later(name, 'digest');
      return { digest: sighting.found ? sighting.digest : absent };
    } catch (error) {
      return blocked(name, error);
    }
  }
}
