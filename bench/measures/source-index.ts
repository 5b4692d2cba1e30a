import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createCache, kind } from 'holdfast';
import { openWorkspace } from 'holdfast/workspace';
import { inFolder } from './ground.ts';
import { median, turn } from './material.ts';
import { gitIn, makeRepository, type RepositorySize } from './source-repository.ts';

export interface Phase {
  readonly what: string;
  readonly seconds: number;
  /** Runs of the generators. */
  readonly runs: { readonly outline: number; readonly symbols: number; readonly index: number };
}

export interface SourceIndex {
  readonly files: number;
  readonly megabytes: number;
  readonly phases: readonly Phase[];
  /** The same index made without a cache: listing, reading, outlining and sorting. */
  readonly bareSeconds: number;
  /** `lstatSync` of every file and `readdirSync` of every directory. */
  readonly looksSeconds: number;
}

interface Symbol {
  readonly name: string;
  readonly kind: string;
  readonly line: number;
}

interface Outline {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly string[];
  readonly symbols: readonly Symbol[];
}

type Place = Symbol & { readonly path: string };

/** Files that were written just now are hashed at every check: a moment passes, as between two prompts. */
const settle = () => turn(2_500);

/** The symbols of a repository, indexed by way of outlines and lists of symbols, before and after it changes. */
export function measureSourceIndex(size: RepositorySize): Promise<SourceIndex> {
  return inFolder(async (root) => {
    const paths = makeRepository(root, size);
    const git = gitIn(root);
    const bare: number[] = [];
    for (let i = 0; i < 3; i++) bare.push((await timed(async () => bareIndex(root))).seconds);
    const looks: number[] = [];
    for (let i = 0; i < 5; i++) looks.push((await timed(async () => lookAtAll(root, paths))).seconds);
    await settle();

    const runs = { outline: 0, symbols: 0, index: 0 };
    const { index, close } = await openIndex(root, runs);
    const phases: Phase[] = [];
    const ask = async (what: string, symbols?: number): Promise<number> => {
      Object.assign(runs, { outline: 0, symbols: 0, index: 0 });
      const { seconds, value } = await timed(() => index());
      phases.push({ what, seconds, runs: { ...runs } });
      if (symbols !== undefined && value.length !== symbols)
        throw new Error(`${what}: ${value.length} symbols`);
      return value.length;
    };
    const edit = (change: (text: string) => string): void => {
      const file = join(root, paths[1] as string);
      writeFileSync(file, change(readFileSync(file, 'utf8')));
    };

    const all = await ask('first index');
    await ask('asked again', all);
    edit((text) => `${text}\nexport function oneMore() {}\n`);
    await ask('after a function was added to a file', all + 1);
    await settle();
    await ask('asked again', all + 1);
    edit((text) => text.replace('/** ', '/** Edited: '));
    await ask('after a comment was edited', all + 1);
    git('checkout', '-q', '.');
    await settle();
    await ask('after both edits were undone', all);
    git('switch', '-q', 'other');
    await ask('after switching to the other branch');
    await settle();
    git('switch', '-q', 'main');
    await ask('after switching back', all);
    await settle();
    git('switch', '-q', 'other');
    await ask('after switching once more');
    await settle();
    await ask('asked again');

    await close();
    const megabytes = paths.reduce((sum, path) => sum + sizeOf(root, path), 0) / 1e6;
    return {
      files: paths.length,
      megabytes,
      phases,
      bareSeconds: median(bare),
      looksSeconds: median(looks),
    };
  });
}

async function openIndex(root: string, runs: Record<'outline' | 'symbols' | 'index', number>) {
  const workspace = await openWorkspace(root);
  const cache = createCache({
    workspace,
    kinds: { outline: kind<Outline>(), symbols: kind<Place[]>(), index: kind<Place[]>() },
    maxEntries: 1_000_000,
    maxBytes: '1GiB',
  });
  const outline = cache.define({
    kind: 'outline',
    name: 'outline',
    generate: async (ctx, path: string) => {
      runs.outline += 1;
      return outlineOf(path, await ctx.file(path));
    },
  });
  const symbols = cache.define({
    kind: 'symbols',
    name: 'symbols',
    generate: async (ctx, path: string) => {
      runs.symbols += 1;
      return placesOf(await ctx.use(outline, path));
    },
  });
  const index = cache.define({
    kind: 'index',
    name: 'index',
    generate: async (ctx) => {
      runs.index += 1;
      const paths = await ctx.glob('src/**/*.ts');
      return inOrder(await Promise.all(paths.map((path) => ctx.use(symbols, path))));
    },
  });
  const close = async (): Promise<void> => {
    await cache.close();
    await workspace.close();
  };
  return { index, close };
}

const declaration =
  /^(?:export )?(?:async )?(function|class|interface|const|type) (\w+)|^ {2}(?:async )?(\w+)\(.*\{$|^import .* from '(.*)';$/gm;

function outlineOf(path: string, text: string): Outline {
  const symbols: Symbol[] = [];
  const imports: string[] = [];
  let [line, at] = [1, 0];
  for (const match of text.matchAll(declaration)) {
    for (let end = text.indexOf('\n', at); end >= 0 && end < match.index; end = text.indexOf('\n', at)) {
      line += 1;
      at = end + 1;
    }
    if (match[4] !== undefined) imports.push(match[4]);
    else symbols.push({ name: match[2] ?? match[3] ?? '', kind: match[1] ?? 'method', line });
  }
  return { path, lines: text.split('\n').length, imports, symbols };
}

function placesOf({ path, symbols }: Outline): Place[] {
  return symbols.map((symbol) => ({ path, ...symbol }));
}

function inOrder(lists: readonly (readonly Place[])[]): Place[] {
  return lists.flat().sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function bareIndex(root: string): Place[] {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const paths = names.filter((name) => name.endsWith('.ts')).sort();
  return inOrder(
    paths.map((path) => placesOf(outlineOf(path, readFileSync(join(root, 'src', path), 'utf8')))),
  );
}

function lookAtAll(root: string, paths: readonly string[]): void {
  for (const directory of new Set(paths.map((path) => dirname(path)))) {
    readdirSync(join(root, directory), { withFileTypes: true });
  }
  for (const path of paths) lstatSync(join(root, path), { bigint: true });
}

function sizeOf(root: string, path: string): number {
  return lstatSync(join(root, path), { throwIfNoEntry: false })?.size ?? 0;
}

async function timed<T>(run: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const start = performance.now();
  const value = await run();
  return { seconds: (performance.now() - start) / 1_000, value };
}
