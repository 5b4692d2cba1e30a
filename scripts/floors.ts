/**
 * The floors of the library: an import goes down, never up, and sideways only inside its own room. Why, and which
 * room stands where: docs/decisions/0004-floors.md. `npm run floors` fails with one line for each import that breaks
 * a rule.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { importsOf } from './imports.ts';
import { sourcesUnder } from './sources.ts';

/** Rooms of packages/holdfast/src by floor. Floor 1 is three steps, as nouns need errors and events need nouns. */
const floors: Readonly<Record<string, number>> = {
  lib: 1.1,
  model: 1.2,
  events: 1.3,
  memory: 2,
  trace: 2,
  stores: 2,
  guard: 2,
  ledger: 2,
  workspace: 3,
  adapters: 3,
  cache: 4,
  llm: 5,
  sessions: 5,
  exporters: 5,
  'ai-sdk': 6,
  gemini: 6,
  testing: 6,
};

/** The engine: whoever imports `holdfast` loads these and no package, so they need nothing but Node. */
const engine = new Set(['lib', 'model', 'events', 'memory', 'trace', 'stores', 'guard', 'ledger', 'cache']);
/** Rooms that import the packages that the library declares as its dependencies: a peer could be missing. */
const dependent = new Set(['workspace', 'llm']);

export interface Violation {
  /** relative to the root, with forward slashes */
  readonly file: string;
  readonly line: number;
  readonly specifier: string | undefined;
  readonly rule: string;
}

/**
 * Checks every source of the repository at `root`.
 *
 * @throws Error when a file does not parse or a package.json cannot be read
 */
export function checkFloors(root: string): Violation[] {
  const library = join(root, 'packages/holdfast');
  const manifest = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as Manifest;
  const publicNames = new Set(Object.keys(manifest.exports).map((subpath) => `holdfast${subpath.slice(1)}`));

  const dependencies = Object.keys(manifest.dependencies ?? {});
  const inLibrary = (file: string, specifier: string | undefined) =>
    libraryRule({ source: join(library, 'src'), dependencies }, file, specifier);
  const outside = (home: string) => (file: string, specifier: string | undefined) =>
    outsideRule(home, publicNames, file, specifier);

  return [
    ...violations(root, join(library, 'src'), inLibrary),
    ...['packages/gateway', 'examples', 'bench'].flatMap((folder) =>
      violations(root, join(root, folder), outside(join(root, folder))),
    ),
  ];
}

interface Manifest {
  readonly exports: object;
  readonly dependencies?: object;
}

interface Library {
  /** Its `src`. */
  readonly source: string;
  /** The packages that are installed with it. */
  readonly dependencies: readonly string[];
}

type Rule = (file: string, specifier: string | undefined) => string | undefined;

function violations(root: string, folder: string, ruleFor: Rule): Violation[] {
  return sourcesUnder(folder).flatMap((file) =>
    importsOf(file, readFileSync(file, 'utf8')).flatMap(({ specifier, line }) => {
      const rule = ruleFor(file, specifier);
      return rule === undefined ? [] : [{ file: slashed(relative(root, file)), line, specifier, rule }];
    }),
  );
}

/** @returns the rule that the import breaks, if any */
function libraryRule(
  { source, dependencies }: Library,
  file: string,
  specifier: string | undefined,
): string | undefined {
  const isTest = isTestFile(file);
  const from = roomOf(source, file);

  if (from === undefined && !isTest && slashed(relative(source, file)) !== 'index.ts') {
    return 'only index.ts stands outside of the rooms: move the file into one';
  }
  if (from !== undefined && !(from in floors)) return homeless(from);

  if (specifier === undefined) return isTest ? undefined : 'nobody can tell what it loads: write a literal';
  if (isBuiltin(specifier)) return undefined;
  if (/^(holdfast|@holdfast\/gateway)($|\/)/.test(specifier))
    return 'the library imports itself by relative paths';
  if (!specifier.startsWith('.')) {
    if (isTest || (from !== undefined && !engine.has(from) && !dependent.has(from))) return undefined;
    if (from !== undefined && dependent.has(from)) {
      if (dependencies.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
        return undefined;
      return `${from}/ imports only what is in the \`dependencies\` of packages/holdfast/package.json`;
    }
    return 'the engine needs nothing but Node: node: modules and relative paths only';
  }

  const target = resolve(dirname(file), specifier);
  if (!target.startsWith(source + sep)) return 'the library stays inside packages/holdfast/src';
  if (!isTest && isTestFile(target)) return 'only a test imports a test';
  const to = roomOf(source, target);
  if (from === undefined || to === from) return undefined;
  if (isTest && (to === 'testing' || to === undefined)) return undefined;
  if (to === undefined) return 'index.ts is above every floor: import from the room that has it';
  const [here, there] = [floors[from] ?? 0, floors[to]];
  if (there === undefined) return homeless(to);
  if (there > here) return `an import never goes up: ${from}/ is on floor ${here}, ${to}/ on floor ${there}`;
  if (there === here)
    return `an import goes sideways only inside its own room: ${from}/ and ${to}/ share floor ${here}`;
  return undefined;
}

/** @returns the rule that the import breaks, if any */
function outsideRule(
  home: string,
  publicNames: ReadonlySet<string>,
  file: string,
  specifier: string | undefined,
): string | undefined {
  if (specifier?.startsWith('.')) {
    const inside = `${resolve(dirname(file), specifier)}${sep}`.startsWith(home + sep);
    return inside ? undefined : 'a package is imported by its name, never by a path into it';
  }
  if (specifier === undefined || !/^holdfast($|\/)/.test(specifier) || publicNames.has(specifier))
    return undefined;
  return `not a public subpath of the library, which has ${[...publicNames].join(', ')}`;
}

/** The folder under `source` that holds the file, or undefined for a file of `source` itself. */
function roomOf(source: string, file: string): string | undefined {
  const parts = relative(source, file).split(sep);
  return parts.length > 1 ? parts[0] : undefined;
}

const homeless = (room: string) =>
  `${room}/ has no floor: give it one in scripts/floors.ts and docs/decisions/0004-floors.md`;

const isTestFile = (file: string) => /\.test(-d|-support)?\.ts$/.test(file);
const slashed = (path: string) => path.split(sep).join('/');

if (import.meta.main) {
  const found = checkFloors(resolve(import.meta.dirname, '..'));
  for (const { file, line, specifier, rule } of found) {
    const what = specifier === undefined ? 'a computed name' : `'${specifier}'`;
    console.error(`${file}:${line} imports ${what}: ${rule}`);
  }
  if (found.length > 0) {
    console.error(`${found.length} ${found.length === 1 ? 'import breaks' : 'imports break'} the floors`);
    process.exitCode = 1;
  }
}
