import { expect } from 'vitest';
import type { WatchState } from '../../events/event.ts';
import type { SourceDependency } from '../../model/dependency.ts';
import { placeOf } from '../../trace/place.ts';
import type { Disk } from '../disk.test-support.ts';
import { type Change, put, type Question } from '../history.test-support.ts';
import { openWorkspace, type Workspace } from '../index.ts';
import { Watching } from './watching.test-support.ts';

/** What a cache keeps of a value: what it was made from, and when that was found to be so. */
interface Entry {
  readonly dependency: SourceDependency;
  provenAt: number;
}

/** A workspace that is watched, beside one that is not, and what a cache would keep. */
export class Trial {
  readonly watching: Watching;
  readonly oracle: Workspace;
  readonly entries: Entry[] = [];
  readonly #questions = new Map<string, Question>();
  /** By place: what was last known to have been told. */
  readonly #told = new Map<string, string>();
  #heard = 0;
  held = 0;
  asked = 0;
  /** Errors are expected. */
  faulty = false;
  readonly #pending: Promise<unknown>[] = [];

  private constructor(watching: Watching, oracle: Workspace) {
    this.watching = watching;
    this.oracle = oracle;
  }

  static async begin(disk: Disk): Promise<Trial> {
    const watching = await Watching.open(disk);
    const oracle = await openWorkspace('/r', {
      fileSystem: disk,
      clock: disk.clock,
      watch: false,
      paranoid: true,
    });
    return new Trial(watching, oracle);
  }

  get watch() {
    return this.watching.watch;
  }

  change({ change }: Change): void {
    change(this.watching.disk);
  }

  /** Reads, and has a check prove what was read, as a cache does. */
  ask(question: Question): void {
    this.#pending.push(this.#ask(question));
  }

  async #ask(question: Question): Promise<void> {
    const { dependency } = await put(this.watching.workspace, question);
    const place = placeOf(dependency);
    this.#questions.set(place, question);
    if (!this.#told.has(place) && dependency.digest !== 'unreadable')
      this.#told.set(place, dependency.digest);
    this.entries.push({ dependency, provenAt: -1 });
    await this.#check(this.entries.at(-1) as Entry);
  }

  /** Resolves when everything that was asked is answered. */
  settled(): Promise<unknown> {
    return Promise.all(this.#pending.splice(0));
  }

  recheck(index: number): void {
    const entry = this.entries[index % Math.max(1, this.entries.length)];
    if (entry !== undefined) this.#pending.push(this.#check(entry));
  }

  async #check(entry: Entry): Promise<void> {
    const since = this.watch.revision;
    const verdict = await this.watching.workspace.check([entry.dependency]);
    const { revision } = this.watch;
    if (verdict.state !== 'same') entry.provenAt = -1;
    else if (since >= 0 && revision >= 0 && this.watch.holds([entry.dependency], since)) {
      entry.provenAt = revision;
    }
  }

  /** As the engine does: one comparison where nothing was heard. */
  #holds(entry: Entry): boolean {
    const { revision } = this.watch;
    if (revision < 0 || entry.provenAt < 0) return false;
    if (entry.provenAt === revision) return true;
    if (!this.watch.holds([entry.dependency], entry.provenAt)) return false;
    entry.provenAt = revision;
    return true;
  }

  async sync(): Promise<void> {
    await this.watching.sync();
    await this.watching.finish(this.settled());
    await this.watching.sync();
    await this.verify();
    this.verifyStates();
  }

  /** Reads and checks anew, whatever the watch believes. */
  async compare(): Promise<void> {
    const { workspace } = this.watching;
    for (const question of this.#questions.values()) {
      const seen = await this.watching.finish(put(workspace, question));
      const { state, dependency } = await put(this.oracle, question);
      expect([question, seen.state, seen.dependency.digest]).toEqual([question, state, dependency.digest]);
    }
    for (const { dependency } of this.entries) {
      const seen = await this.watching.finish(workspace.check([dependency]));
      const { state } = await this.oracle.check([dependency]);
      expect([dependency, seen.state]).toEqual([dependency, state]);
    }
  }

  /** What was not told, as the platform did not tell of it, is not asked for. */
  forgive(): void {
    this.#told.clear();
    this.#heard = this.watching.changes.length;
  }

  verifyStates(): void {
    let before: WatchState = { state: 'UNKNOWN', epoch: 0, reason: '' };
    for (const after of this.watching.states) {
      expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
      if (after.state === 'LIVE') expect(before).toEqual({ state: 'SCANNING', epoch: after.epoch });
      if (after.state === 'SCANNING') expect(before).toMatchObject({ state: 'UNKNOWN', epoch: after.epoch });
      if (after.state === 'DEGRADED') expect(after.epoch).toBeGreaterThan(before.epoch);
      before = after;
    }
    const wrong = this.watching.revisions.filter(([state, revision]) => revision >= 0 !== (state === 'LIVE'));
    expect(wrong).toEqual([]);
  }

  /** After a sync: whatever is said to hold does, and every change was told. */
  async verify(): Promise<void> {
    for (const entry of this.entries) {
      const { state } = await this.oracle.check([entry.dependency]);
      const { provenAt } = entry;
      const holds = this.#holds(entry);
      if (holds) expect([entry.dependency, state]).toEqual([entry.dependency, 'same']);
      if (state !== 'same' || provenAt < 0 || this.watch.revision < 0) continue;
      this.asked += 1;
      if (holds) this.held += 1;
    }
    await this.#verifyTold();
    if (!this.faulty) expect(this.watching.errors).toEqual([]);
  }

  async #verifyTold(): Promise<void> {
    const told = new Map(this.#told);
    for (const { type, name, before, now } of this.watching.changes.slice(this.#heard)) {
      expect(now).not.toBe(before);
      const places = this.#called(type, name);
      // Events tell no two searches for one pattern apart.
      if (places.length > 1) continue;
      // What could not be looked at first was known to nobody.
      expect([type, name, before]).toEqual([type, name, told.get(places[0] as string) ?? before]);
      told.set(places[0] as string, now);
    }
    this.#heard = this.watching.changes.length;
    for (const [place, question] of this.#questions) {
      const { state, dependency } = await put(this.oracle, question);
      if (state === 'refused' && dependency.digest === 'unreadable') continue;
      if (this.#called(dependency.type, nameOf(dependency)).length === 1 && told.has(place)) {
        expect([question, told.get(place)]).toEqual([question, dependency.digest]);
      }
      told.set(place, dependency.digest);
    }
    for (const [place, digest] of told) this.#told.set(place, digest);
  }

  #called(type: string, name: string): string[] {
    const ours = [...this.entries.map(({ dependency }) => dependency)];
    const places = ours.filter((one) => one.type === type && nameOf(one) === name).map(placeOf);
    return [...new Set(places)];
  }

  async end(): Promise<void> {
    await this.oracle.close();
    await this.watching.close();
  }
}

function nameOf(dependency: SourceDependency): string {
  return dependency.type === 'glob' ? dependency.pattern : dependency.path;
}
