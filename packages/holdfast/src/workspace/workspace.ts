import path from 'node:path';
import {
  absent,
  type DirectoryDependency,
  type ExistsDependency,
  type FileDependency,
  type GlobDependency,
  type GlobOptions,
  present,
  type SourceDependency,
  unreadable,
} from '../model/dependency.ts';
import type { Verdict } from '../model/trace.ts';
import type { Lent, Remembrance } from '../trace/shelf.ts';
import type { DependencySource, Reading } from '../trace/source.ts';
import { Checking } from './checking.ts';
import { Confinement } from './confinement.ts';
import { ContentReader, type Keep } from './content.ts';
import { DirectoryReader } from './directory.ts';
import { Gate } from './gate.ts';
import { type GlobReading, Globs } from './globs.ts';
import { textReader } from './ignore-text.ts';
import { Looking } from './looking.ts';
import { parseOptions, realRoot, realTargets, type Settings, type WorkspaceOptions } from './options.ts';
import { normalizePath } from './path.ts';
import { closed, digestOf, refusal } from './refusal.ts';
import { type Sighting, Sightings } from './sighting.ts';
import { SignatureTable } from './signature.ts';
import { SignatureMemory } from './signature-memory.ts';
import { SignaturePlace } from './signature-place.ts';
import { Turns } from './turns.ts';
import { supportedPlatform } from './watch/linux.ts';
import { surveySteps } from './watch/steps.ts';
import { unwatched, Watcher, type WatchStatus } from './watch/watcher.ts';

/**
 * The files below one folder, as dependencies. Its memory of digests saves hashing and nothing else: whatever is
 * lost of it changes no answer.
 */
export interface Workspace extends DependencySource {
  /** The real path of the root. */
  readonly root: string;
  /**
   * The paths of the files that a pattern finds, sorted, and what was left out. Ignore files have their say as git's do:
   * every `.gitignore`, `.git/info/exclude`, and the rules of a repository that the root lies in. `.git`, `.hg`, `.svn`,
   * `.jj` and `.holdfast` are never entered, links to directories are not followed, and a link to a file is found where it
   * may be followed. Rejects with E_GLOB for a bad pattern, E_OPTION for bad options, E_CLOSED.
   */
  glob(pattern: string, options?: GlobOptions): Promise<GlobReading>;
  /** How the watching stands. */
  status(): WatchStatus;
  /**
   * Resolves when every change made before the call is accounted for, so that `watched` reads see one's own writes, and
   * `workspace.changed` was told. At once where nothing is watched. Rejects with E_CLOSED.
   */
  sync(): Promise<void>;
  /**
   * Resolves when no file is open any more, and what a store is to remember was handed to it. Later reads reject with
   * E_CLOSED, later checks are `unknown`.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a folder as a workspace. Paths given to it are relative to `root`, or absolute below it; a path whose real
 * path is outside is refused with E_OUTSIDE_ROOT.
 *
 * Rejects with E_WORKSPACE_ROOT when `root` is not a folder that can be looked at; E_OPTION or E_SIZE for bad options.
 */
export async function openWorkspace(root: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  const settings = parseOptions(options);
  const real = realRoot(root, settings.fileSystem);
  return new FileWorkspace(real, path.resolve(root), settings);
}

class FileWorkspace implements Workspace {
  readonly root: string;
  readonly #roots: readonly string[];
  readonly #table: SignatureTable;
  readonly #confinement: Confinement;
  readonly #sightings: Sightings;
  readonly #directories: DirectoryReader;
  readonly #globs: Globs;
  readonly #gate: Gate;
  readonly #turns: Turns;
  readonly #looking: Looking;
  readonly #checking: Checking;
  readonly #active = new Set<Promise<unknown>>();
  readonly #wall: () => number;
  readonly watch: Watcher | undefined;
  readonly #memories = new Set<SignatureMemory>();
  /** While signatures of other processes are on their way, which save hashing. */
  #loading: Promise<unknown> | undefined;
  #closed = false;

  constructor(root: string, given: string, settings: Settings) {
    const { fileSystem, clock } = settings;
    this.root = root;
    this.#roots = given === root ? [root] : [root, given];
    this.#wall = () => clock.wall();
    this.#table = new SignatureTable(settings.maxSignatures);
    this.#gate = new Gate(settings.concurrentReads);
    this.#turns = new Turns(settings.scheduler);
    const allowed = realTargets(settings.allowLinksTo, root, fileSystem);
    this.#confinement = new Confinement(root, allowed, path.sep, fileSystem);
    const reader = new ContentReader(fileSystem, clock, settings.maxFileBytes);
    this.#sightings = new Sightings(this.#confinement, reader, this.#table, this.#turns, settings.paranoid);
    this.#directories = new DirectoryReader(this.#confinement, fileSystem, this.#turns);
    const ground = {
      confinement: this.#confinement,
      fileSystem,
      directories: this.#directories,
      readText: textReader(fileSystem),
      turns: this.#turns,
      separator: path.sep,
      maxEntries: settings.maxGlobEntries,
      isClosed: () => this.#closed,
    };
    this.#globs = new Globs(ground, (work) => this.#track(work));
    this.#looking = new Looking({
      confinement: this.#confinement,
      directories: this.#directories,
      sightings: this.#sightings,
      globs: this.#globs,
      gate: this.#gate,
      isClosed: () => this.#closed,
      track: (work) => this.#track(work),
    });
    this.#checking = new Checking(
      (dependency) => this.#looking.look(dependency),
      this.#turns,
      () => this.#looking.refresh(),
    );
    if (settings.watch !== false) this.watch = this.#watcher(settings);
  }

  normalize(name: string): string {
    return normalizePath(name, this.#roots, path);
  }

  async read(name: string): Promise<Reading<Uint8Array, FileDependency>> {
    return this.#file(name, 'bytes', ({ bytes }) => bytes);
  }

  async hash(name: string): Promise<Reading<undefined, FileDependency>> {
    if (this.#loading !== undefined) await this.#loading;
    return this.#file(name, 'digest', () => undefined);
  }

  async exists(name: string): Promise<Reading<boolean, ExistsDependency>> {
    const about = { type: 'exists', path: this.#begin(name) } as const;
    return this.#reading(about, 2, () => {
      const location = this.#confinement.locate(about.path, new Map());
      return location.found ? { found: true, value: true, digest: present } : location;
    });
  }

  async list(name: string): Promise<Reading<readonly string[], DirectoryDependency>> {
    const about = { type: 'dir', path: this.#begin(name) } as const;
    return this.#reading(about, 4, () => {
      const listing = this.#directories.list(about.path, new Map());
      return listing.found ? { found: true, value: listing.paths, digest: listing.digest } : listing;
    });
  }

  async glob(pattern: string, options: GlobOptions = {}): Promise<GlobReading> {
    if (this.#closed) throw closed();
    const reading = await this.#globs.read(pattern, options);
    this.#note(reading);
    return reading;
  }

  check(dependencies: readonly SourceDependency[]): Promise<Verdict> {
    if (this.watch !== undefined) {
      // Before the looks: whatever happens after it is watched is heard of.
      for (const dependency of dependencies) this.watch.track(dependency, undefined);
    }
    if (this.#loading === undefined) return this.#checking.check(dependencies);
    return this.#loading.then(() => this.#checking.check(dependencies));
  }

  remember(lent: Lent): Remembrance | undefined {
    if (this.#closed || this.#table.capacity === 0) return undefined;
    const memory = new SignatureMemory({
      ...lent,
      table: this.#table,
      place: new SignaturePlace(this.root, path.sep),
      turns: this.#turns,
      wall: this.#wall,
    });
    this.#memories.add(memory);
    const loading = Promise.all([this.#loading, memory.loaded]).then(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    this.#loading = loading;
    return {
      save: () => memory.save(),
      end: () => {
        this.#memories.delete(memory);
        memory.end();
      },
    };
  }

  status(): WatchStatus {
    return this.watch?.status() ?? unwatched;
  }

  async sync(): Promise<void> {
    if (this.#closed) throw closed();
    await this.watch?.sync();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.watch?.close();
    await Promise.all([...this.#memories].map((memory) => memory.save()));
    for (const memory of this.#memories) memory.end();
    this.#table.clear();
    while (this.#active.size > 0) await Promise.allSettled(this.#active);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @throws E_CLOSED, E_PATH, E_OUTSIDE_ROOT */
  #begin(name: string): string {
    if (this.#closed) throw closed();
    return this.normalize(name);
  }

  #file<T>(name: string, keep: Keep, value: (sighting: Sighting & { found: true }) => T) {
    const about = { type: 'file', path: this.#begin(name) } as const;
    return this.#reading<T, FileDependency>(about, 4, async () => {
      let sighting = this.#sightings.now(about.path, keep, new Map());
      if ('large' in sighting) {
        sighting = await this.#gate.run(() => this.#sightings.later(about.path, keep));
      }
      return sighting.found
        ? { found: true, value: value(sighting), digest: sighting.digest }
        : { found: false, cause: sighting.cause };
    });
  }

  /** Looks in a turn that has room for it, and makes one shape of whatever comes of it. */
  #reading<T, D extends Exclude<SourceDependency, { type: 'glob' }>>(
    about: Omit<D, 'digest'>,
    stats: number,
    look: () => Finding<T> | Promise<Finding<T>>,
  ): Promise<Reading<T, D>> {
    const dependency = (digest: string) => ({ ...about, digest }) as D;
    const read = async (): Promise<Reading<T, D>> => {
      await this.#turns.until(stats);
      const reading = await taken();
      this.#note(reading);
      return reading;
    };
    const taken = async (): Promise<Reading<T, D>> => {
      try {
        const finding = await look();
        if (!finding.found) return { state: 'absent', dependency: dependency(absent), cause: finding.cause };
        return { state: 'found', value: finding.value, dependency: dependency(finding.digest) };
      } catch (cause) {
        const error = refusal(about.path, cause);
        return { state: 'refused', dependency: dependency(digestOf(error)), error };
      }
    };
    return this.#track(read());
  }

  #watcher({ fileSystem, maxWatched, timing, watch, watchPlatform }: Settings): Watcher {
    const own = watch === true && watchPlatform === undefined;
    const platform = own ? supportedPlatform(process.platform, { roots: [this.root] }) : watchPlatform;
    const ground = {
      confinement: this.#confinement,
      fileSystem,
      separator: path.sep,
      turns: this.#turns,
      looking: this.#looking,
      survey: async (dependency: GlobDependency) => {
        const { sight, findings } = await this.#globs.survey(dependency);
        return { sight, steps: surveySteps(findings, ground) };
      },
    };
    const reason =
      watch === 'poll' ? 'polling was asked for' : `watching on ${process.platform} is not verified`;
    return new Watcher(ground, {
      platform: watch === 'poll' ? undefined : platform,
      reason,
      maxPlaces: maxWatched,
      clock: timing,
    });
  }

  /** Has what was read watched. */
  #note({ state, dependency }: Reading<unknown, SourceDependency>): void {
    const known = state === 'refused' && dependency.digest === unreadable ? undefined : dependency.digest;
    this.watch?.track(dependency, known);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(nothing, nothing);
    this.#active.add(settled);
    void settled.then(() => this.#active.delete(settled));
    return work;
  }
}

type Finding<T> =
  | { readonly found: true; readonly value: T; readonly digest: string }
  | { readonly found: false; readonly cause: unknown };

function nothing(): void {}
