import { isUtf8 } from 'node:buffer';
import { Burst } from './burst.ts';
import type { Kernel } from './kernel.ts';
import type { Order, ThreadData, Word } from './order.ts';
import { sendable } from './sendable.ts';
import { Syncs } from './syncs.ts';
import { codeOf, type Watch, Watches } from './watches.ts';

/** A turn carries out orders for so long, in milliseconds: the kernel's queue fills meanwhile. */
const workTime = 5;
/** So many watches are closed in a turn, each of which puts an event into the kernel's queue. */
const mostClosed = 64;
/** Events in the queue of a watch that is closed are not told. Within so many milliseconds they are few. */
const closeTime = 10;
/** So often it is put off to close watches, as reading what the kernel told took longer. */
const mostPostponed = 50;
/** A flood of events that has no end is told of in parts. */
const floodPart = 1_024;
const floodTime = 500;
/** Looked at in each beat, for what the kernel tells nothing of: a mount in the place of a directory. */
const watchesPerBeat = 128;

type Step = () => void;

/**
 * The thread that watches. It works in turns: the kernel's events are taken as they come, and at the end of the
 * event loop's turn they are told, then orders are carried out. More than half of a full queue of events in one turn
 * counts as an overflow, as Node does not tell of one.
 *
 * Whatever is thrown anywhere is told and survived.
 */
export class WatchThread {
  readonly #kernel: Kernel;
  readonly #roots: readonly string[];
  readonly #tell: (words: readonly Word[]) => void;
  readonly #watches: Watches;
  readonly #syncs: Syncs;
  readonly #burst: Burst;
  #words: Word[] = [];
  #orders: Order[] = [];
  /** Of the first order's paths. */
  #done = 0;
  /** Of the word that is told of them last, while another may be added. */
  #armed: string[] | undefined;
  #suspects = new Set<string>();
  #undecodable = new Set<string>();
  #postponed = 0;
  #turnEnded = Number.NEGATIVE_INFINITY;
  #floodStarted = 0;
  #beaten: Iterator<string> | undefined;
  #awake = false;
  #closed = false;

  constructor(kernel: Kernel, data: ThreadData, tell: (words: readonly Word[]) => void) {
    this.#kernel = kernel;
    this.#roots = data.roots;
    this.#tell = tell;
    this.#burst = new Burst(kernel.queueLength);
    this.#watches = new Watches(kernel, {
      heard: (watch, structural, name) => this.#heard(watch, structural, name),
      failed: (watch, error) => this.#step(() => this.#lose(watch, codeOf(error))),
    });
    this.#syncs = new Syncs(
      kernel,
      data.cookies,
      () => this.#wake(),
      (directory) => this.#tell([{ type: 'made', directory }]),
    );
  }

  order(order: Exclude<Order, { type: 'close' }>): void {
    this.#orders.push(order);
    this.#wake();
  }

  /** Once in a second: what the kernel tells nothing of. A root's parents may be moved or mounted over. */
  beat(): void {
    for (const root of this.#roots) this.#step(() => this.#check(root));
    this.#beaten ??= this.#watches.paths();
    for (let count = 0; count < watchesPerBeat; count += 1) {
      const { done, value } = this.#beaten.next();
      if (done) {
        this.#beaten = undefined;
        break;
      }
      this.#step(() => this.#check(value));
    }
  }

  /** What was thrown where nobody knows what has been left undone: hints may be lost. */
  survive(thrown: unknown): void {
    this.#words.push({ type: 'error', error: sendable(thrown) });
    this.#burst.doubt();
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    for (const path of [...this.#watches.paths()]) this.#watches.retire(path);
    this.#watches.close(Number.POSITIVE_INFINITY);
    this.#syncs.close();
  }

  #step(step: Step): void {
    try {
      step();
    } catch (error) {
      this.survive(error);
    }
  }

  #wake(): void {
    if (this.#awake || this.#closed) return;
    this.#awake = true;
    this.#kernel.soon(() => this.#turn());
  }

  #turn(): void {
    this.#awake = false;
    if (this.#closed) return;
    this.#step(() => this.#flush());
    this.#burst.end();
    this.#undecodable.clear();
    this.#step(() => this.#closeRetired());
    this.#step(() => this.#reopen());
    this.#step(() => this.#work());
    // Nobody is told that everything was told before they are told of this doubt, in the next turn.
    if (!this.#burst.isDoubtful) this.#step(() => this.#words.push(...this.#syncs.settle()));
    this.#post();
    this.#turnEnded = this.#kernel.now();
    if (this.#orders.length > 0 || this.#watches.retired > 0 || this.#burst.isDoubtful) this.#wake();
  }

  #heard(watch: Watch, structural: boolean, name: Uint8Array): void {
    try {
      this.#hear(watch, structural, name);
    } catch (error) {
      this.#words.push({ type: 'error', error: sendable(error) });
      this.#burst.hints.add(watch.path, undefined, true);
    }
  }

  #hear(watch: Watch, structural: boolean, bytes: Uint8Array): void {
    this.#count();
    if (!this.#watches.isCurrent(watch)) return;
    if (watch.as === 'file') {
      const { directory, name } = split(watch.path);
      this.#burst.hints.add(directory, name, structural);
      if (structural) this.#suspects.add(watch.path);
      return;
    }
    const name = this.#decode(watch, bytes);
    if (name !== '.') {
      this.#burst.hints.add(watch.path, name, structural);
      return;
    }
    // Its permissions were changed, or it is not what it was: the kernel says the same of both.
    this.#burst.hints.add(watch.path, undefined, true);
    if (this.#check(watch.path)) this.#suspects.add(watch.path);
  }

  #count(): void {
    if (this.#burst.events === 0) this.#floodStarted = this.#kernel.now();
    this.#burst.count(1);
    this.#wake();
    if (this.#burst.events % floodPart !== 0) return;
    if (this.#kernel.now() - this.#floodStarted < floodTime) return;
    this.#flush();
    // Whoever hears of a directory looks at it: what happens after that must be told.
    this.#step(() => this.#reopen());
    this.#post();
    this.#floodStarted = this.#kernel.now();
  }

  #decode(watch: Watch, bytes: Uint8Array): string | undefined {
    if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    if (!this.#undecodable.has(watch.path)) {
      this.#undecodable.add(watch.path);
      const message = 'A name in this directory is not valid UTF-8: it cannot be read, and is left out.';
      this.#words.push({ type: 'warning', directory: watch.path, message });
    }
    return undefined;
  }

  #flush(): void {
    const word = this.#burst.take();
    if (word === undefined) return;
    this.#words.unshift(word);
    if (word.type === 'overflow') this.#syncs.leaveAgain();
  }

  #post(): void {
    if (this.#words.length === 0) return;
    const words = this.#words;
    this.#words = [];
    this.#tell(words);
  }

  /** Closes watches when the queue has just been read, so that hardly an event goes uncounted with them. */
  #closeRetired(): void {
    if (this.#watches.retired === 0) return;
    const late = () => this.#kernel.now() - this.#turnEnded > closeTime;
    if (late() && this.#postponed < mostPostponed) {
      this.#postponed += 1;
      return;
    }
    this.#postponed = 0;
    this.#burst.count(this.#watches.close(mostClosed));
    if (late()) this.#burst.doubt();
  }

  /** Watches anew what may be another directory with the same number, or none that is told of any more. */
  #reopen(): void {
    const suspects = this.#suspects;
    this.#suspects = new Set();
    for (const path of suspects) {
      const watch = this.#watches.get(path);
      if (watch === undefined) continue;
      const refusal = this.#watches.arm(path, watch.as);
      if (refusal !== undefined) this.#words.push({ type: 'lost', directory: path, code: refusal.code });
    }
  }

  #work(): void {
    const until = this.#kernel.now() + workTime;
    this.#armed = undefined;
    while (this.#orders.length > 0 && this.#kernel.now() < until) {
      const order = this.#orders[0] as Order;
      if (order.type === 'sync') this.#syncs.ask(order.id);
      else if (order.type !== 'close' && this.#done < order.paths.length) {
        const path = order.paths[this.#done] as string;
        this.#done += 1;
        if (order.type === 'disarm') this.#watches.retire(path);
        else this.#arm(path, order.as);
        continue;
      }
      this.#orders.shift();
      this.#done = 0;
    }
  }

  /** Answers come in the order of what was asked: only the last one of several for a path is believed. */
  #arm(path: string, as: Watch['as']): void {
    const refusal = this.#watches.arm(path, as);
    if (refusal !== undefined) {
      this.#armed = undefined;
      this.#words.push({ type: 'refused', directory: path, ...refusal });
    } else if (this.#armed !== undefined) {
      this.#armed.push(path);
    } else {
      this.#armed = [path];
      this.#words.push({ type: 'armed', directories: this.#armed });
    }
  }

  /** @returns whether it still is what is watched */
  #check(path: string): boolean {
    const watch = this.#watches.get(path);
    if (watch === undefined) return false;
    try {
      if (this.#watches.stands(watch)) return true;
      this.#lose(watch, undefined);
    } catch (error) {
      this.#lose(watch, codeOf(error));
    }
    return false;
  }

  #lose(watch: Watch, code: string | undefined): void {
    if (!this.#watches.isCurrent(watch)) return;
    this.#watches.retire(watch.path);
    this.#words.push({ type: 'lost', directory: watch.path, code });
    this.#wake();
  }
}

function split(path: string): { directory: string; name: string } {
  const end = path.lastIndexOf('/');
  return { directory: path.slice(0, end) || '/', name: path.slice(end + 1) };
}
