import type { GlobDependency } from '../../model/dependency.ts';
import { isDirectory } from '../file-system.ts';
import type { Looking } from '../looking.ts';
import type { Sight } from '../refusal.ts';
import type { Turns } from '../turns.ts';
import type { Step } from './directory-map.ts';
import type { Place } from './place.ts';
import { type PlainFolders, stepsTo, type Way } from './steps.ts';

/** What a search came to, and everything whose change could change that. */
export interface Survey {
  readonly sight: Sight;
  readonly steps: readonly Step[];
}

/** What looking at places takes of a workspace. `survey` never rejects. */
export interface Ground extends Way {
  readonly turns: Turns;
  readonly looking: Looking;
  survey(dependency: GlobDependency): Promise<Survey>;
}

/** Looks at places as a check does, in turns with everything else that the workspace does. */
export class Inspector {
  readonly #ground: Ground;
  #plain: PlainFolders = new Map();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** A synchronous stretch begins: what was seen in an earlier one is looked at again. */
  begin(): void {
    this.#plain = new Map();
    this.#ground.looking.refresh();
  }

  /** Whether the root is a folder. */
  hasRoot(): boolean {
    const { confinement, fileSystem } = this.#ground;
    try {
      return isDirectory(fileSystem.lstat(confinement.root));
    } catch {
      return false;
    }
  }

  /** A directory as messages call it: relative to the root, unless links lead to it outside of that. */
  relative(directory: string): string {
    const { confinement, separator } = this.#ground;
    const { root } = confinement;
    if (directory === root) return '.';
    const below = root.endsWith(separator) ? root : root + separator;
    return directory.startsWith(below) ? directory.slice(below.length) : directory;
  }

  /** A promise only where the turn is over: of the next one, with which another stretch begins. */
  turn(stats: number): Promise<void> | undefined {
    const { turns } = this.#ground;
    return turns.take(stats) ? undefined : turns.until(stats).then(() => this.begin());
  }

  /** The way to a place. That to what a pattern finds is found by searching only. */
  route({ dependency }: Place): readonly Step[] | undefined {
    if (dependency.type === 'glob') return undefined;
    return stepsTo(dependency.path, dependency.type === 'dir', this.#ground, this.#plain);
  }

  /** Never throws; a promise only where it takes long. */
  look({ dependency }: Place): Sight | Promise<Sight> {
    return this.#ground.looking.look(dependency);
  }

  survey(dependency: GlobDependency): Promise<Survey> {
    return this.#ground.survey(dependency);
  }
}
