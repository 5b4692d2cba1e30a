import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as TreeSitter from 'web-tree-sitter';
import type { GrammarName } from './language.ts';

interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

// Node has it, but its types do not declare it without the DOM's.
const { Memory, RuntimeError } = (
  globalThis as unknown as {
    WebAssembly: {
      Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
      RuntimeError: ErrorConstructor;
    };
  }
).WebAssembly;

const PAGE_BYTES = 65_536;
const INITIAL_PAGES = 512;
/** The runtime starts with this much memory. */
export const MINIMUM_MEMORY_BYTES = INITIAL_PAGES * PAGE_BYTES;

/** Where the compiled grammar of a language lies, wherever npm has put the package. */
function grammarFile(grammar: GrammarName): URL {
  return new URL(import.meta.resolve(`@repomix/tree-sitter-wasms/out/tree-sitter-${grammar}.wasm`));
}

/** One copy of tree-sitter, with a WebAssembly memory of its own and one parser a grammar, loaded on first use. */
export class GrammarRuntime {
  readonly #api: typeof TreeSitter;
  readonly #memory: WasmMemory;
  readonly #parsers = new Map<GrammarName, Promise<TreeSitter.Parser>>();

  private constructor(api: typeof TreeSitter, memory: WasmMemory) {
    this.#api = api;
    this.#memory = memory;
  }

  /** Load a copy whose memory never exceeds `maximumBytes` (at least MINIMUM_MEMORY_BYTES). */
  static async load(maximumBytes: number): Promise<GrammarRuntime> {
    // web-tree-sitter keeps its WebAssembly instance in a module variable that cannot be reset, so another
    // instance needs another evaluation of the module: CommonJS allows that, an ES module is evaluated once.
    const require = createRequire(import.meta.url);
    const file = require.resolve('web-tree-sitter');
    delete require.cache[file];
    const api = require(file) as typeof TreeSitter;
    delete require.cache[file];
    const memory = new Memory({
      initial: INITIAL_PAGES,
      maximum: Math.floor(maximumBytes / PAGE_BYTES),
    });
    const wasmBinary = await readFile(
      fileURLToPath(import.meta.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    );
    await api.Parser.init({
      wasmMemory: memory,
      wasmBinary: new Uint8Array(wasmBinary).buffer,
      // An abort is thrown as well; our stderr is not the place to announce it.
      printErr: () => undefined,
    });
    return new GrammarRuntime(api, memory);
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  parser(grammar: GrammarName): Promise<TreeSitter.Parser> {
    let parser = this.#parsers.get(grammar);
    if (parser === undefined) {
      parser = this.#loadParser(grammar);
      this.#parsers.set(grammar, parser);
    }
    return parser;
  }

  async #loadParser(grammar: GrammarName): Promise<TreeSitter.Parser> {
    const language = await this.#api.Language.load(await readFile(grammarFile(grammar)));
    return new this.#api.Parser().setLanguage(language);
  }

  /**
   * Delete the parsers, so that no finalizer runs into this copy later. After a trap a deletion may trap again:
   * the copy is given up either way.
   */
  async abandon(): Promise<void> {
    for (const loading of this.#parsers.values()) {
      await loading.then((parser) => parser.delete()).catch(() => undefined);
    }
    this.#parsers.clear();
  }
}

/** A trap: out of bounds, out of memory, an abort. The runtime it came from is not to be used again. */
export function isTrap(error: unknown): boolean {
  return error instanceof RuntimeError;
}
