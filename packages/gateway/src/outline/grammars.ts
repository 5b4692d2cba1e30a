import { setImmediate } from 'node:timers/promises';
import type { Node, Parser, Tree } from 'web-tree-sitter';
import { GrammarRuntime, isTrap, MINIMUM_MEMORY_BYTES } from './grammar-runtime.ts';
import type { GrammarName } from './language.ts';

/*
 * How tree-sitter runs here.
 *
 * One runtime a process, loaded on first use, and each grammar once. Parses take turns: they share one thread,
 * and the memory then holds one tree at a time.
 *
 * A parse is bounded by the length of the text and by steps. A step is one call of tree-sitter's progress
 * callback, that is 100 operations of the parser; ordinary code takes 10 to 30 steps for a kilobyte. Steps and
 * not milliseconds, because the same text must have the same outline on a busy machine. Every STEPS_PER_SLICE
 * steps the parse pauses and the event loop turns. The pauses too are counted in steps, because where a parse
 * resumes can change how tree-sitter recovers from a syntax error.
 *
 * A trap inside the WebAssembly leaves the runtime in an unknown state, and its memory never shrinks. In both
 * cases the runtime is dropped and a fresh copy loaded for the next text.
 */

export interface GrammarsOptions {
  /** Longest text that is parsed, in UTF-16 units. Default 1,048,576. */
  maximumLength?: number;
  /** Steps after which a parse is given up. Default 15,000: 0.4 s of minified code, up to 4 s of garbage. */
  maximumSteps?: number;
  /** Cap of the runtime's memory in bytes; an allocation beyond it is a trap. Default 512 MiB, at least 32 MiB. */
  maximumMemory?: number;
  /** A runtime that holds more bytes than this is replaced after the parse. Default 128 MiB. */
  retireMemory?: number;
}

export type Parsed<Value> = { ok: true; value: Value } | { ok: false; reason: string };

const STEPS_PER_SLICE = 100;
const TURN_AFTER_MS = 8;
const MAXIMUM_CRASHES = 5;

export class Grammars {
  readonly #maximumLength: number;
  readonly #maximumSteps: number;
  readonly #maximumMemory: number;
  readonly #retireMemory: number;
  #runtime: GrammarRuntime | undefined;
  #runtimesLoaded = 0;
  #crashes = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #loopTurnedAt = 0;

  constructor(options: GrammarsOptions = {}) {
    this.#maximumLength = atLeast('maximumLength', 1, options.maximumLength ?? 2 ** 20);
    this.#maximumSteps = atLeast('maximumSteps', 1, options.maximumSteps ?? 15_000);
    this.#maximumMemory = atLeast('maximumMemory', MINIMUM_MEMORY_BYTES, options.maximumMemory ?? 2 ** 29);
    this.#retireMemory = atLeast('retireMemory', 1, options.retireMemory ?? 2 ** 27);
  }

  /** Bytes that the present runtime holds; 0 before the first parse and after a runtime was dropped. */
  get memoryBytes(): number {
    return this.#runtime?.memoryBytes ?? 0;
  }

  /** Runtimes loaded so far: 1, unless one crashed or grew too big. */
  get runtimesLoaded(): number {
    return this.#runtimesLoaded;
  }

  /**
   * Parse `text` and hand the root of its tree to `visit`, which must not keep a node: the tree is freed when it
   * returns. What the text does to the parser is never an exception but `{ ok: false, reason }`; an error of
   * `visit` itself is passed on.
   */
  parse<Value>(grammar: GrammarName, text: string, visit: (root: Node) => Value): Promise<Parsed<Value>> {
    const parsed = this.#turn.then(() => this.#parseInTurn(grammar, text, visit));
    this.#turn = parsed.then(
      () => undefined,
      () => undefined,
    );
    return parsed;
  }

  async #parseInTurn<Value>(
    grammar: GrammarName,
    text: string,
    visit: (root: Node) => Value,
  ): Promise<Parsed<Value>> {
    if (text.length > this.#maximumLength) {
      return { ok: false, reason: `longer than ${this.#maximumLength} characters` };
    }
    if (this.#crashes >= MAXIMUM_CRASHES) {
      return { ok: false, reason: `the parser crashed ${MAXIMUM_CRASHES} times in this process` };
    }
    if (performance.now() - this.#loopTurnedAt > TURN_AFTER_MS) await this.#turnEventLoop();

    let parser: Parser;
    try {
      parser = await (await this.#loadedRuntime()).parser(grammar);
    } catch (error) {
      await this.#dropRuntime();
      return { ok: false, reason: `the ${grammar} grammar did not load (${describe(error)})` };
    }
    try {
      return await this.#parseAndVisit(parser, text, visit);
    } catch (error) {
      if (error instanceof VisitError) throw error.cause;
      this.#crashes += 1;
      await this.#dropRuntime();
      return { ok: false, reason: `the parser crashed (${describe(error)})` };
    } finally {
      if (this.memoryBytes > this.#retireMemory) await this.#dropRuntime();
    }
  }

  async #parseAndVisit<Value>(
    parser: Parser,
    text: string,
    visit: (root: Node) => Value,
  ): Promise<Parsed<Value>> {
    const tree = await this.#parseInSlices(parser, text);
    if (tree === null) {
      parser.reset();
      return { ok: false, reason: `not parsed within ${this.#maximumSteps} steps` };
    }
    try {
      return { ok: true, value: visit(tree.rootNode) };
    } catch (error) {
      throw isTrap(error) ? error : new VisitError(error);
    } finally {
      tree.delete();
    }
  }

  async #parseInSlices(parser: Parser, text: string): Promise<Tree | null> {
    let steps = 0;
    let sliceEnd = Math.min(STEPS_PER_SLICE, this.#maximumSteps);
    const progressCallback = () => ++steps >= sliceEnd;
    for (;;) {
      const tree = parser.parse(text, null, { progressCallback });
      if (tree !== null || steps >= this.#maximumSteps) return tree;
      sliceEnd = Math.min(steps + STEPS_PER_SLICE, this.#maximumSteps);
      await this.#turnEventLoop();
    }
  }

  async #turnEventLoop(): Promise<void> {
    await setImmediate();
    this.#loopTurnedAt = performance.now();
  }

  async #loadedRuntime(): Promise<GrammarRuntime> {
    if (this.#runtime === undefined) {
      this.#runtime = await GrammarRuntime.load(this.#maximumMemory);
      this.#runtimesLoaded += 1;
    }
    return this.#runtime;
  }

  async #dropRuntime(): Promise<void> {
    const runtime = this.#runtime;
    this.#runtime = undefined;
    await runtime?.abandon();
  }
}

/** Tells an error of the visitor from one of the parser. */
class VisitError extends Error {
  constructor(cause: unknown) {
    super('the visitor threw', { cause });
  }
}

/** The kind of an error without its message, which can hold paths of the machine. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : error.name;
}

function atLeast(option: string, minimum: number, value: number): number {
  if (Number.isFinite(value) && value >= minimum) return value;
  throw new RangeError(`${option} must be a number of at least ${minimum}, not ${value}`);
}
