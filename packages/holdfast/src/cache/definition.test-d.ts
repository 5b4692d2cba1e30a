import { expectTypeOf } from 'vitest';
import type { JsonValue } from '../lib/json.ts';
import type { Key } from '../model/key.ts';
import type { Resolution } from '../model/outcome.ts';
import { createCache } from './cache.ts';
import type { Definition } from './definition.ts';
import { kind } from './kind.ts';

interface Summary {
  text: string;
  tokens: number;
}
interface Options {
  deep?: boolean;
  languages: readonly string[];
  inner?: { limit: number | null };
}

const cache = createCache({ kinds: { summary: kind<Summary>(), count: kind<number>() } });

// Arguments and result are inferred, with optional arguments and interfaces.
const outline = cache.define({
  kind: 'summary',
  name: 'outline',
  version: 3,
  generate: async (ctx, path: string, options?: Options) => {
    expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
    return { text: `${path} ${options?.deep}`, tokens: 1 };
  },
});
expectTypeOf(outline).parameters.toEqualTypeOf<[path: string, options?: Options | undefined]>();
expectTypeOf(outline('a')).resolves.toEqualTypeOf<Summary>();
expectTypeOf(outline.resolve('a', { languages: [] })).resolves.toEqualTypeOf<Resolution<Summary>>();
expectTypeOf(
  outline.many([['a'], ['b', { languages: ['c'], inner: { limit: null } }]]),
).resolves.toEqualTypeOf<Summary[]>();
expectTypeOf(outline.key('a')).toEqualTypeOf<Key>();
expectTypeOf(outline.in('tenant')).toEqualTypeOf(outline);
expectTypeOf(outline.with({ mode: 'refresh' })).toEqualTypeOf(outline);
// @ts-expect-error: a required argument is missing
outline();
// @ts-expect-error: an argument of the wrong type
outline(1);
// @ts-expect-error: an option that there is not
outline('a', { languages: [], deeper: true });
// @ts-expect-error: tuples are checked, too
outline.many([['a', 'b']]);

// The kind `default` takes any result, and gives it.
const anything = cache.define({ name: 'anything', generate: (_ctx, n: number) => ({ n }) });
expectTypeOf(anything(1)).resolves.toEqualTypeOf<{ n: number }>();
const none = cache.define({ name: 'none', generate: async () => 'value' });
expectTypeOf(none).parameters.toEqualTypeOf<[]>();
const rest = cache.define({ name: 'rest', generate: async (_ctx, ...paths: string[]) => paths.length });
expectTypeOf(rest).parameters.toEqualTypeOf<string[]>();
const json = cache.define({
  name: 'json',
  generate: async (_ctx, value: JsonValue, loose: unknown) => [value, loose],
});
expectTypeOf(json).parameters.toEqualTypeOf<[value: JsonValue, loose: unknown]>();

// The result must be of the kind.
// @ts-expect-error: the kind holds Summary
cache.define({ kind: 'summary', name: 'wrong', generate: async () => 'text' });
// @ts-expect-error: the kind holds numbers
cache.define({ kind: 'count', name: 'wrong', generate: async () => null });
// @ts-expect-error: there is no such kind
cache.define({ kind: 'sumary', name: 'wrong', generate: async () => 1 });
// @ts-expect-error: a definition has a name
cache.define({ generate: async () => 1 });

// ctx.skip and ctx.notModified are results of every generator, and not of its definition.
const skipping = cache.define({
  kind: 'count',
  name: 'skipping',
  generate: async (ctx, n: number) => (n === 0 ? ctx.notModified() : n === 1 ? ctx.skip(n) : n),
});
expectTypeOf(skipping(1)).resolves.toEqualTypeOf<number>();

// What another definition gives is known, with its arguments.
cache.define({
  name: 'using',
  generate: async (ctx) => {
    expectTypeOf(ctx.use(outline, 'a')).resolves.toEqualTypeOf<Summary>();
    expectTypeOf(ctx.use(none)).resolves.toEqualTypeOf<string>();
    // @ts-expect-error: arguments of the definition are checked
    await ctx.use(outline, 1);
    // @ts-expect-error: only definitions can be used
    await ctx.use(async () => 1);
    return 1;
  },
});

// Interfaces that hold themselves pass.
interface Tree {
  name: string;
  children?: Tree[];
}
const tree = cache.define({ name: 'tree', generate: async (_ctx, root: Tree) => root.name });
expectTypeOf(tree).parameters.toEqualTypeOf<[root: Tree]>();

// Arguments that are not JSON are refused where the definition is made.
class Thing {
  method(): number {
    return 1;
  }
}
// @ts-expect-error: a function is no JSON
cache.define({ name: 'f', generate: async (_ctx, callback: () => void) => callback });
// @ts-expect-error: a Map is no JSON
cache.define({ name: 'm', generate: async (_ctx, map: Map<string, string>) => map.size });
// @ts-expect-error: a Date is no JSON
cache.define({ name: 'd', generate: async (_ctx, date: Date) => date.getTime() });
// @ts-expect-error: an instance with methods is no JSON
cache.define({ name: 't', generate: async (_ctx, thing: Thing) => thing.method() });
// @ts-expect-error: a bigint is no JSON
cache.define({ name: 'b', generate: async (_ctx, big: bigint) => String(big) });
cache.define({
  name: 'o',
  // @ts-expect-error: nor is what holds one, deep inside and optional
  generate: async (_ctx, options?: { inner?: { at: Date }[] }) => options?.inner?.length ?? 0,
});

// A recursive definition is written with its type.
const recursive: Definition<[number], number> = cache.define({
  name: 'recursive',
  generate: async (ctx, n: number): Promise<number> => (n === 0 ? 0 : (await ctx.use(recursive, n - 1)) + 1),
});
expectTypeOf(recursive(1)).resolves.toEqualTypeOf<number>();

// Views define and use alike.
const view = cache.scope('tenant');
expectTypeOf(
  view.define({ kind: 'count', name: 'viewed', generate: async (_ctx, n: number) => n })(1),
).resolves.toEqualTypeOf<number>();
