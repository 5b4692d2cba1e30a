import type { Node } from 'web-tree-sitter';
import type { SymbolKind } from './outline.ts';
import { MAXIMUM_DEPTH } from './syntax.ts';

/** Declarations that are a symbol, by the grammars' names. */
export const DECLARATIONS: Record<string, SymbolKind> = {
  function_declaration: 'function',
  generator_function_declaration: 'function',
  function_signature: 'function',
  class_declaration: 'class',
  abstract_class_declaration: 'class',
  interface_declaration: 'interface',
  type_alias_declaration: 'type',
  enum_declaration: 'enum',
  internal_module: 'namespace',
  module: 'namespace',
};
/** Nodes that are a function with a body. */
export const FUNCTIONS = new Set([
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'generator_function',
  'arrow_function',
  'method_definition',
]);
/** Expressions around an expression. */
const WRAPPERS = new Set([
  'parenthesized_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
  'unary_expression',
]);
/** Statements that hold statements: looked through without becoming a parent. */
export const BLOCKS = new Set([
  'statement_block',
  'if_statement',
  'else_clause',
  'try_statement',
  'catch_clause',
  'finally_clause',
  'labeled_statement',
  'ambient_declaration',
  'ERROR',
]);

/** The expression inside parentheses, casts and unary operators. */
export function unwrapped(expression: Node): Node {
  let node = expression;
  for (let depth = 0; depth < MAXIMUM_DEPTH && WRAPPERS.has(node.type); depth += 1) {
    const inner = node.firstNamedChild;
    if (inner === null) break;
    node = inner;
  }
  return node;
}
