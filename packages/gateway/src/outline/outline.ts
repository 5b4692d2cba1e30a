/** What a symbol is. `parser: 'lines'` may also give the kinds of non-code files (heading, section, key, target). */
export type SymbolKind =
  | 'function'
  | 'class'
  | 'method'
  | 'interface'
  | 'type'
  | 'enum'
  | 'variable'
  | 'namespace'
  | 're-export'
  | 'struct'
  | 'trait'
  | 'macro'
  | 'table'
  | 'heading'
  | 'section'
  | 'key'
  | 'target';

export interface OutlineSymbol {
  /** As written, without quotes; `default` for an anonymous default export. */
  name: string;
  kind: SymbolKind;
  /** First line, from 1, decorators included. */
  startLine: number;
  /** Last line, inclusive. Read off the indentation when the outline's parser is `lines`. */
  endLine: number;
  /** Present when other files can import it. In Python: in `__all__`, or without one, no leading underscore. */
  exported?: true;
  /** Names of the symbols around it, outermost first, joined by a dot: `Server.start`. */
  parent?: string;
  /** The definition's first line, trimmed, at most 200 characters. */
  signature?: string;
}

export interface OutlineImport {
  /** The module as written: `./a.ts`, `node:fs`, `..pkg.mod`. */
  from: string;
  /**
   * Names taken, as the imported module calls them; `default` and `*` (all of it) among them. Absent when the
   * import names nothing: `import './a.css'`, Python's `import os`.
   */
  names?: string[];
  /** Line of the statement, from 1. */
  line: number;
}

/** What a file holds, at a glance. Plain JSON, and the same for the same path and text. */
export interface Outline {
  path: string;
  /** Language by file name, else by `#!` line, else `text`. */
  language: string;
  /** Length of the text in UTF-8, whatever the file was in. */
  bytes: number;
  lines: number;
  /** See `estimateTokens`: an estimate, never a tokenizer's count. */
  estimatedTokens: number;
  /** In order of appearance; overloads are one symbol. */
  symbols: OutlineSymbol[];
  /** Static imports, re-exports and `require` of a literal, in order of appearance. */
  imports: OutlineImport[];
  /** `tree-sitter`: from a syntax tree. `lines`: from lines that look like definitions. */
  parser: 'tree-sitter' | 'lines';
  /** What the reader should know of this outline: syntax errors, a fall-back and its reason, a cut list. */
  note?: string;
}
