import type { Node } from 'web-tree-sitter';
import type { SymbolKind } from './outline.ts';
import type { SymbolList } from './symbol-list.ts';
import { deeper, firstLine, inside, lastLine, MAXIMUM_DEPTH, type Surroundings, unquoted } from './syntax.ts';

/** Statements that hold statements: looked through without becoming a parent. */
const BLOCKS = new Set([
  'block',
  'if_statement',
  'elif_clause',
  'else_clause',
  'try_statement',
  'except_clause',
  'except_group_clause',
  'finally_clause',
  'with_statement',
  'for_statement',
  'while_statement',
  'match_statement',
  'case_clause',
  'ERROR',
]);

/** Lists the symbols and imports of a Python tree. */
export function listPython(root: Node, list: SymbolList): void {
  const walk = new PythonWalk(list);
  walk.statements(root, { local: false, depth: 0 });
  walk.markExported();
}

class PythonWalk {
  readonly #list: SymbolList;
  /** The names in `__all__`, once the module has one. */
  #all: Set<string> | undefined;

  constructor(list: SymbolList) {
    this.#list = list;
  }

  statements(block: Node, around: Surroundings, ownerIsClass = false): void {
    if (around.depth > MAXIMUM_DEPTH) return;
    for (const child of block.namedChildren) this.#statement(child, around, ownerIsClass);
  }

  markExported(): void {
    for (const symbol of this.#list.symbols) {
      if (symbol.parent !== undefined) continue;
      if (this.#all?.has(symbol.name) ?? !symbol.name.startsWith('_')) symbol.exported = true;
    }
  }

  #statement(node: Node, around: Surroundings, ownerIsClass: boolean): void {
    switch (node.type) {
      case 'decorated_definition': {
        const definition = node.childForFieldName('definition');
        if (definition !== null) this.#definition(definition, node, around, ownerIsClass);
        return;
      }
      case 'function_definition':
      case 'class_definition':
        this.#definition(node, node, around, ownerIsClass);
        return;
      case 'import_statement':
      case 'import_from_statement':
      case 'future_import_statement':
        this.#import(node);
        return;
      case 'type_alias_statement':
        if (!around.local) this.#add(node.childForFieldName('left')?.text ?? '', 'type', node, node, around);
        return;
      case 'expression_statement':
        if (!around.local && !ownerIsClass) this.#assignments(node, around);
        return;
      default:
        if (BLOCKS.has(node.type)) this.statements(node, deeper(around), ownerIsClass);
    }
  }

  #definition(node: Node, whole: Node, around: Surroundings, ownerIsClass: boolean): void {
    const name = node.childForFieldName('name')?.text;
    if (name === undefined) return;
    const isClass = node.type === 'class_definition';
    this.#add(name, isClass ? 'class' : ownerIsClass ? 'method' : 'function', node, whole, around);
    const body = node.childForFieldName('body');
    if (body !== null) this.statements(body, inside(around, name, !isClass), isClass);
  }

  #assignments(statement: Node, around: Surroundings): void {
    for (const node of statement.namedChildren) {
      const left = node.childForFieldName('left');
      if (left === null) continue;
      if (left.text === '__all__') this.#readAll(node.childForFieldName('right'));
      if (node.type !== 'assignment') continue;
      const targets = left.type === 'identifier' ? [left] : left.namedChildren;
      if (left.type !== 'identifier' && !/^(?:pattern_list|tuple_pattern|list_pattern)$/.test(left.type))
        continue;
      for (const target of targets) {
        if (target.type !== 'identifier' || target.text === '__all__') continue;
        const kind = node.childForFieldName('right')?.type === 'lambda' ? 'function' : 'variable';
        this.#add(target.text, kind, statement, statement, around);
      }
    }
  }

  #readAll(value: Node | null): void {
    this.#all ??= new Set();
    for (const item of value?.namedChildren ?? []) {
      if (item.type === 'string') this.#all.add(unquoted(item.text));
    }
  }

  #import(node: Node): void {
    const line = firstLine(node);
    const names = node.childrenForFieldName('name').map((name) => {
      return name.type === 'aliased_import' ? (name.childForFieldName('name')?.text ?? name.text) : name.text;
    });
    if (node.type === 'import_statement') {
      for (const from of names) this.#list.addImport({ from, line });
      return;
    }
    const from =
      node.type === 'future_import_statement' ? '__future__' : node.childForFieldName('module_name')?.text;
    if (from === undefined) return;
    const everything = node.namedChildren.some((child) => child.type === 'wildcard_import');
    this.#list.addImport({ from, names: everything ? ['*'] : names, line });
  }

  #add(name: string, kind: SymbolKind, node: Node, whole: Node, around: Surroundings): void {
    this.#list.addSymbol({
      name,
      kind,
      startLine: firstLine(whole),
      endLine: lastLine(whole),
      ...(around.parent === undefined ? {} : { parent: around.parent }),
      signature: this.#list.signature(node.startIndex, node.endIndex),
    });
  }
}
