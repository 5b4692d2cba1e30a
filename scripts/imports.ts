import { type Node, parseSync, Visitor } from 'oxc-parser';

/** One module that a file names, and the line (from 1) on which it does. */
export interface Import {
  /** undefined when `import()` is given anything but a literal, so that nobody can tell what it loads */
  readonly specifier: string | undefined;
  readonly line: number;
}

/**
 * Every module that a TypeScript or JavaScript source names: imports and re-exports, types included, `import()` in
 * code and in types, `import x = require()`, `require()`, and `new URL('./x.ts', import.meta.url)`, which is how
 * workers are started.
 *
 * @throws Error when the source does not parse
 */
export function importsOf(path: string, source: string): Import[] {
  const { program, errors } = parseSync(path, source);
  const [broken] = errors;
  if (broken !== undefined) throw new Error(`${path} does not parse: ${broken.message}`);

  const found: Import[] = [];
  const lineOf = (offset: number) => source.slice(0, offset).split('\n').length;
  const add = (named: Node | null | undefined) => {
    if (named?.type !== 'Literal' || typeof named.value !== 'string') return false;
    found.push({ specifier: named.value, line: lineOf(named.start) });
    return true;
  };

  new Visitor({
    ImportDeclaration: (node) => void add(node.source),
    ExportNamedDeclaration: (node) => void add(node.source),
    ExportAllDeclaration: (node) => void add(node.source),
    TSImportType: (node) => void add(node.source),
    TSExternalModuleReference: (node) => void add(node.expression),
    ImportExpression: (node) => {
      if (!add(node.source)) found.push({ specifier: undefined, line: lineOf(node.start) });
    },
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node.arguments[0]);
    },
    NewExpression: (node) => {
      const isUrl = node.callee.type === 'Identifier' && node.callee.name === 'URL';
      if (isUrl && source.slice(node.start, node.end).includes('import.meta.url')) add(node.arguments[0]);
    },
  }).visit(program);
  return found.sort((a, b) => a.line - b.line);
}
