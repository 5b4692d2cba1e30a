import type { SourceChange, WatchState, WorkspaceEvent } from '../../events/event.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { GlobDependency, SourceDependency } from '../../model/dependency.ts';
import { placeOf } from '../../trace/place.ts';
import type { Watch } from '../../trace/source.ts';
import { closed, type Sight } from '../refusal.ts';
import type { Step } from './directory-map.ts';
import { type Ground, Inspector } from './inspection.ts';
import { Lifeline } from './lifeline.ts';
import type { Place } from './place.ts';
import { Places } from './places.ts';
import type { WatchPlatform, WatchReport } from './platform.ts';
import { Sweep } from './sweep.ts';
import { Telling } from './telling.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** What has changed is looked at when nothing was heard for so long, in milliseconds. */
const quiet = 10;
/** But after so long at most. */
const patience = 50;
/** Hints were lost, so more are on their way: so long before all is looked at. */
const afterOverflow = 100;
/** A root that is gone, and a machine without watches, are tried again after so long. */
const rootRetry = 500;
const exhaustedRetry = 30_000;
/** Milliseconds that the platform has to answer in. */
const answerTime = 5_000;
/** Milliseconds between two rounds of looks at what nothing tells of, and at what something should have told of. */
const pollEvery = 1_000;
const auditEvery = 60_000;
const aDay = 86_400_000;

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

/**
 * Knows which of the things that were read may have changed since. Events are hints: what one is about counts as unknown
 * until it was looked at, and whatever may have been missed makes everything unknown. So reads in `watched` freshness are
 * as right as the machine's events are prompt, and checked reads do not depend on them at all.
 *
 * It begins when there is something to watch. Nothing that goes wrong ends it: see `telling.ts`.
 */
export class Watcher implements Watch {
  revision = -1;
  #count = 0;
  #state: WatchState = { state: 'UNKNOWN', epoch: 0, reason: 'nothing is watched yet' };
  readonly #clock: WatcherOptions['clock'];
  readonly #root: string;
  /** How the paths of everything below the root begin. */
  readonly #below: string;
  readonly #places: Places;
  readonly #inspector: Inspector;
  readonly #telling = new Telling();
  /** Looks at what no machine tells of. */
  readonly #polling: Sweep;
  /** Looks at everything, rarely: what the machine does not tell of although it should (a write by another hard link). */
  readonly #audit: Sweep;
  readonly #line: Lifeline | undefined;
  readonly #reason: string;
  readonly #onRevision = new Set<() => void>();
  /** Places to be looked at. */
  readonly #due = new Set<Place>();
  /** Directories that the platform was asked for, and has not answered. */
  readonly #asked = new Set<WatchedDirectory>();
  readonly #toArm = new Set<WatchedDirectory>();
  readonly #toDisarm = new Set<string>();
  readonly #refused = new Set<WatchedDirectory>();
  #posting = false;
  #settling: { readonly since: number; timer: Timer } | undefined;
  #working: Promise<void> | undefined;
  #retry: Timer | undefined;
  readonly #whenMoved = new Set<() => void>();

  constructor(ground: Ground, options: WatcherOptions) {
    const { confinement, separator } = ground;
    this.#clock = options.clock;
    this.#reason = options.reason;
    this.#root = confinement.root;
    this.#below = this.#root.endsWith(separator) ? this.#root : this.#root + separator;
    this.#inspector = new Inspector(ground);
    this.#places = new Places(options.maxPlaces, confinement.tops, separator, {
      wanted: (directory) => this.#want(directory),
      unwanted: (directory) => this.#unwant(directory),
    });
    const sweep = (): Sweep =>
      new Sweep(
        this.#inspector,
        this.#clock,
        (place) => this.#touch(new Set([place])),
        (error) => this.#telling.fail(error),
      );
    this.#polling = sweep();
    this.#audit = sweep();
    const { platform } = options;
    if (platform !== undefined) {
      this.#line = new Lifeline(platform, this.#clock, {
        hear: (report) => this.#guard(() => this.#hear(report)),
        begun: () => this.#begin('watching begins'),
        died: (error, often) => this.#die(error, often),
      });
    }
  }

  /** Has a dependency watched from now on. @param known its digest, if that was seen just now */
  track(dependency: SourceDependency, known: string | undefined): void {
    if (this.#state.state === 'OFF') return;
    const place = this.#places.use(dependency, known);
    if (place === undefined) return;
    this.#due.add(place);
    if (this.#state.epoch === 0) this.#start();
    this.#settleSoon();
  }

  holds(dependencies: readonly SourceDependency[], since: number): boolean {
    if (this.revision < 0 || since < 0) return false;
    return dependencies.every((dependency) => {
      const place = this.#places.find(placeOf(dependency));
      if (place === undefined || place.armedSince() > since) return false;
      return place.touchedAt <= since || place.digest === dependency.digest;
    });
  }

  onRevision(listener: () => void): () => void {
    this.#onRevision.add(listener);
    return () => void this.#onRevision.delete(listener);
  }

  subscribe(listener: (event: WorkspaceEvent) => void): () => void {
    return this.#telling.subscribe(listener);
  }

  status(): WatchStatus {
    const { warnings, errors } = this.#telling;
    return {
      ...this.#state,
      platform: this.#line?.name ?? 'none',
      places: this.#places.size,
      directories: this.#places.directories.size,
      refused: this.#refused.size,
      warnings,
      errors,
    };
  }

  /**
   * Resolves when every change made before the call is accounted for: known as a hint and looked at, or where the machine
   * cannot tell that it has told everything, by a look at all that is watched. Rejects with E_CLOSED.
   */
  async sync(): Promise<void> {
    for (;;) {
      const { epoch } = this.#state;
      switch (this.#state.state) {
        case 'OFF':
          throw closed();
        case 'LIVE': {
          const answer = await this.#line?.sync(answerTime);
          if (answer === 'unwritable') return this.#lookAtAll();
          if (answer === 'synced') {
            for (const place of this.#unwatched()) this.#due.add(place);
            await this.#settled();
            if (this.#state.epoch === epoch) return;
          }
          if (answer === 'missed')
            this.#begin('the platform did not tell of a file that was written to ask it');
          break;
        }
        case 'UNKNOWN':
          // Nothing was read yet, or there is nothing that events could come from.
          if (this.#places.size === 0 || this.#isRootGone()) return this.#lookAtAll();
          await this.#moved();
          break;
        case 'SCANNING':
          await this.#moved();
          break;
        case 'DEGRADED':
          return this.#lookAtAll();
      }
    }
  }

  /** Resolves when nothing of it is left. */
  async close(): Promise<void> {
    const { epoch } = this.#state;
    this.#enter({ state: 'OFF', epoch });
    this.#settling?.timer.cancel();
    this.#retry?.cancel();
    this.#rest();
    this.#due.clear();
    await this.#line?.close();
    await this.#working;
    this.#telling.clear();
    this.#onRevision.clear();
  }

  #start(): void {
    if (this.#line === undefined) this.#degrade(this.#reason);
    else this.#line.open();
  }

  /** Everything anew: nothing that was heard counts any more. */
  #begin(reason: string): void {
    if (this.#state.state === 'OFF') return;
    this.#retry?.cancel();
    this.#rest();
    this.#enter({ state: 'UNKNOWN', epoch: this.#state.epoch + 1, reason });
    this.#count += 1;
    for (const directory of this.#refused) directory.refused = undefined;
    this.#refused.clear();
    for (const place of this.#places.all()) this.#forget(place);
    for (const directory of this.#places.directories.all()) this.#want(directory);
    this.#scanIfAnswered();
    this.#expectAnswer();
  }

  /** A platform that does not answer is as good as dead. */
  #expectAnswer(): void {
    const { epoch } = this.#state;
    this.#retry = this.#later(answerTime, () => {
      if (this.#state.state !== 'UNKNOWN' || this.#state.epoch !== epoch) return;
      const silent = this.#clock.now() - (this.#line?.heardAt ?? 0);
      if (silent < answerTime) this.#expectAnswer();
      else this.#line?.abandon(new Error(`the platform has not answered for ${Math.round(silent)} ms`));
    });
  }

  /** What was known of a place is not any more. It is looked at later. */
  #forget(place: Place): void {
    place.touchedAt = this.#count;
    place.digest = undefined;
    place.armedAt = Number.POSITIVE_INFINITY;
    place.astray = true;
    this.#due.add(place);
  }

  #hear(report: WatchReport): void {
    switch (report.type) {
      case 'touched': {
        const touched = new Set<Place>();
        for (const hint of report.hints) {
          this.#guard(() => {
            const moved = this.#places.concerned(hint, (place) => touched.add(place));
            for (const directory of moved) this.#rearm(directory);
          });
        }
        this.#touch(touched);
        return;
      }
      case 'armed':
        this.#armed(report.directories);
        return;
      case 'refused':
        this.#refuse(report);
        return;
      case 'lost':
        this.#lose(report.directory);
        return;
      case 'overflow':
        this.#unsettle(`${report.events} events came at once, so that some may have been lost`);
        return;
      case 'warning':
        this.#telling.warn(this.#relative(report.directory), new Error(report.message));
        return;
      case 'error':
        this.#telling.fail(report.error);
    }
  }

  #touch(places: ReadonlySet<Place>): void {
    if (places.size === 0) return;
    this.#count += 1;
    for (const place of places) {
      // Whatever fails here, the place must not go on as if nothing had happened.
      try {
        place.touchedAt = this.#count;
        place.digest = undefined;
        this.#due.add(place);
      } catch (error) {
        this.#places.drop(place);
        this.#telling.fail(error);
      }
    }
    this.#move();
    this.#settleSoon();
  }

  #armed(paths: readonly string[]): void {
    this.#count += 1;
    for (const path of paths) {
      const directory = this.#places.directories.get(path);
      if (directory === undefined) continue;
      this.#asked.delete(directory);
      this.#refused.delete(directory);
      directory.refused = undefined;
      directory.armedAt = this.#count;
      // What happened before it was armed was not told.
      for (const place of directory.places()) this.#due.add(place);
    }
    this.#move();
    this.#settleSoon();
    this.#scanIfAnswered();
  }

  #refuse({ directory: path, reason, code }: Extract<WatchReport, { type: 'refused' }>): void {
    const directory = this.#places.directories.get(path);
    if (directory === undefined) return;
    this.#asked.delete(directory);
    if (reason === 'exhausted') {
      this.#degrade(`the machine has no watches left (${code})`, exhaustedRetry);
      return;
    }
    if (path === this.#root) {
      if (reason === 'absent') this.#awaitRoot();
      else if (reason === 'unsupported') this.#degrade(`the file system (${code}) does not tell of changes`);
      else this.#degrade(`the root of the workspace cannot be watched (${code})`, exhaustedRetry);
      return;
    }
    // Where no directory above it is watched, nothing tells when it comes back.
    if (reason === 'absent' && directory.above !== undefined) {
      this.#stray(directory);
    } else {
      directory.refused = code;
      this.#refused.add(directory);
      this.#telling.warn(this.#relative(path), new Error(`the directory cannot be watched (${code})`));
      for (const inner of directory.tree()) for (const place of inner.places()) this.#due.add(place);
    }
    this.#settleSoon();
    this.#scanIfAnswered();
    this.#pollIfNeeded();
  }

  #lose(path: string): void {
    if (path === this.#root) {
      this.#begin('the root of the workspace is another directory, or is gone');
      return;
    }
    const directory = this.#places.directories.get(path);
    if (directory === undefined) return;
    this.#stray(directory);
    this.#rearm(directory);
    this.#settleSoon();
  }

  /** The way to everything in a directory and below has to be found anew. */
  #stray(directory: WatchedDirectory): void {
    const touched = new Set<Place>();
    for (const inner of directory.tree()) {
      inner.armedAt = Number.POSITIVE_INFINITY;
      for (const place of inner.places()) {
        place.astray = true;
        place.armedAt = Number.POSITIVE_INFINITY;
        touched.add(place);
      }
    }
    this.#touch(touched);
  }

  #rearm(directory: WatchedDirectory): void {
    for (const inner of directory.tree()) {
      for (const place of inner.places()) place.armedAt = Number.POSITIVE_INFINITY;
      this.#want(inner);
    }
  }

  #unsettle(reason: string): void {
    if (this.#state.state === 'OFF' || this.#state.state === 'DEGRADED') return;
    this.#enter({ state: 'UNKNOWN', epoch: this.#state.epoch + 1, reason });
    this.#retry?.cancel();
    this.#retry = this.#later(afterOverflow, () => this.#begin(reason));
  }

  #awaitRoot(): void {
    this.#enter({
      state: 'UNKNOWN',
      epoch: this.#state.epoch,
      reason: 'the root of the workspace is gone',
    });
    this.#retry?.cancel();
    this.#retry = this.#later(rootRetry, () => this.#begin('the root of the workspace was gone'));
  }

  #isRootGone(): boolean {
    if (this.#asked.size > 0 || this.#toArm.size > 0) return false;
    return this.#places.directories.get(this.#root)?.armedAt === Number.POSITIVE_INFINITY;
  }

  #die(error: Error, often: boolean): void {
    if (this.#state.state === 'OFF') return;
    this.#telling.fail(error);
    this.#asked.clear();
    if (often) this.#degrade('the watching broke down again and again');
    else this.#enter({ state: 'UNKNOWN', epoch: this.#state.epoch + 1, reason: 'the watching broke down' });
  }

  /** Everything is polled, and after a while watching is tried again, if that can help. */
  #degrade(reason: string, retry?: number): void {
    if (this.#state.state === 'OFF') return;
    for (const directory of this.#places.directories.all()) {
      directory.armedAt = Number.POSITIVE_INFINITY;
      this.#toDisarm.add(directory.path);
    }
    this.#asked.clear();
    this.#toArm.clear();
    this.#post();
    this.#audit.stop();
    const already = this.#state.state === 'DEGRADED' && this.#state.reason === reason;
    if (!already) this.#enter({ state: 'DEGRADED', epoch: this.#state.epoch + 1, reason });
    this.#retry?.cancel();
    if (retry !== undefined) this.#retry = this.#later(retry, () => this.#begin('watching is tried again'));
    this.#pollIfNeeded();
    this.#settleSoon();
  }

  #scanIfAnswered(): void {
    if (this.#state.state !== 'UNKNOWN' || this.#asked.size > 0 || this.#toArm.size > 0) return;
    if (this.#line?.isOpen !== true || this.#state.epoch === 0 || this.#isRootGone()) return;
    const { epoch } = this.#state;
    this.#enter({ state: 'SCANNING', epoch });
    void this.#work().then(() => {
      if (this.#state.state !== 'SCANNING' || this.#state.epoch !== epoch) return;
      this.#enter({ state: 'LIVE', epoch });
      this.#line?.lives();
      this.#pollIfNeeded();
    });
  }

  #want(directory: WatchedDirectory): void {
    directory.armedAt = Number.POSITIVE_INFINITY;
    if (this.#state.state === 'DEGRADED' || this.#line?.isOpen !== true) return;
    this.#toDisarm.delete(directory.path);
    this.#toArm.add(directory);
    this.#post();
  }

  /** What a place is in was refused, and may be another one by now. */
  #askAgain(place: Place): void {
    for (const { directory } of place.spots) {
      for (let at: WatchedDirectory | undefined = directory; at !== undefined; at = at.above) {
        if (at.refused === undefined) continue;
        at.refused = undefined;
        this.#refused.delete(at);
        this.#want(at);
      }
    }
  }

  #unwant(directory: WatchedDirectory): void {
    const { path } = directory;
    this.#asked.delete(directory);
    this.#refused.delete(directory);
    this.#toArm.delete(directory);
    this.#toDisarm.add(path);
    this.#post();
  }

  /** Tells the platform at the end of the turn what is wanted. */
  #post(): void {
    if (this.#posting) return;
    this.#posting = true;
    queueMicrotask(() => {
      this.#posting = false;
      if (this.#line?.isOpen === true) {
        if (this.#toDisarm.size > 0) this.#line.disarm([...this.#toDisarm]);
        for (const directory of this.#toArm) this.#asked.add(directory);
        if (this.#toArm.size > 0) this.#line.arm([...this.#toArm].map(({ path }) => path));
      }
      this.#toArm.clear();
      this.#toDisarm.clear();
      this.#scanIfAnswered();
    });
  }

  #enter(status: WatchState): void {
    this.#state = status;
    this.#move();
    this.#telling.tell({ type: 'workspace.state', status });
    for (const wake of this.#whenMoved) wake();
    this.#whenMoved.clear();
  }

  /** Puts the revision where everybody sees it. */
  #move(): void {
    const revision = this.#state.state === 'LIVE' ? this.#count : -1;
    if (revision === this.revision) return;
    this.revision = revision;
    for (const listener of this.#onRevision) this.#guard(listener);
  }

  /** Resolves when the state is another one. Whoever waits for that keeps the process alive, as no thread does. */
  #moved(): Promise<void> {
    const alive = this.#clock.setTimeout(() => {}, aDay);
    return new Promise<void>((resolve) => this.#whenMoved.add(resolve)).then(() => alive.cancel());
  }

  #settleSoon(): void {
    if (this.#due.size === 0 || this.#state.state === 'OFF') return;
    const now = this.#clock.now();
    const since = this.#settling?.since ?? now;
    if (this.#settling !== undefined && now - since > patience - quiet) return;
    this.#settling?.timer.cancel();
    const timer = this.#later(quiet, () => {
      this.#settling = undefined;
      void this.#work();
    });
    this.#settling = { since, timer };
  }

  /** Looks at everything that is due, until nothing is. Never rejects. */
  #work(): Promise<void> {
    this.#working ??= this.#lookAtDue()
      .catch((error: unknown) => this.#telling.fail(error))
      .finally(() => {
        this.#working = undefined;
        if (this.#due.size > 0) this.#settleSoon();
      });
    return this.#working;
  }

  async #lookAtDue(): Promise<void> {
    while (this.#due.size > 0) {
      const changes: SourceChange[] = [];
      const slow: Promise<void>[] = [];
      for (const place of this.#due) {
        this.#due.delete(place);
        await this.#inspector.turn();
        if (place.dropped) continue;
        const looking = this.#lookAt(place, changes);
        if (looking !== undefined) slow.push(looking);
      }
      await Promise.all(slow);
      if (changes.length > 0) this.#telling.tell({ type: 'workspace.changed', changes });
    }
  }

  /** A promise only where it takes long. */
  #lookAt(place: Place, changes: SourceChange[]): Promise<void> | undefined {
    const heard = place.touchedAt;
    const { dependency } = place;
    if (dependency.type === 'glob') return this.#search(place, dependency, changes);
    // The way first: what happens after that is seen by the look, or heard of.
    if (place.astray) this.#lead(place, this.#inspector.route(place) ?? []);
    if (this.#awaitsArming(place)) return undefined;
    const sight = this.#inspector.look(place);
    if (sight instanceof Promise) return sight.then((seen) => this.#learn(place, heard, seen, changes));
    this.#learn(place, heard, sight, changes);
    return undefined;
  }

  async #search(place: Place, dependency: GlobDependency, changes: SourceChange[]): Promise<void> {
    const heard = place.touchedAt;
    const { sight, steps } = await this.#inspector.survey(dependency);
    if (place.dropped || this.#state.state === 'OFF') return;
    this.#lead(place, steps);
    if (!this.#awaitsArming(place)) this.#learn(place, heard, sight, changes);
  }

  #lead(place: Place, steps: readonly Step[]): void {
    this.#places.directories.put(place, steps);
    place.astray = false;
    // One that was gone for a moment was refused, and nobody asks for it again.
    for (const { directory } of place.spots) {
      for (let at: WatchedDirectory | undefined = directory; at !== undefined; at = at.above) {
        const idle = at.armedAt === Number.POSITIVE_INFINITY && at.refused === undefined;
        if (idle && !this.#asked.has(at)) this.#want(at);
      }
    }
  }

  /** When its directories are armed, a place is due again: what happens before is not told. */
  #awaitsArming(place: Place): boolean {
    if (this.#state.state === 'DEGRADED' || this.#line?.isOpen !== true) return false;
    return place.armedSince() === Number.POSITIVE_INFINITY && !place.isUnwatchable();
  }

  #learn(place: Place, heard: number, sight: Sight, changes: SourceChange[]): void {
    // Something has happened since, and it is due again.
    if (place.dropped || this.#state.state === 'OFF' || place.touchedAt !== heard) return;
    const { digest: before, known } = place;
    if ('cause' in sight) {
      place.digest = undefined;
      if (before !== undefined) this.#mark(place);
      if (!place.blocked) this.#telling.warn(nameOf(place.dependency), sight.cause);
      place.blocked = true;
      return;
    }
    const { digest } = sight;
    if (place.blocked || (known !== undefined && known !== digest)) this.#askAgain(place);
    place.blocked = false;
    place.digest = digest;
    place.known = digest;
    // Nobody has told of it.
    if (before !== undefined && before !== digest) this.#mark(place);
    if (known === undefined || known === digest) return;
    changes.push({ type: place.dependency.type, name: nameOf(place.dependency), before: known, now: digest });
  }

  #mark(place: Place): void {
    this.#count += 1;
    place.touchedAt = this.#count;
    this.#move();
  }

  /** Resolves when everything heard of so far was looked at. */
  async #settled(): Promise<void> {
    while (
      this.#state.state !== 'OFF' &&
      (this.#due.size > 0 || this.#working !== undefined || this.#asked.size > 0)
    ) {
      if (this.#due.size > 0 || this.#working !== undefined) await this.#work();
      else await this.#answered();
    }
  }

  /** Resolves when the platform has answered something, or shown that it does not. */
  #answered(): Promise<void> {
    return new Promise((resolve) => {
      // Whoever waits keeps the process alive, as the platform does not.
      const timer = this.#clock.setTimeout(() => {
        this.#line?.abandon(new Error(`the platform has not answered for ${answerTime} ms`));
      }, answerTime);
      this.#line?.whenHeard(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #lookAtAll(): Promise<void> {
    for (const place of this.#places.all()) this.#due.add(place);
    await this.#work();
  }

  #pollIfNeeded(): void {
    const { state } = this.#state;
    if (state === 'DEGRADED') this.#polling.start(() => this.#places.all(), pollEvery);
    if (state !== 'LIVE') return;
    this.#audit.start(() => this.#places.all(), auditEvery);
    if (this.#refused.size > 0) this.#polling.start(() => this.#unwatched(), pollEvery);
  }

  #rest(): void {
    this.#polling.stop();
    this.#audit.stop();
  }

  /** Places that no watch tells of. */
  *#unwatched(): Iterable<Place> {
    for (const directory of this.#refused) {
      for (const inner of directory.tree()) yield* inner.places();
    }
  }

  #relative(directory: string): string {
    if (directory === this.#root) return '.';
    // Links may lead to directories outside.
    return directory.startsWith(this.#below) ? directory.slice(this.#below.length) : directory;
  }

  #later(milliseconds: number, act: () => void): Timer {
    const timer = this.#clock.setTimeout(() => this.#guard(act), milliseconds);
    timer.unref();
    return timer;
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#telling.fail(error);
    }
  }
}

function nameOf(dependency: SourceDependency): string {
  return dependency.type === 'glob' ? dependency.pattern : dependency.path;
}
