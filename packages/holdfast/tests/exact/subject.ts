import {
  type Definition,
  type DependencySource,
  type GenerationContext,
  type KindDefinition,
  type KindOptions,
  kind,
  type Resolution,
} from '../../src/index.ts';
import { createTestCache, type ManualClock, settled, type TestCache } from '../../src/testing/index.ts';
import { openWorkspace } from '../../src/workspace/index.ts';
import { execute, type Program, type Reader } from './program.ts';
import type { World } from './world.ts';

/** Programs in a cache over a workspace, and the log of what ran. */
export interface Subject extends AsyncDisposable {
  readonly definitions: readonly Definition<[], string>[];
  readonly cache: TestCache<{ default: KindDefinition<string> }>['cache'];
  readonly clock: ManualClock;
  /** Takes the programs that have run since the last time, when all is quiet. */
  takeRuns(): Promise<number[]>;
}

export type Answer =
  | { readonly ok: true; readonly resolution: Resolution<string> }
  | { readonly ok: false; readonly error: unknown };

export interface SubjectOptions {
  /** Whether what signatures vouch for is hashed all the same. Default true. */
  readonly paranoid?: boolean;
  /** Awaited before and after whatever a program reads. */
  readonly pause?: () => Promise<void>;
  /** Of the programs' kind. Default: fresh for ever, and nothing stale. */
  readonly windows?: KindOptions<string>;
  /** While it says so every generator fails. */
  readonly isDown?: () => boolean;
  /** What the cache is given in place of the workspace. */
  readonly watched?: (source: DependencySource) => DependencySource;
}

export async function open(
  world: World,
  programs: readonly Program[],
  { paranoid = true, pause, windows = {}, isDown = () => false, watched }: SubjectOptions = {},
): Promise<Subject> {
  const { disk, root } = world;
  const workspace = await openWorkspace(root, { fileSystem: disk, clock: disk.clock, paranoid });
  const source = watched?.(workspace) ?? workspace;
  const { cache, clock } = createTestCache({ workspace: source, kinds: { default: kind<string>(windows) } });
  let runs: number[] = [];
  const definitions: Definition<[], string>[] = [];
  for (const [index, program] of programs.entries()) {
    definitions.push(
      cache.define({
        name: `program ${index}`,
        generate: async (ctx) => {
          runs.push(index);
          if (isDown()) throw new Error('the provider is down');
          const reader = readerOf(ctx, definitions, pause);
          const { value, skip } = await execute(program, reader);
          return skip ? ctx.skip(value) : value;
        },
      }),
    );
  }
  return {
    definitions,
    cache,
    clock,
    takeRuns: async () => {
      // A program that fails leaves what it used at the same time running.
      for (let turn = 0; turn < 10; turn += 1) await settled();
      const taken = runs;
      runs = [];
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      await cache.close();
      await workspace.close();
    },
  };
}

export function ask(definition: Definition<[], string> | undefined): Promise<Answer> {
  if (definition === undefined) throw new Error('there is no such program');
  return definition.resolve().then(
    (resolution) => ({ ok: true, resolution }),
    (error: unknown) => ({ ok: false, error }),
  );
}

/** What a cache that keeps nothing answers now. */
export async function answerOfEmptyCache(
  world: World,
  programs: readonly Program[],
  program: number,
): Promise<string | undefined> {
  const { before } = world.disk;
  world.disk.before = () => {};
  await using subject = await open(world, programs);
  const answer = await ask(subject.definitions[program]);
  world.disk.before = before;
  return answer.ok ? answer.resolution.value : undefined;
}

const known = new Set(['E_FILE_ABSENT', 'E_NOT_A_FILE', 'E_NOT_A_DIRECTORY']);

function readerOf(
  ctx: GenerationContext,
  definitions: readonly Definition<[], string>[],
  pause: (() => Promise<void>) | undefined,
): Reader {
  const told = async (reading: Promise<string>): Promise<string> => {
    try {
      return await reading;
    } catch (error) {
      const { code } = error as { code: string };
      if (known.has(code)) return code;
      throw error;
    }
  };
  const reading = {
    file: (of: string) => told(ctx.file(of)),
    exists: async (of: string) => String(await ctx.exists(of)),
    list: (of: string) => told(ctx.list(of).then((names) => names.join())),
    glob: async (of: string) => (await ctx.glob(of)).join(),
    env: async (of: string) => ctx.env(of) ?? 'unset',
  };
  return {
    read: async (what, of) => {
      await pause?.();
      const text = await reading[what](of);
      await pause?.();
      return text;
    },
    use: async (program) => {
      await pause?.();
      return ctx.use(definitions[program] as Definition<[], string>);
    },
  };
}
