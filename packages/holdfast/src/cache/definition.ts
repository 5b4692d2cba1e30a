import { HoldfastBulkError, HoldfastError } from '../lib/errors.ts';
import type { JsonValue } from '../lib/json.ts';
import { Key } from '../model/key.ts';
import type { Resolution } from '../model/outcome.ts';
import { toResolution } from './answer.ts';
import { ask, bareValue } from './ask.ts';
import { notCached } from './call-errors.ts';
import { type CallOptions, noWishes, parseCallOptions, type Wishes } from './call-options.ts';
import { DefinitionCore } from './definitions.ts';
import type { Engine } from './engine.ts';
import { type Explanation, explain } from './explain.ts';
import type { Awaitable, Generated, GenerationContext } from './generator.ts';
import { invalidate } from './invalidation.ts';
import { checkNames } from './kind.ts';
import type { Partition } from './partition.ts';

/** How a kind of value is made, said once: `cache.define({ … })`. */
export interface DefinitionOptions<N extends string, A extends unknown[], R> {
  /** Default `'default'`. */
  kind?: N;
  /** Unique within the kind; a part of every key. */
  name: string;
  /** A part of every key: raise it when `generate` changes, and no older value is served. Default 1. */
  version?: string | number;
  /** Makes the value for some arguments, which must be JSON; those left out at the end do not count. */
  generate: (ctx: GenerationContext, ...args: A) => Awaitable<Generated<R>>;
}

/**
 * `T` where JSON carries it, and `never` in the places where it does not: functions, symbols, bigints, and whatever has
 * methods (a Map, a Date, an instance). Interfaces and optional properties pass, which they do not under `JsonValue`;
 * `unknown` passes and is checked when the key is made.
 */
type Serializable<T> = unknown extends T
  ? T
  : T extends JsonValue | undefined
    ? T
    : T extends ((...args: never) => unknown) | symbol | bigint
      ? never
      : { [N in keyof T]: Serializable<T[N]> };

/** What the options of a definition must be besides: nothing, unless an argument could never be a part of a key. */
export type SerializableArguments<A extends unknown[]> =
  A extends Serializable<A> ? unknown : { generate: 'every argument must be JSON: it is a part of the key' };

/**
 * A cached function: call it with its arguments. Nothing but its name, version and arguments tells its entries apart,
 * so `generate` must not depend on anything else that changes and is not read through `ctx`.
 */
export interface Definition<A extends unknown[], R> {
  (...args: A): Promise<R>;
  resolve(...args: A): Promise<Resolution<R>>;
  /** The values in the order of the argument tuples. Rejects with a HoldfastBulkError if any failed. */
  many(tuples: Iterable<A>): Promise<R[]>;
  key(...args: A): Key;
  invalidate(...args: A): Promise<{ readonly count: number }>;
  explain(...args: A): Promise<Explanation>;
  /** The same definition in another scope. */
  in(scope: string): Definition<A, R>;
  /** The same definition with other call options. */
  with(options: CallOptions): Definition<A, R>;
}

interface Inside {
  readonly core: DefinitionCore;
  /** Set by `in`: used even inside a generator of another scope. */
  readonly scope: string | undefined;
  /** Set by `with`. */
  readonly wishes: Wishes;
}

const insides = new WeakMap<object, Inside>();

/** What stands behind a definition of this cache. @throws E_OPTION for anything else. */
export function definitionOf(engine: Engine, definition: object): Inside {
  const inside = typeof definition === 'function' ? insides.get(definition) : undefined;
  if (inside === undefined) {
    throw new HoldfastError('E_OPTION', 'ctx.use takes what cache.define returned, and then its arguments');
  }
  if (engine.definitions.holds(inside.core)) return inside;
  throw new HoldfastError('E_OPTION', `ctx.use was given definition '${inside.core.name}' of another cache`);
}

/** @throws E_OPTION, E_UNKNOWN_KIND, E_DUPLICATE_DEFINITION */
export function define<A extends unknown[], R>(
  engine: Engine,
  scope: string,
  options: DefinitionOptions<string, A, R>,
): Definition<A, R> {
  checkNames(options, { kind: true, name: true, version: true, generate: true }, 'a definition');
  const { kind = 'default', name, version = 1, generate } = options;
  if (typeof name !== 'string' || name === '') {
    throw new HoldfastError('E_OPTION', "a definition needs a 'name', a non-empty string");
  }
  if (typeof version !== 'string' && !Number.isFinite(version)) {
    throw new HoldfastError('E_OPTION', `'version' of definition '${name}' must be a string or a number`);
  }
  if (typeof generate !== 'function') {
    throw new HoldfastError(
      'E_OPTION',
      `'generate' of definition '${name}' must be a function, not ${typeof generate}`,
    );
  }
  engine.policyOf(kind);
  const core = new DefinitionCore(kind, name, version, (ctx, ...args) => generate(ctx, ...(args as A)));
  engine.definitions.register(core);
  return bind<A, R>(engine, core, scope, undefined, noWishes);
}

function bind<A extends unknown[], R>(
  engine: Engine,
  core: DefinitionCore,
  scope: string,
  fixed: string | undefined,
  wishes: Wishes,
): Definition<A, R> {
  const partition: Partition = engine.partition(fixed ?? scope, core.kind);
  const call = (args: A) =>
    ask(
      partition,
      () => core.id(args),
      (id) => core.launcher(id),
      wishes,
    );
  const definition: Definition<A, R> = Object.assign((...args: A) => bareValue<R>(partition, call(args)), {
    resolve: async (...args: A) => {
      const answer = await call(args);
      if (answer.outcome === 'missed') throw notCached(partition);
      return toResolution<R>(answer);
    },
    many: async (tuples: Iterable<A>) => many<R>(partition, [...tuples].map(call)),
    key: (...args: A) => new Key(partition.scope, core.kind, core.id(args)),
    invalidate: async (...args: A) =>
      invalidate(engine, { kind: core.kind, key: definition.key(...args) }, partition.scope),
    explain: async (...args: A) => explain(partition, core.id(args)),
    in: (other: string) => bind<A, R>(engine, core, scope, checkScope(other), wishes),
    with: (options: CallOptions) => bind<A, R>(engine, core, scope, fixed, parseCallOptions(options)),
  });
  insides.set(definition, { core, scope: fixed, wishes });
  return definition;
}

async function many<R>(partition: Partition, calls: ReturnType<typeof ask>[]): Promise<R[]> {
  const settled = await Promise.allSettled(calls.map((call) => bareValue<R>(partition, call)));
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const values = settled.flatMap((one, index) =>
    one.status === 'fulfilled' ? [[index, one.value] as const] : [],
  );
  if (errors.length === 0) return values.map(([, value]) => value);
  throw new HoldfastBulkError(
    errors,
    new Map(values),
    `${errors.length} of ${settled.length} calls failed; see errors and results`,
  );
}

/** @throws E_SCOPE */
export function checkScope(scope: string): string {
  if (typeof scope === 'string' && scope !== '') return scope;
  throw new HoldfastError('E_SCOPE', 'a scope is a non-empty string, such as the id of a tenant');
}
