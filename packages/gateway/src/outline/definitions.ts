import type { SymbolKind } from './outline.ts';

/** How a definition looks at the start of a line. The pattern's first group is the name. */
export interface DefinitionPattern {
  kind: SymbolKind;
  pattern: RegExp;
}

const is = (kind: SymbolKind, pattern: RegExp): DefinitionPattern => ({ kind, pattern });

const ECMASCRIPT = [
  is('function', /^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:async\s+)?function\s*\*?\s*([\w$]+)/),
  is('class', /^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?class\s+([\w$]+)/),
  is('interface', /^\s*(?:export\s+)?(?:declare\s+)?interface\s+([\w$]+)/),
  is('enum', /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+([\w$]+)/),
  is('type', /^\s*(?:export\s+)?(?:declare\s+)?type\s+([\w$]+)\s*[=<]/),
  is(
    'function',
    /^\s*(?:export\s+)?(?:const|let|var)\s+([\w$]+)\s*=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*=>|[\w$]+\s*=>)/,
  ),
];
const PYTHON = [is('function', /^\s*(?:async\s+)?def\s+(\w+)/), is('class', /^\s*class\s+(\w+)/)];
const MODIFIERS =
  '(?:(?:public|private|protected|internal|static|final|abstract|sealed|open|partial|data|readonly|override|fileprivate|export|inline|suspend|unsafe|virtual|async|annotation|inner|case|implicit|lazy|mutating|extern)\\s+)*';
const TYPES = [
  is('class', new RegExp(`^\\s*${MODIFIERS}(?:class|record|object|actor|mixin)\\s+(\\w+)`)),
  is('interface', new RegExp(`^\\s*${MODIFIERS}(?:interface|protocol)\\s+(\\w+)`)),
  is('enum', new RegExp(`^\\s*${MODIFIERS}enum\\s+(?:class\\s+)?(\\w+)`)),
  is('struct', new RegExp(`^\\s*${MODIFIERS}struct\\s+(\\w+)`)),
  is('trait', new RegExp(`^\\s*${MODIFIERS}trait\\s+(\\w+)`)),
];
const FUNCTIONS = [
  is('function', new RegExp(`^\\s*${MODIFIERS}(?:fun|func|function|def)\\s+(?:<[^>]*>\\s*)?&?(\\w+)`)),
];
const NAMESPACE = is('namespace', /^\s*(?:namespace|package)\s+([\w.\\]+)/);
const C = [
  is('macro', /^\s*#\s*define\s+(\w+)/),
  is('struct', /^(?:typedef\s+)?(?:struct|union)\s+(\w+)[^;()]*$/),
  is('enum', /^(?:typedef\s+)?enum\s+(?:class\s+)?(\w+)[^;()]*$/),
  is(
    'function',
    /^(?!(?:if|for|while|switch|return|else|using|typedef|case)\b)[A-Za-z_][\w\s*&:<>,]*?[\s*&:](~?\w+)\s*\([^;]*$/,
  ),
];

const DEFINITIONS: Record<string, DefinitionPattern[]> = {
  typescript: ECMASCRIPT,
  tsx: ECMASCRIPT,
  javascript: ECMASCRIPT,
  jsx: ECMASCRIPT,
  vue: ECMASCRIPT,
  svelte: ECMASCRIPT,
  python: PYTHON,
  go: [
    is('function', /^func\s+(?:\([^)]*\)\s*)?(\w+)/),
    is('struct', /^type\s+(\w+)(?:\[[^\]]*\])?\s+struct\b/),
    is('interface', /^type\s+(\w+)(?:\[[^\]]*\])?\s+interface\b/),
    is('type', /^type\s+(\w+)/),
  ],
  rust: [
    is(
      'function',
      /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:default|const|async|unsafe|extern(?:\s+"[^"]*")?)\s+)*fn\s+(\w+)/,
    ),
    is('struct', /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:struct|union)\s+(\w+)/),
    is('enum', /^\s*(?:pub(?:\([^)]*\))?\s+)?enum\s+(\w+)/),
    is('trait', /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?trait\s+(\w+)/),
    is('type', /^\s*(?:pub(?:\([^)]*\))?\s+)?type\s+(\w+)/),
    is('namespace', /^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)/),
    is('macro', /^\s*macro_rules!\s*(\w+)/),
    is('class', /^impl(?:<[^>]*>)?\s+(?:[\w:<>, ]+\s+for\s+)?([\w:]+)/),
  ],
  java: TYPES,
  csharp: [...TYPES, NAMESPACE],
  kotlin: [...TYPES, ...FUNCTIONS],
  scala: [...TYPES, ...FUNCTIONS],
  swift: [...TYPES, ...FUNCTIONS, is('class', /^\s*extension\s+(\w+)/)],
  dart: TYPES,
  php: [...TYPES, ...FUNCTIONS, NAMESPACE],
  c: C,
  cpp: [is('class', /^\s*class\s+(\w+)[^;()]*$/), is('namespace', /^\s*namespace\s+([\w:]+)/), ...C],
  ruby: [
    is('function', /^\s*def\s+((?:self\.)?[\w?!=]+)/),
    is('class', /^\s*class\s+([\w:]+)/),
    is('namespace', /^\s*module\s+([\w:]+)/),
  ],
  shell: [is('function', /^\s*function\s+([\w:.-]+)/), is('function', /^\s*([\w:.-]+)\s*\(\)/)],
  lua: [is('function', /^\s*(?:local\s+)?function\s+([\w.:]+)/)],
  elixir: [is('namespace', /^\s*defmodule\s+([\w.]+)/), is('function', /^\s*defp?\s+([\w?!]+)/)],
  sql: [
    is(
      'table',
      /^\s*create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|(?:materialized\s+)?view)\s+(?:if\s+not\s+exists\s+)?([\w."`]+)/i,
    ),
    is('function', /^\s*create\s+(?:or\s+replace\s+)?(?:function|procedure|trigger)\s+([\w."`]+)/i),
  ],
  protobuf: [
    is('struct', /^\s*message\s+(\w+)/),
    is('enum', /^\s*enum\s+(\w+)/),
    is('interface', /^\s*service\s+(\w+)/),
    is('function', /^\s*rpc\s+(\w+)/),
  ],
  graphql: [
    is('type', /^(?:extend\s+)?(?:type|input|union|scalar)\s+(\w+)/),
    is('interface', /^interface\s+(\w+)/),
    is('enum', /^enum\s+(\w+)/),
    is('function', /^(?:query|mutation|subscription|fragment)\s+(\w+)/),
  ],
  terraform: [
    is('section', /^(?:resource|data|module|variable|output|provider|locals|terraform)\b\s*([^{]*?)\s*\{/),
  ],
  toml: [is('section', /^\[{1,2}([^\]]+)\]/)],
  ini: [is('section', /^\[([^\]]+)\]/)],
  yaml: [is('key', /^["']?([\w./@-]+)["']?\s*:(?:\s|$)/)],
  json: [is('key', /^(?: {2}|\t)"([^"]+)"\s*:/)],
  make: [is('target', /^([\w./%-]+)\s*:(?![=:])/)],
  dockerfile: [is('section', /^FROM\s+(\S.*)$/i)],
};

const ECMASCRIPT_IMPORT = [
  /^\s*(?:import|export)\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]/,
  /^\s*import\s*['"]([^'"]+)['"]/,
  /^[^'"]*?\brequire\(\s*['"]([^'"]+)['"]\s*\)/,
];
const PYTHON_IMPORT = [/^\s*from\s+(\.*[\w.]*)\s+import\b/, /^\s*import\s+([\w.]+)/];

/** How an import looks at the start of a line. The pattern's first group is the module. */
const IMPORTS: Record<string, RegExp[]> = {
  typescript: ECMASCRIPT_IMPORT,
  tsx: ECMASCRIPT_IMPORT,
  javascript: ECMASCRIPT_IMPORT,
  jsx: ECMASCRIPT_IMPORT,
  vue: ECMASCRIPT_IMPORT,
  svelte: ECMASCRIPT_IMPORT,
  python: PYTHON_IMPORT,
  rust: [/^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+([\w:]+)/],
  java: [/^import\s+(?:static\s+)?([\w.*]+)/],
  kotlin: [/^import\s+([\w.*]+)/],
  scala: [/^\s*import\s+([\w.]+)/],
  swift: [/^\s*import\s+(\w+)/],
  csharp: [/^\s*(?:global\s+)?using\s+(?:static\s+)?([\w.]+)\s*;/],
  dart: [/^(?:import|export|part)\s+['"]([^'"]+)['"]/],
  php: [/^\s*use\s+([\w\\]+)/, /^\s*(?:require|include)(?:_once)?\b[^'"]*['"]([^'"]+)['"]/],
  c: [/^\s*#\s*include\s*[<"]([^>"]+)[>"]/],
  cpp: [/^\s*#\s*include\s*[<"]([^>"]+)[>"]/],
  ruby: [/^\s*require(?:_relative)?\s*\(?\s*['"]([^'"]+)['"]/],
  go: [/^import\s+(?:[\w.]+\s+)?"([^"]+)"/, /^\t(?:[\w.]+\s+)?"([\w./~-]+)"\s*(?:\/\/.*)?$/],
  lua: [/^[^'"]*?\brequire\s*\(?\s*['"]([^'"]+)['"]/],
  shell: [/^\s*(?:source|\.)\s+([^\s;]+)/],
  css: [/^\s*@(?:import|use|forward)\s+(?:url\()?['"]?([^'")]+)['"]?/],
  protobuf: [/^import\s+(?:public\s+|weak\s+)?"([^"]+)"/],
  make: [/^-?include\s+(\S+)/],
};

export function definitionPatterns(language: string): DefinitionPattern[] {
  return DEFINITIONS[language] ?? [];
}

export function importPatterns(language: string): RegExp[] {
  return IMPORTS[language] ?? [];
}
