import type { EntryNote } from '../memory/entry-note.ts';
import type { EntryTable } from '../memory/entry-table.ts';
import type { Watch } from '../trace/source.ts';

/**
 * What is known of the entries in memory by watching, and nothing that a checked read believes.
 *
 * A note remembers the revision at which its files were known to be what its trace states (`provenAt`): that of the check
 * that found them so, or of the last time that the watch said that they still are. An entry that is proven at the present
 * revision is *hot*: until a file is heard of, or something happens to an entry that it rests on, or its time has come, it is
 * served on the hit path like an entry that was made from nothing. So a hit compares no revision, and a change costs one
 * write for each entry that was proven since the last one (docs/decisions/0014-watching.md).
 */
export class WatchedEntries {
  readonly #table: EntryTable;
  readonly #watch: Watch;
  /** By slot. Those that rest on files alone, and those that rest on other entries. */
  readonly #hot = { alone: new Map<number, EntryNote>(), resting: new Map<number, EntryNote>() };
  readonly #stop: () => void;

  constructor(table: EntryTable, watch: Watch) {
    this.#table = table;
    this.#watch = watch;
    table.onUnsettled = () => this.#cool(this.#hot.resting);
    this.#stop = watch.onRevision(() => this.#coolAll());
  }

  /** Read before a check begins. Negative: nothing is known at the moment. */
  get revision(): number {
    return this.#watch.revision;
  }

  /** A check that began at revision `since` has found a value's files to be what its trace states. */
  noteCheck(note: EntryNote, since: number): void {
    const { revision } = this.#watch;
    if (since < 0 || revision < 0 || note.trace === undefined) return;
    if (this.#watch.holds(note.trace.sources, since)) note.provenAt = revision;
  }

  /** A check has found that a value does not hold, or could not tell: that is believed, whatever is heard. */
  doubt(note: EntryNote): void {
    note.provenAt = -1;
    this.#coolAll();
  }

  /** Whether a value's files are still what its trace states, as far as is heard. No I/O. */
  holds(note: EntryNote): boolean {
    const { revision } = this.#watch;
    if (revision < 0 || note.provenAt < 0) return false;
    if (note.provenAt === revision) return true;
    if (!this.#watch.holds(note.trace?.sources ?? [], note.provenAt)) return false;
    note.provenAt = revision;
    return true;
  }

  /** Whether an entry is proven, and nothing has happened since. */
  isHot(slot: number, note: EntryNote, now: number): boolean {
    return this.lists(slot, note) && this.#table.freshUntil(slot) > now;
  }

  /** Whether the entry will be set back by what is heard. */
  lists(slot: number, note: EntryNote): boolean {
    return this.#hot.alone.get(slot) === note || this.#hot.resting.get(slot) === note;
  }

  /**
   * Lets the hit path serve an entry that is proven now.
   * @param until when it has to be looked at again although nothing was heard
   * @param below the entries that it rests on, with their slots
   */
  heat(slot: number, note: EntryNote, until: number, below: ReadonlyMap<EntryNote, number>): void {
    for (const [one, its] of below) {
      one.bears = true;
      // They are used as often as this one is, and are not seen to be.
      this.#table.touch(its);
    }
    (below.size > 0 ? this.#hot.resting : this.#hot.alone).set(slot, note);
    this.#table.setFreshUntil(slot, until);
  }

  /** Once nobody reads any more: nothing ends what is hot from now on. */
  close(): void {
    this.#stop();
  }

  #coolAll(): void {
    this.#cool(this.#hot.alone);
    this.#cool(this.#hot.resting);
  }

  #cool(hot: Map<number, EntryNote>): void {
    if (hot.size === 0) return;
    for (const [slot, note] of hot) {
      // Another entry may have the slot by now, which needs no proof.
      if (this.#table.note(slot) === note) this.#table.setFreshUntil(slot, Number.NEGATIVE_INFINITY);
    }
    hot.clear();
  }
}
