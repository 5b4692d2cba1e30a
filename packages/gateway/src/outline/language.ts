export type GrammarName = 'typescript' | 'tsx' | 'javascript' | 'python';

export interface Language {
  name: string;
  /** The grammar that parses it; without one it is outlined by lines. */
  grammar?: GrammarName;
  /** How densely its bytes pack into tokens: see `estimateTokens`. */
  density: 'text' | 'data';
}

const text = (name: string): Language => ({ name, density: 'text' });
const data = (name: string): Language => ({ name, density: 'data' });
const parsed = (name: string, grammar: GrammarName): Language => ({ name, grammar, density: 'text' });

const PLAIN = text('text');
const TYPESCRIPT = parsed('typescript', 'typescript');
const JAVASCRIPT = parsed('javascript', 'javascript');
const PYTHON = parsed('python', 'python');
const SHELL = text('shell');
const RUBY = text('ruby');
const MAKE = text('make');

function byExtension(table: [Language, string][]): Map<string, Language> {
  const map = new Map<string, Language>();
  for (const [language, extensions] of table) {
    for (const extension of extensions.split(' ')) map.set(extension, language);
  }
  return map;
}

const EXTENSIONS = byExtension([
  [TYPESCRIPT, 'ts mts cts'],
  [parsed('tsx', 'tsx'), 'tsx'],
  [JAVASCRIPT, 'js mjs cjs es6'],
  [parsed('jsx', 'javascript'), 'jsx'],
  [PYTHON, 'py pyi pyw'],
  [text('markdown'), 'md markdown mdx mdc'],
  [text('restructuredtext'), 'rst'],
  [text('go'), 'go'],
  [text('rust'), 'rs'],
  [text('java'), 'java'],
  [text('kotlin'), 'kt kts'],
  [text('scala'), 'scala sc'],
  [text('csharp'), 'cs'],
  [text('c'), 'c h'],
  [text('cpp'), 'cpp cc cxx hpp hh hxx ipp inl'],
  [text('swift'), 'swift'],
  [text('dart'), 'dart'],
  [RUBY, 'rb rake gemspec'],
  [text('php'), 'php'],
  [SHELL, 'sh bash zsh ksh'],
  [text('lua'), 'lua'],
  [text('elixir'), 'ex exs'],
  [text('sql'), 'sql'],
  [text('protobuf'), 'proto'],
  [text('graphql'), 'graphql gql'],
  [text('terraform'), 'tf'],
  [text('vue'), 'vue'],
  [text('svelte'), 'svelte'],
  [data('html'), 'html htm'],
  [data('css'), 'css scss sass less'],
  [data('json'), 'json jsonc json5 jsonl ndjson webmanifest'],
  [data('yaml'), 'yaml yml'],
  [data('toml'), 'toml'],
  [data('ini'), 'ini cfg conf properties editorconfig'],
  [data('xml'), 'xml svg xsd xsl plist csproj'],
  [data('csv'), 'csv tsv'],
  [MAKE, 'mk'],
]);

const FILE_NAMES = new Map<string, Language>([
  ['makefile', MAKE],
  ['gnumakefile', MAKE],
  ['dockerfile', text('dockerfile')],
  ['containerfile', text('dockerfile')],
  ['gemfile', RUBY],
  ['rakefile', RUBY],
]);

const INTERPRETERS: [RegExp, Language][] = [
  [/\b(?:node|deno|bun)\b/, JAVASCRIPT],
  [/\btsx?\b/, TYPESCRIPT],
  [/\bpython[\d.]*\b/, PYTHON],
  [/\b(?:ba|z|k|da)?sh\b/, SHELL],
  [/\bruby\b/, RUBY],
];

/** The language of a file by its name, else by its `#!` line, else plain text. */
export function languageOf(path: string, source: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const dot = name.lastIndexOf('.');
  const known = FILE_NAMES.get(name) ?? (dot >= 0 ? EXTENSIONS.get(name.slice(dot + 1)) : undefined);
  if (known !== undefined) return known;
  if (name.startsWith('dockerfile.')) return FILE_NAMES.get('dockerfile') ?? PLAIN;
  if (dot <= 0 && source.startsWith('#!')) {
    const line = source.slice(0, 200).split('\n', 1)[0] ?? '';
    return INTERPRETERS.find(([pattern]) => pattern.test(line))?.[1] ?? PLAIN;
  }
  return PLAIN;
}
