import type { Definition, GenerationContext } from '../../src/index.ts';
import type { Reader } from '../exact/program.ts';

const known = new Set(['E_FILE_ABSENT', 'E_NOT_A_FILE', 'E_NOT_A_DIRECTORY']);

/** How a program of the exactness tests reads inside a cache. */
export function readerOf(ctx: GenerationContext, definitions: readonly Definition<[], string>[]): Reader {
  const told = (reading: Promise<string>): Promise<string> =>
    reading.catch((error: { readonly code: string }) => {
      if (known.has(error.code)) return error.code;
      throw error;
    });
  const reading = {
    file: (of: string) => told(ctx.file(of)),
    exists: async (of: string) => String(await ctx.exists(of)),
    list: (of: string) => told(ctx.list(of).then((names) => names.join())),
    glob: async (of: string) => (await ctx.glob(of)).join(),
    env: async (of: string) => ctx.env(of) ?? 'unset',
  };
  return {
    read: (what, of) => reading[what](of),
    use: async (program) => ctx.use(definitions[program] as Definition<[], string>),
  };
}
