import type { Node } from 'web-tree-sitter';
import type { OutlineImport } from './outline.ts';
import { firstLine, unquoted } from './syntax.ts';

/** One name of an export clause: `export { local as exported }`. */
export interface ExportedName {
  local: string;
  exported: string;
  node: Node;
}

/** What an `import` statement takes, and from where. */
export function readImport(statement: Node): OutlineImport | undefined {
  const line = firstLine(statement);
  const equals = statement.namedChildren.find((child) => child.type === 'import_require_clause');
  if (equals !== undefined) {
    const source = equals.childForFieldName('source');
    return source === null ? undefined : { from: unquoted(source.text), names: ['*'], line };
  }
  const source = statement.childForFieldName('source');
  if (source === null) return undefined;
  const names: string[] = [];
  const clause = statement.namedChildren.find((child) => child.type === 'import_clause');
  for (const child of clause?.namedChildren ?? []) {
    if (child.type === 'identifier') names.push('default');
    else if (child.type === 'namespace_import') names.push('*');
    else if (child.type === 'named_imports') {
      for (const specifier of child.namedChildren) {
        if (specifier.type !== 'import_specifier') continue;
        names.push(unquoted((specifier.childForFieldName('name') ?? specifier).text));
      }
    }
  }
  return { from: unquoted(source.text), ...(clause === undefined ? {} : { names }), line };
}

/** The names of `export { … }`, with or without a source. */
export function readExportClause(clause: Node): ExportedName[] {
  const names: ExportedName[] = [];
  for (const node of clause.namedChildren) {
    if (node.type !== 'export_specifier') continue;
    // `export { default } from` has a keyword where other names have a field.
    const local = unquoted((node.childForFieldName('name') ?? node).text);
    const alias = node.childForFieldName('alias');
    names.push({ local, exported: alias === null ? local : unquoted(alias.text), node });
  }
  return names;
}

/** The module of `require('…')` with a literal, also behind a member: `require('…').name`. */
export function requiredModule(expression: Node | null): { from: string; member?: string } | undefined {
  if (expression?.type === 'member_expression') {
    const required = requiredModule(expression.childForFieldName('object'));
    const member = expression.childForFieldName('property')?.text;
    return required === undefined || member === undefined ? required : { from: required.from, member };
  }
  if (expression?.type !== 'call_expression') return undefined;
  if (expression.childForFieldName('function')?.text !== 'require') return undefined;
  const literal = expression.childForFieldName('arguments')?.firstNamedChild;
  return literal?.type === 'string' ? { from: unquoted(literal.text) } : undefined;
}

/** Names that a binding declares: `a` and `c` and `r` of `{ a, b: c, ...r }`, in order. */
export function boundNames(pattern: Node | null): string[] {
  if (pattern === null) return [];
  const names: string[] = [];
  const open = [pattern];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === 'identifier' || node.type === 'shorthand_property_identifier_pattern') {
      names.push(node.text);
    } else if (node.type === 'pair_pattern') {
      const value = node.childForFieldName('value');
      if (value !== null) open.push(value);
    } else if (node.type === 'assignment_pattern' || node.type === 'object_assignment_pattern') {
      const left = node.childForFieldName('left');
      if (left !== null) open.push(left);
    } else open.push(...node.namedChildren.reverse());
  }
  return names;
}

/** Keys that a destructuring takes from its object: `a` and `b` of `{ a, b: c }`. */
export function takenKeys(pattern: Node): string[] {
  return pattern.namedChildren.flatMap((child) => {
    if (child.type === 'pair_pattern') return [unquoted(child.childForFieldName('key')?.text ?? '')];
    if (child.type === 'rest_pattern') return ['*'];
    return boundNames(child);
  });
}
