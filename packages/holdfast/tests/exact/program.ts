import fc from 'fast-check';

/*
 * Generators as data: what one reads, in which order, and what it makes of it. The same program runs inside a cache,
 * where it reads through `ctx`, and in the model, which looks at the disk itself.
 */

export type Step =
  | { readonly do: 'file' | 'exists' | 'list' | 'glob' | 'env'; readonly of: string }
  /** Uses other programs: all at once, so that they are one group. */
  | { readonly do: 'use'; readonly of: readonly number[] }
  /** Uses another program, and goes on if that fails: what is made then is not kept. */
  | { readonly do: 'try'; readonly of: number }
  /** Reads on according to what a file holds. */
  | {
      readonly do: 'if';
      readonly of: string;
      readonly yes: readonly Step[];
      readonly no: readonly Step[];
    };

export interface Program {
  readonly steps: readonly Step[];
  /** What becomes of all that was read: less than all of it makes equal values of different inputs. */
  readonly shape: 'all' | 'length' | 'head';
}

/** How a program reads. Everything it is told is a text; what fails rejects. */
export interface Reader {
  read(what: 'file' | 'exists' | 'list' | 'glob' | 'env', of: string): Promise<string>;
  use(program: number): Promise<string>;
}

export interface Made {
  readonly value: string;
  /** The value is handed over, and not kept. */
  readonly skip: boolean;
}

/** Content that makes generators fail, and that makes them say `ctx.skip`. */
export const failing = '!';
const skipping = '?';

/** @throws Error('the generator fails'), and what reading rejects with */
export async function execute({ steps, shape }: Program, reader: Reader): Promise<Made> {
  const parts: string[] = [];
  await follow(steps, reader, parts);
  const text = parts.join('|');
  if (text.includes(failing)) throw new Error('the generator fails');
  const value = shape === 'all' ? text : shape === 'length' ? String(text.length) : text.slice(0, 1);
  return { value, skip: text.includes(skipping) };
}

async function follow(steps: readonly Step[], reader: Reader, parts: string[]): Promise<void> {
  for (const step of steps) {
    switch (step.do) {
      case 'use':
        parts.push(...(await Promise.all(step.of.map((program) => reader.use(program)))));
        break;
      case 'try':
        parts.push(await reader.use(step.of).catch(() => 'without'));
        break;
      case 'if': {
        const text = await reader.read('file', step.of);
        await follow(text.includes('a') ? step.yes : step.no, reader, parts);
        break;
      }
      default:
        parts.push(await reader.read(step.do, step.of));
    }
  }
}

export const paths = ['a', 'b', 'd/c', 'd/e', 'l'] as const;
export const directories = ['d', 'm'] as const;
const patterns = ['*', 'd/*', '**/*', '**/c'] as const;
export const variables = ['HOLDFAST_EXACT_ONE', 'HOLDFAST_EXACT_TWO'] as const;
export const contents = ['a', 'b', 'ab', 'ba', failing, skipping, ''] as const;

/** Programs that use only those before them. The last one is what is asked for. */
export const somePrograms: fc.Arbitrary<readonly Program[]> = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => someProgram(index))));

function someProgram(index: number): fc.Arbitrary<Program> {
  return fc.record({
    steps: fc.array(someStep(index, 1), { minLength: index === 0 ? 1 : 2, maxLength: 4 }),
    shape: fc.constantFrom('all', 'all', 'length', 'head'),
  });
}

function someStep(index: number, depth: number): fc.Arbitrary<Step> {
  const leaf: fc.WeightedArbitrary<Step>[] = [
    { weight: 4, arbitrary: fc.record({ do: fc.constant('file'), of: fc.constantFrom(...paths) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('exists'), of: fc.constantFrom(...paths, ...directories) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('list'), of: fc.constantFrom('.', ...directories) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('glob'), of: fc.constantFrom(...patterns) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('env'), of: fc.constantFrom(...variables) }) },
  ];
  if (index > 0) {
    const other = fc.integer({ min: 0, max: index - 1 });
    leaf.push(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('use'), of: fc.array(other, { minLength: 1, maxLength: 3 }) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('try'), of: other }) },
    );
  }
  if (depth > 0) {
    const some = fc.array(someStep(index, depth - 1), { minLength: 1, maxLength: 2 });
    leaf.push({
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('if'),
        of: fc.constantFrom(...paths),
        yes: some,
        no: some,
      }),
    });
  }
  return fc.oneof(...leaf);
}
