import type { Timer } from '../lib/clock.ts';
import type { Lent, Remembrance } from '../trace/shelf.ts';
import { type Known, type SignatureTable, sameSignature } from './signature.ts';
import { rowCount, type SignaturePlace } from './signature-place.ts';
import { SignatureRoots } from './signature-roots.ts';
import { type Lines, packRow, unpackRow } from './signature-row.ts';
import type { Turns } from './turns.ts';

/** Milliseconds that those who look at files wait for what is on the shelf, that it is read for, and that a save takes. */
const patience = { look: 1_000, load: 10_000, save: 5_000 } as const;
/** Milliseconds from the first line that is not on the shelf until it is put there, and the most after failures. */
const delay = { first: 3_000, longest: 60_000 } as const;
/** A line that nobody has asked for in so many days leaves with the next writing of its row. */
const mostDays = 30;
const day = 86_400_000;
/** Packing or unpacking so many lines takes as long as a stat. */
const linesPerStat = 4;
/** Rows of a small table hold some more, as paths spread unevenly. */
const leastRowLimit = 16;

export interface SignatureMemoryOptions extends Lent {
  readonly table: SignatureTable;
  readonly place: SignaturePlace;
  readonly turns: Turns;
  /** Wall time, in milliseconds since 1970. */
  readonly wall: () => number;
}

/**
 * Keeps the signature table on a shelf, so that the next process need not hash what this one has. Each line is a true
 * statement by itself (a file with this signature has this digest), whenever it was written and whoever reads it: so a row
 * may be lost, old, or half another process's, and what it costs is hashing.
 *
 * Rows are read once, at the beginning. They are written behind: the lines that have changed are put into what is on the
 * shelf then, so that processes that share it keep each other's.
 */
export class SignatureMemory implements Remembrance {
  /** Resolves when the table holds what was on the shelf, or nobody waits for it any more. */
  readonly loaded: Promise<void>;
  readonly #options: SignatureMemoryOptions;
  readonly #roots: SignatureRoots;
  readonly #unlisten: () => void;
  readonly #ending = Promise.withResolvers<void>();
  readonly #rowLimit: number;
  /** Paths whose lines differ from what is on the shelf, by row. */
  #dirty = new Map<number, Set<string>>();
  #dirtyPaths = 0;
  #delay: number = delay.first;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(options: SignatureMemoryOptions) {
    const { shelf, table, place } = options;
    this.#options = options;
    this.#roots = new SignatureRoots(shelf, place.rootHash);
    this.#rowLimit = Math.max(leastRowLimit, Math.ceil((2 * table.capacity) / rowCount));
    this.#unlisten = table.listen((path) => this.#note(path));
    table.today = this.#today();
    this.loaded = this.#within(patience.look, this.#load());
  }

  /** Waits so long at the most; what is not on the shelf by then is on its way, or has to be learned again. */
  save(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#within(patience.save, this.#writing);
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#unlisten();
    this.#dirty.clear();
    this.#ending.resolve();
  }

  /** Something else is known of the path than the shelf has. */
  #note(path: string): void {
    // A shelf that takes nothing for long: what is forgotten here is hashed again one day.
    if (this.#dirtyPaths >= this.#options.table.capacity) this.#forgetNotes();
    const row = this.#options.place.rowOf(path);
    const paths = this.#dirty.get(row) ?? new Set();
    this.#dirty.set(row, paths);
    this.#dirtyPaths += paths.has(path) ? 0 : 1;
    paths.add(path);
    this.#schedule();
  }

  #forgetNotes(): void {
    this.#dirty.clear();
    this.#dirtyPaths = 0;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#ended) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.save(), this.#delay);
    this.#timer.unref();
  }

  async #load(): Promise<void> {
    const { table, place, shelf, clock, turns } = this.#options;
    // A workspace that has served another cache has lines already.
    let count = 0;
    for (const path of table.paths()) {
      this.#note(path);
      count += 1;
      if (count % 500 === 0) await turns.until(64);
    }
    const end = clock.now() + patience.load;
    let found = false;
    try {
      for (let row = 0; row < rowCount && !this.#ended && clock.now() < end; row += 1) {
        await turns.until(1);
        const bytes = await shelf.get(place.nameOf(row));
        const lines = bytes && unpackRow(place, row, bytes);
        if (lines === undefined) continue;
        found = true;
        turns.charge(lines.size / linesPerStat);
        for (const [path, known] of lines) table.adopt(path, known);
      }
      if (found && !this.#ended) await this.#roots.enter(this.#today());
    } catch {
      // Whoever has lent the shelf knows. What was not loaded is hashed.
    }
  }

  async #write(): Promise<void> {
    const { clock, table } = this.#options;
    if (this.#dirty.size === 0 || this.#ended) return;
    const end = clock.now() + patience.save;
    const dirty = this.#dirty;
    this.#dirty = new Map();
    this.#dirtyPaths = 0;
    // What was asked for since the last writing has the day of that on it.
    const usedSince = table.today - mostDays;
    table.today = this.#today();
    try {
      await this.#roots.enter(table.today);
      for (const [row, paths] of dirty) {
        if (this.#ended || clock.now() >= end) break;
        await this.#writeRow(row, paths, usedSince);
        dirty.delete(row);
      }
      this.#delay = delay.first;
    } catch {
      // Whoever has lent the shelf knows. It is tried again, less and less often.
      this.#delay = Math.min(delay.longest, 2 * this.#delay);
    }
    if (this.#ended) return;
    for (const path of [...dirty.values()].flatMap((paths) => [...paths])) this.#note(path);
  }

  async #writeRow(row: number, paths: ReadonlySet<string>, usedSince: number): Promise<void> {
    const { shelf, place, table, turns } = this.#options;
    const name = place.nameOf(row);
    await turns.until(1);
    const bytes = await shelf.get(name);
    const lines: Lines = (bytes && unpackRow(place, row, bytes)) ?? new Map();
    const isNew = [...paths].filter((path) => differ(lines.get(path), table.peek(path)));
    turns.charge((2 * lines.size + paths.size) / linesPerStat);
    if (isNew.length === 0) return;
    for (const path of isNew) {
      const known = table.peek(path);
      lines.delete(path);
      if (known !== undefined) lines.set(path, known);
    }
    const kept = this.#kept(lines, usedSince);
    if (kept.size === 0) await shelf.delete(name);
    else await shelf.set(name, packRow(place, row, kept));
  }

  /** The lines that stay: of those that were asked for at all of late, as many as a row may have, the last used. */
  #kept(lines: Lines, usedSince: number): Lines {
    const { table } = this.#options;
    const used = [...lines].flatMap(([path, known]): [string, Known][] => {
      const last = Math.max(known.used, table.peek(path)?.used ?? 0);
      return last < usedSince ? [] : [[path, { ...known, used: last }]];
    });
    if (used.length <= this.#rowLimit) return new Map(used);
    return new Map(used.sort(([, one], [, other]) => one.used - other.used).slice(-this.#rowLimit));
  }

  #today(): number {
    return Math.max(0, Math.floor(this.#options.wall() / day));
  }

  /** Resolves when the work is done, the time is over, or the shelf was let go of. */
  async #within(milliseconds: number, work: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimeout(resolve, milliseconds);
    timer.unref();
    await Promise.race([work, promise, this.#ending.promise]);
    timer.cancel();
  }
}

function differ(one: Known | undefined, other: Known | undefined): boolean {
  if (one === undefined || other === undefined) return one !== other;
  return one.digest !== other.digest || !sameSignature(one.signature, other.signature);
}
