import type { Demand } from './directory-map.ts';
import type { Lifeline } from './lifeline.ts';
import type { Place } from './place.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** Has the platform watch directories, and knows what it has answered. */
export class Arming implements Demand {
  /** Directories that the platform does not watch, so that what is in them is polled. */
  readonly refused = new Set<WatchedDirectory>();
  readonly #line: Lifeline | undefined;
  readonly #toArm = new Set<WatchedDirectory>();
  readonly #toDisarm = new Set<string>();
  /** How many answers are due, by path: only the last one is about what stands there now. */
  readonly #asked = new Map<string, number>();
  /** How many answers were asked for ever, and how many came. */
  #asks = 0;
  #answers = 0;
  #isOn = false;
  #posting = false;

  constructor(line: Lifeline | undefined) {
    this.#line = line;
  }

  /** Whether directories are asked for at all. */
  get isOn(): boolean {
    return this.#isOn && this.#line?.isOpen === true;
  }

  /** Whether everything that is wanted was answered. */
  get isComplete(): boolean {
    return this.#asked.size === 0 && this.#toArm.size === 0;
  }

  /** Nothing is armed, and everything is asked for from now on. */
  begin(): void {
    this.#isOn = true;
    this.#toArm.clear();
    for (const directory of this.refused) directory.refused = undefined;
    this.refused.clear();
  }

  /** Nothing is asked for any more, and nobody waits for an answer. */
  rest(): void {
    this.#isOn = false;
    this.#toArm.clear();
  }

  /** The same, and nothing is to be told any more. @param directories everything that may be armed */
  end(directories: Iterable<WatchedDirectory>): void {
    this.rest();
    for (const directory of directories) {
      directory.disarm();
      this.#toDisarm.add(directory.path);
    }
    this.#post();
  }

  wanted(directory: WatchedDirectory): void {
    directory.disarm();
    if (!this.isOn) return;
    this.#toDisarm.delete(directory.path);
    this.#toArm.add(directory);
    this.#post();
  }

  unwanted(directory: WatchedDirectory): void {
    this.refused.delete(directory);
    this.#toArm.delete(directory);
    this.#toDisarm.add(directory.path);
    this.#post();
  }

  /** It was moved, and what is below it with it. */
  rearm(directory: WatchedDirectory): void {
    for (const inner of directory.tree()) this.wanted(inner);
  }

  /** One that was gone for a moment was refused, and nobody else asks for it again. */
  ask({ spots }: Place): void {
    for (const directory of wayTo(spots)) {
      const isAsked = this.#asked.has(directory.path) || this.#toArm.has(directory);
      if (!directory.isArmed && directory.refused === undefined && !isAsked) this.wanted(directory);
    }
  }

  /** What a place is in was refused, and may be another one by now. */
  askAgain({ spots }: Place): void {
    for (const directory of wayTo(spots)) {
      if (directory.refused === undefined) continue;
      directory.refused = undefined;
      this.refused.delete(directory);
      this.wanted(directory);
    }
  }

  /** Nobody is left who could answer. */
  giveUp(): void {
    this.#asked.clear();
    this.#answers = this.#asks;
  }

  /** Returns what tells whether everything that was asked for by now was answered: answers come in that order. */
  answers(): () => boolean {
    const asks = this.#asks;
    return () => this.#answers >= asks;
  }

  /** Whether an answer is the last one that is due for a path. */
  answered(path: string): boolean {
    this.#answers += 1;
    const due = this.#asked.get(path) ?? 0;
    if (due > 1) this.#asked.set(path, due - 1);
    else this.#asked.delete(path);
    return due <= 1;
  }

  armed(directory: WatchedDirectory, revision: number): void {
    directory.armedAt = revision;
    directory.absences = 0;
    directory.refused = undefined;
    this.refused.delete(directory);
  }

  refuse(directory: WatchedDirectory, code: string): void {
    directory.refused = code;
    this.refused.add(directory);
  }

  /** Places that no watch tells of. */
  *unwatched(): Iterable<Place> {
    for (const directory of this.refused) {
      for (const inner of directory.tree()) yield* inner.places();
    }
  }

  /** Tells the platform at the end of the turn what is wanted. */
  #post(): void {
    if (this.#posting) return;
    this.#posting = true;
    queueMicrotask(() => {
      this.#posting = false;
      const disarm = [...this.#toDisarm];
      const arm = [...this.#toArm].filter(({ isFile }) => !isFile).map(({ path }) => path);
      const files = [...this.#toArm].filter(({ isFile }) => isFile).map(({ path }) => path);
      this.#toDisarm.clear();
      this.#toArm.clear();
      if (this.#line?.isOpen !== true) return;
      if (disarm.length > 0) this.#line.disarm(disarm);
      for (const path of [...arm, ...files]) this.#asked.set(path, (this.#asked.get(path) ?? 0) + 1);
      this.#asks += arm.length + files.length;
      if (arm.length > 0) this.#line.arm(arm);
      if (files.length > 0) this.#line.armFiles(files);
    });
  }
}

function* wayTo(spots: Place['spots']): Iterable<WatchedDirectory> {
  for (const { directory } of spots) {
    for (let at: WatchedDirectory | undefined = directory; at !== undefined; at = at.above) yield at;
  }
}
