import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceDependency } from '../../model/dependency.ts';
import { placeOf } from '../../trace/place.ts';
import type { Disk } from '../disk.test-support.ts';
import { type Change, changes, put, type Question, questions, smallDisk } from '../history.test-support.ts';
import { openWorkspace, type Workspace } from '../index.ts';
import { Watching } from './watching.test-support.ts';

/*
 * Random histories of a small disk against a workspace that watches it, with everything in between coming at random times:
 * what the kernel tells, what the platform does, and the turns of the event loop. The oracle is a workspace that does not
 * watch.
 */

interface Step {
  readonly text: string;
  act(trial: Trial): unknown;
}

const step = (text: string, act: Step['act']): Step => ({ text, act });

/** What a cache keeps of a value: what it was made from, and when that was found to be so. */
interface Entry {
  readonly dependency: SourceDependency;
  provenAt: number;
}

class Trial {
  readonly watching: Watching;
  readonly oracle: Workspace;
  readonly entries: Entry[] = [];
  readonly #questions = new Map<string, Question>();
  /** By place: what was last known to have been told. */
  readonly #told = new Map<string, string>();
  #heard = 0;
  held = 0;
  asked = 0;
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
    await this.watching.finish(Promise.all(this.#pending.splice(0)));
    await this.watching.sync();
    await this.verify();
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
    expect(this.watching.errors).toEqual([]);
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

const change = changes.map((one) => step(one.text, (trial) => trial.change(one)));
const question = questions.map((one) => step(JSON.stringify(one), (trial) => trial.ask(one)));
const recheck = fc.nat(50).map((index) => step(`check ${index}`, (trial) => trial.recheck(index)));
const sync = fc.constant(step('sync', (trial) => trial.sync()));
const orders = fc.nat(5).map((most) => step(`work ${most}`, (trial) => trial.watching.platform.work(most)));
const reports = fc
  .nat(5)
  .map((most) => step(`hear ${most}`, (trial) => trial.watching.platform.deliver(most)));
const turn = fc.constant(step('turn', (trial) => trial.watching.turn()));
const time = fc
  .constantFrom(1, 10, 50, 300)
  .map((ms) => step(`pass ${ms}`, (trial) => trial.watching.clock.advance(ms)));

const usual = fc.oneof(
  { weight: 10, arbitrary: change },
  { weight: 5, arbitrary: question },
  { weight: 4, arbitrary: recheck },
  { weight: 3, arbitrary: sync },
  { weight: 3, arbitrary: orders },
  { weight: 3, arbitrary: reports },
  { weight: 3, arbitrary: turn },
  { weight: 3, arbitrary: time },
);

const rounds = (share: number) => ({ numRuns: Math.ceil(share * (fc.readConfigureGlobal().numRuns ?? 100)) });

async function run(history: readonly Step[]): Promise<Trial> {
  const trial = await Trial.begin(smallDisk(1, true));
  for (const { act } of history) await act(trial);
  await trial.sync();
  await trial.end();
  return trial;
}

describe('what is said to hold without a look', () => {
  it('holds after a sync, whatever happened, and every change was told', async () => {
    let held = 0;
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(usual, { minLength: 5, maxLength: 60, size: 'max' }), async (history) => {
        const trial = await run(history);
        held += trial.held;
        asked += trial.asked;
      }),
      rounds(5),
    );
    expect(held / asked).toBeGreaterThan(0.7);
  });
});
