import type { Node } from 'web-tree-sitter';
import { boundNames, readExportClause, readImport, requiredModule, takenKeys } from './ecmascript-modules.ts';
import { BLOCKS, DECLARATIONS, FUNCTIONS, unwrapped } from './ecmascript-nodes.ts';
import type { OutlineSymbol, SymbolKind } from './outline.ts';
import type { SymbolList } from './symbol-list.ts';
import {
  deeper,
  definitionStart,
  firstLine,
  inside,
  lastLine,
  MAXIMUM_DEPTH,
  type Surroundings,
  unquoted,
} from './syntax.ts';

/** How a symbol is listed when its declaration stands in a larger statement. */
interface Placement extends Surroundings {
  /** The statement whose lines count, `export` and decorators included. */
  statement?: Node;
  exported: boolean;
}

/** Lists the symbols and imports of a TypeScript, TSX or JavaScript tree. */
export function listEcmascript(root: Node, list: SymbolList): void {
  const walk = new EcmascriptWalk(list);
  walk.statements(root, { local: false, depth: 0, exported: false });
  walk.markExported();
}

class EcmascriptWalk {
  readonly #list: SymbolList;
  /** Names exported apart from their declaration: `export { a }`, `module.exports = { a }`. */
  readonly #exportedLater = new Set<string>();
  /** The function whose overload signatures are being read. */
  #overloaded: OutlineSymbol | undefined;

  constructor(list: SymbolList) {
    this.#list = list;
  }

  statements(block: Node, around: Placement): void {
    if (around.depth > MAXIMUM_DEPTH) return;
    for (const child of block.namedChildren) this.#statement(child, around);
  }

  markExported(): void {
    for (const symbol of this.#list.symbols) {
      if (symbol.parent === undefined && this.#exportedLater.has(symbol.name)) symbol.exported = true;
    }
  }

  #statement(node: Node, around: Placement): void {
    const { type } = node;
    if (type === 'import_statement') {
      const entry = readImport(node);
      if (entry !== undefined) this.#list.addImport(entry);
    } else if (type === 'export_statement') this.#exportStatement(node, around);
    else if (DECLARATIONS[type] !== undefined) this.#declaration(node, DECLARATIONS[type], around);
    else if (type === 'lexical_declaration' || type === 'variable_declaration') this.#variables(node, around);
    else if (type === 'expression_statement') this.#expression(node.firstNamedChild, node, around);
    else if (BLOCKS.has(type)) this.statements(node, { ...around, ...deeper(around) });
  }

  #exportStatement(node: Node, around: Placement): void {
    const source = node.childForFieldName('source');
    const line = firstLine(node);
    const from = source === null ? undefined : unquoted(source.text);
    const clause = node.namedChildren.find((child) => child.type === 'export_clause');
    if (from !== undefined) {
      const names = clause === undefined ? ['*'] : readExportClause(clause).map(({ local }) => local);
      this.#list.addImport({ from, names, line });
      const space = node.namedChildren.find((child) => child.type === 'namespace_export');
      if (space !== undefined)
        this.#add(space.text.replace(/^\*\s*as\s+/, ''), 're-export', node, around, true);
      for (const { exported, node: name } of clause === undefined ? [] : readExportClause(clause)) {
        this.#add(exported, 're-export', name, around, true);
      }
      return;
    }
    for (const { local, exported, node: name } of clause === undefined ? [] : readExportClause(clause)) {
      this.#exportedLater.add(local);
      if (exported !== local) this.#add(exported, 're-export', name, around, true);
    }
    const declaration = node.childForFieldName('declaration');
    const placement = { ...around, statement: node, exported: true };
    if (declaration !== null) {
      this.#statement(declaration, placement);
      return;
    }
    // `export default value` and `export = value`.
    const value = node.childForFieldName('value') ?? (clause === undefined ? node.firstNamedChild : null);
    if (value === null) return;
    if (value.type === 'identifier') this.#exportedLater.add(value.text);
    else this.#value(value.childForFieldName('name')?.text ?? 'default', value, placement, node);
  }

  #declaration(node: Node, kind: SymbolKind, around: Placement): void {
    const name = unquoted(node.childForFieldName('name')?.text ?? 'default');
    const overloaded = this.#overloaded;
    if (kind === 'function' && overloaded?.name === name && overloaded.parent === around.parent) {
      overloaded.endLine = lastLine(around.statement ?? node);
    } else this.#add(name, kind, around.statement ?? node, around, around.exported);
    if (node.type !== 'function_signature') this.#overloaded = undefined;
    else if (overloaded?.name !== name) this.#overloaded = this.#list.symbols.at(-1);
    const body = node.childForFieldName('body');
    if (body === null) return;
    if (kind === 'class') this.#members(body, inside(around, name, false));
    else if (kind === 'function') this.statements(body, this.#within(around, name, true));
    else if (kind === 'namespace') this.statements(body, this.#within(around, name, false));
  }

  #variables(node: Node, around: Placement): void {
    const declarators = node.namedChildren.filter((child) => child.type === 'variable_declarator');
    for (const declarator of declarators) {
      const pattern = declarator.childForFieldName('name');
      const value = declarator.childForFieldName('value');
      const whole = declarators.length === 1 ? (around.statement ?? node) : declarator;
      const required = requiredModule(value);
      if (required !== undefined && pattern !== null) {
        const keys = pattern.type === 'object_pattern' ? takenKeys(pattern) : [required.member ?? '*'];
        this.#list.addImport({ from: required.from, names: keys, line: firstLine(declarator) });
        if (!around.exported) continue;
      }
      const name = pattern?.type === 'identifier' ? pattern.text : undefined;
      if (name !== undefined && value !== null) this.#value(name, value, around, whole);
      else if (!around.local) {
        for (const bound of boundNames(pattern)) this.#add(bound, 'variable', whole, around, around.exported);
      }
    }
  }

  /** A named value: a function, a class, an object with functions in it, or just a variable. */
  #value(name: string, given: Node, around: Placement, whole: Node): void {
    const value = unwrapped(given);
    if (FUNCTIONS.has(value.type)) {
      this.#add(name, 'function', whole, around, around.exported);
      this.#body(value, around, name);
    } else if (value.type === 'class') {
      this.#add(name, 'class', whole, around, around.exported);
      const body = value.childForFieldName('body');
      if (body !== null) this.#members(body, inside(around, name, false));
    } else if (!around.local) {
      this.#add(name, 'variable', whole, around, around.exported);
      if (value.type === 'object') this.#members(value, inside(around, name, false));
    }
  }

  /** Methods of a class body or an object literal; fields only when they hold a function. */
  #members(body: Node, around: Surroundings): void {
    if (around.depth > MAXIMUM_DEPTH) return;
    const placement = { ...around, exported: false };
    let decorator: Node | undefined;
    let overloaded: OutlineSymbol | undefined;
    for (const member of body.namedChildren) {
      if (member.type === 'decorator') {
        decorator ??= member;
        continue;
      }
      const begin = decorator;
      decorator = undefined;
      const key = ['name', 'property', 'key'].map((field) => member.childForFieldName(field)).find(Boolean);
      if (key === null || key === undefined) continue;
      const name = unquoted(key.text);
      const signature = member.type === 'method_signature' || member.type === 'abstract_method_signature';
      const value = member.childForFieldName('value');
      const held = value === null ? undefined : unwrapped(value);
      if (member.type === 'method_definition' || signature) {
        if (overloaded?.name === name) overloaded.endLine = lastLine(member);
        else this.#add(name, 'method', member, placement, false, begin);
        if (!signature) overloaded = undefined;
        else if (overloaded?.name !== name) overloaded = this.#list.symbols.at(-1);
        this.#body(member, placement, name);
      } else if (held !== undefined && FUNCTIONS.has(held.type)) {
        this.#add(name, 'method', member, placement, false, begin);
        this.#body(held, placement, name);
      }
    }
  }

  #expression(expression: Node | null, statement: Node, around: Placement): void {
    if (expression === null) return;
    const { type } = expression;
    if (type === 'internal_module') {
      this.#declaration(expression, 'namespace', around);
      return;
    }
    if (type === 'assignment_expression') {
      this.#assignment(expression, statement, around);
      return;
    }
    const required = requiredModule(expression);
    if (required !== undefined) {
      this.#list.addImport({ from: required.from, line: firstLine(statement) });
      return;
    }
    // A function called on the spot wraps a whole module: `(function () { … })()`.
    const call = unwrapped(expression);
    const called = call.type === 'call_expression' ? call.childForFieldName('function') : null;
    const wrapper = called === null ? undefined : unwrapped(called);
    const body =
      wrapper !== undefined && FUNCTIONS.has(wrapper.type) ? wrapper.childForFieldName('body') : null;
    if (body !== null) this.statements(body, { ...around, ...deeper(around) });
  }

  /** CommonJS exports, and functions put on a class or its prototype. */
  #assignment(assignment: Node, statement: Node, around: Placement): void {
    const target = assignment.childForFieldName('left')?.text ?? '';
    const value = assignment.childForFieldName('right');
    if (value === null || around.local) return;
    const exported = /^(?:module\.)?exports\.([\w$]+)$/.exec(target)?.[1];
    if (exported !== undefined) {
      const required = requiredModule(value);
      if (required !== undefined) {
        this.#list.addImport({
          from: required.from,
          names: [required.member ?? '*'],
          line: firstLine(statement),
        });
      }
      if (value.type === 'identifier' && value.text === exported) this.#exportedLater.add(exported);
      else this.#value(exported, value, { ...around, exported: true }, statement);
    } else if (target === 'module.exports') this.#moduleExports(value, statement, around);
    else {
      const member = /^([\w$]+)\.(?:prototype\.)?([\w$]+)$/.exec(target);
      if (member?.[1] === undefined || member[2] === undefined || !FUNCTIONS.has(unwrapped(value).type))
        return;
      const owner = { ...around, ...inside(around, member[1], false) };
      this.#add(member[2], 'method', statement, owner, false);
      this.#body(unwrapped(value), owner, member[2]);
    }
  }

  #moduleExports(value: Node, statement: Node, around: Placement): void {
    if (value.type === 'identifier') this.#exportedLater.add(value.text);
    else if (value.type === 'object') {
      for (const entry of value.namedChildren) {
        const held = entry.childForFieldName('value');
        if (entry.type === 'shorthand_property_identifier') this.#exportedLater.add(entry.text);
        else if (held?.type === 'identifier') this.#exportedLater.add(held.text);
        else {
          const key = entry.childForFieldName('key') ?? entry.childForFieldName('name');
          const placement = { ...around, exported: true };
          if (key !== null) this.#value(unquoted(key.text), held ?? entry, placement, entry);
        }
      }
    } else
      this.#value(
        value.childForFieldName('name')?.text ?? 'default',
        value,
        { ...around, exported: true },
        statement,
      );
  }

  #body(callable: Node, around: Placement, name: string): void {
    const body = callable.childForFieldName('body');
    if (body?.type === 'statement_block') this.statements(body, this.#within(around, name, true));
  }

  #within(around: Placement, name: string, local: boolean): Placement {
    return { ...inside(around, name, local), exported: false };
  }

  #add(
    name: string,
    kind: SymbolKind,
    node: Node,
    around: Surroundings,
    exported: boolean,
    begin?: Node,
  ): void {
    const visible = exported && around.parent === undefined;
    this.#list.addSymbol({
      name,
      kind,
      startLine: firstLine(begin ?? node),
      endLine: lastLine(node),
      ...(visible ? { exported: true } : {}),
      ...(around.parent === undefined ? {} : { parent: around.parent }),
      signature: this.#list.signature(definitionStart(node), node.endIndex),
    });
  }
}
