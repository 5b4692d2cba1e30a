import { performance } from 'node:perf_hooks';
import { printable } from '../printable.ts';

/** Where `serve` says what it does. */
export interface Display {
  line(text: string): void;
  progress(done: number, all: number): void;
}

export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** A bar where somebody watches a terminal that can redraw a line; otherwise plain lines, for pipes and logs. */
export function displayFor(out: Terminal, environment: NodeJS.ProcessEnv): Display {
  const dumb = environment.TERM === 'dumb' || (environment.CI !== undefined && environment.CI !== '');
  if (out.isTTY !== true || dumb) return new PlainDisplay(out);
  return new BarDisplay(out, environment.NO_COLOR === undefined || environment.NO_COLOR === '');
}

const plainEveryMs = 1_000;
/** Fewer files than this are no progress worth a line, however long they take. */
const plainEveryFiles = 20;
const barEveryMs = 50;

export class PlainDisplay implements Display {
  readonly #out: Terminal;
  readonly #now: () => number;
  #toldAt: number;
  #told = -1;

  constructor(out: Terminal, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#now = now;
    this.#toldAt = now();
  }

  line(text: string): void {
    this.#out.write(`${printable(text)}\n`);
  }

  /** At most one line a second and one for so many files, and the last one always. */
  progress(done: number, all: number): void {
    if (done === this.#told) return;
    const now = this.#now();
    const isDue = now - this.#toldAt >= plainEveryMs && done - this.#told >= plainEveryFiles;
    if (done < all && !isDue) return;
    this.#toldAt = now;
    this.#told = done;
    this.line(`outlined ${done} of ${all}`);
  }
}

const width = 30;

export class BarDisplay implements Display {
  readonly #out: Terminal;
  readonly #colors: boolean;
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #bar = '';

  constructor(out: Terminal, colors: boolean, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#colors = colors;
    this.#now = now;
  }

  line(text: string): void {
    this.#out.write(`${this.#bar === '' ? '' : '\r\x1b[K'}${printable(text)}\n${this.#bar}`);
  }

  progress(done: number, all: number): void {
    const last = done >= all;
    const now = this.#now();
    if (!last && now - this.#drawnAt < barEveryMs) return;
    this.#drawnAt = now;
    if (last) {
      if (this.#bar !== '') this.#out.write('\r\x1b[K');
      this.#bar = '';
      return;
    }
    const filled = Math.floor((done / all) * width);
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
    const text = ` ${done} of ${all} outlined`;
    // A terminal that does not know its width says 0.
    const room = (this.#out.columns || 80) - 1;
    // A line that wraps could not be drawn over.
    const fits = room > width + text.length;
    this.#bar = fits ? `${this.#colors ? `\x1b[36m${bar}\x1b[39m` : bar}${text}` : text.slice(1, room);
    this.#out.write(`\r\x1b[K${this.#bar}`);
  }
}
