import fc from 'fast-check';
import { type Cache, type KindDefinition, kind } from '../../src/index.ts';
import type { Store } from '../../src/stores/store.ts';
import {
  assertInvariants,
  createTestCache,
  ManualClock,
  MemoryBackend,
  MemoryFiles,
  MemoryStore,
  settled,
} from '../../src/testing/index.ts';
import type { Occurrence, Operation } from '../model/linearizability.ts';
import { slowToTell, withMethods } from './machine.ts';

/*
 * Clients of several processes act on one store, in an order that a scheduler decides, down to when the store does a thing
 * and when its answer arrives; what they did and read is written down for the linearizability check.
 */

/** Where entries are: keys of two scopes. */
const places = [
  { scope: 'default', key: 'a' },
  { scope: 'default', key: 'b' },
  { scope: 't', key: 'a' },
] as const;

const selectors = ['key', 'tag', 'tag everywhere', 'file', 'kind', 'scope', 'everything'] as const;

export type Deed =
  | {
      readonly do: 'read';
      readonly by: 'resolve' | 'getOrGenerate' | 'getOrGenerateMany' | 'lookup' | 'get' | 'refresh';
      readonly place: number;
      readonly tagged: boolean;
      readonly reads: boolean;
      readonly pauses: number;
    }
  | { readonly do: 'set'; readonly place: number; readonly tagged: boolean }
  | { readonly do: 'expire'; readonly place: number }
  | { readonly do: 'invalidate'; readonly by: (typeof selectors)[number]; readonly place: number }
  | { readonly do: 'wait'; readonly milliseconds: number };

const place = fc.nat({ max: places.length - 1 });

const someDeed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      by: fc.constantFrom(
        'resolve' as const,
        'getOrGenerate' as const,
        'getOrGenerateMany' as const,
        'lookup' as const,
        'get' as const,
        'refresh' as const,
      ),
      place,
      tagged: fc.boolean(),
      reads: fc.boolean(),
      pauses: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), place, tagged: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), place }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('invalidate' as const),
      by: fc.constantFrom('key' as const, ...selectors),
      place,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(20, 60) }),
  },
);

/** What each of several clients does, and of which process it is. */
export const someClients = fc.array(
  fc.record({ who: fc.nat({ max: 2 }), deeds: fc.array(someDeed, { minLength: 1, maxLength: 5 }) }),
  { minLength: 2, maxLength: 4 },
);

export interface SharedHistory {
  /** Of each place; where a write is in force everywhere only later, of each place as each process saw it. */
  readonly histories: readonly (readonly Occurrence[])[];
  /** `t`, and the file `f`, which a selector means as it does a tag. */
  readonly tagsOf: (value: string) => ReadonlySet<string>;
  readonly failures: readonly unknown[];
}

export interface HistoryOptions {
  readonly coherence: 'bounded' | 'strict';
  readonly processes: number;
  /** What a process adds to its store; for histories that are to be refused. */
  readonly wrap?: (store: Store) => Store;
}

/** Milliseconds that a notice takes; without a question to the store it is not told before. */
const noticeTakes = 100;

export async function recordShared(
  clients: readonly { readonly who: number; readonly deeds: readonly Deed[] }[],
  scheduler: fc.Scheduler,
  { coherence, processes, wrap = (store) => store }: HistoryOptions,
): Promise<SharedHistory> {
  const clock = new ManualClock();
  const backend = new MemoryBackend({ clock });
  const files = new MemoryFiles({ f: 'content' });
  const caches = Array.from({ length: processes }, () => {
    const store = scheduled(slowToTell(new MemoryStore(backend), clock, noticeTakes), scheduler);
    const { cache } = createTestCache({
      clock,
      store: wrap(store),
      coherence,
      workspace: files,
      kinds: { value: kind<string>({}) },
    });
    for (const { scope } of places) handleOf(cache, scope);
    return cache;
  });
  const log = new Log(clock);
  const failures: unknown[] = [];

  const act = async (deed: Deed, who: number): Promise<void> => {
    const cache = caches[who] as Own;
    if (deed.do === 'wait') {
      await clock.advance(deed.milliseconds);
      return;
    }
    const { scope, key } = places[deed.place] as (typeof places)[number];
    const handle = handleOf(cache, scope);
    const called = log.tick();
    switch (deed.do) {
      case 'set': {
        const value = log.newValue('set');
        if (deed.tagged) log.name(value, 't');
        // Its own process reads it before the store has it.
        log.begin(deed.place, value);
        await handle.set(key, value, { tags: deed.tagged ? ['t'] : [] });
        log.write(who, [deed.place], { type: 'set', value }, called);
        return;
      }
      case 'expire':
        await handle.expire(key);
        return;
      case 'invalidate': {
        const [meant, tag] = await invalidate(cache, deed);
        log.write(who, meant, { type: 'invalidate', ...(tag !== undefined && { tag }) }, called);
        return;
      }
      case 'read': {
        const make = async (ctx: Parameters<Parameters<typeof handle.resolve>[1]>[0]): Promise<string> => {
          const value = log.newValue('run');
          log.begin(deed.place, value);
          if (deed.reads) {
            await ctx.file('f');
            log.name(value, 'f');
          }
          for (let pause = 0; pause < deed.pauses; pause += 1) {
            await scheduler.schedule(Promise.resolve(), `${value} goes on`);
          }
          if (deed.tagged) {
            ctx.tag('t');
            log.name(value, 't');
          }
          if (deed.tagged) await scheduler.schedule(Promise.resolve(), `${value} answers`);
          return value;
        };
        const value = await read(handle, key, deed.by, make);
        if (value !== undefined) log.read(who, deed.place, value, called);
      }
    }
  };

  const done = clients.map(async ({ who, deeds }, index) => {
    for (const [number, deed] of deeds.entries()) {
      await scheduler.schedule(Promise.resolve(), `client ${index} begins ${deed.do} ${number}`);
      await act(deed, who % processes).catch((error: unknown) => void failures.push(error));
    }
  });
  await scheduler.waitFor(Promise.all(done));
  // What is under way in the background ends, too.
  for (let turn = 0; turn < 10; turn += 1) {
    await scheduler.waitAll();
    await settled();
  }
  for (const cache of caches) assertInvariants(cache);
  const bound = coherence === 'strict' ? 0 : noticeTakes;
  return { histories: log.histories(processes, bound), tagsOf: (value) => log.tagsOf(value), failures };
}

type Own = Cache<{ value: KindDefinition<string> }>;
type OwnHandle = ReturnType<typeof handleOf>;

function handleOf(cache: Own, scope: string) {
  return scope === 'default' ? cache.kind('value') : cache.scope(scope).kind('value');
}

async function read(
  handle: OwnHandle,
  key: string,
  by: Extract<Deed, { do: 'read' }>['by'],
  make: Parameters<OwnHandle['resolve']>[1],
): Promise<string | undefined> {
  switch (by) {
    case 'resolve':
      return (await handle.resolve(key, make)).value;
    case 'getOrGenerate':
      return handle.getOrGenerate(key, make);
    case 'getOrGenerateMany': {
      const values = await handle.getOrGenerateMany([key], async (_, ctx) => [
        [key, (await make(ctx)) as string] as const,
      ]);
      return values.get(key);
    }
    case 'refresh':
      return handle.getOrGenerate(key, make, { mode: 'refresh' });
    case 'lookup':
      return (await handle.lookup(key))?.value;
    case 'get':
      return handle.get(key);
  }
}

/** @returns the places that were meant, and the tag that values there must have to be meant */
async function invalidate(
  cache: Own,
  { by, place: number }: Extract<Deed, { do: 'invalidate' }>,
): Promise<readonly [meant: readonly number[], tag?: string]> {
  const { scope, key } = places[number] as (typeof places)[number];
  const all = [...places.keys()];
  const own = scope === 'default' ? {} : { scope };
  const within = all.filter((index) => places[index]?.scope === scope);
  switch (by) {
    case 'key':
      await handleOf(cache, scope).invalidate(key);
      return [[number]];
    case 'tag':
      await cache.invalidate({ ...own, tag: 't' });
      return [within, 't'];
    case 'tag everywhere':
      await cache.invalidate({ allScopes: true, tag: 't' });
      return [all, 't'];
    case 'file':
      await cache.invalidate({ file: 'f' });
      return [all, 'f'];
    case 'kind':
      await cache.invalidate({ ...own, kind: 'value' });
      return [within];
    case 'scope':
      await (scope === 'default' ? cache.invalidate({ kind: 'value' }) : cache.invalidate({ scope }));
      return [within];
    case 'everything':
      await cache.invalidate({ allScopes: true });
      return [all];
  }
}

/** What happened where, in an order of events; each with the time of the clock. */
class Log {
  readonly #clock: ManualClock;
  readonly #times: number[] = [0];
  readonly #byPlace: (Occurrence & { readonly who?: number })[][] = places.map(() => []);
  readonly #tags = new Map<string, Set<string>>();
  #made = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  tick(): number {
    return this.#times.push(this.#clock.now()) - 1;
  }

  newValue(how: string): string {
    this.#made += 1;
    const value = `${how} ${this.#made}`;
    this.#tags.set(value, new Set());
    return value;
  }

  name(value: string, tag: string): void {
    this.#tags.get(value)?.add(tag);
  }

  tagsOf(value: string): ReadonlySet<string> {
    return this.#tags.get(value) ?? new Set();
  }

  begin(where: number, value: string): void {
    const now = this.tick();
    this.#byPlace[where]?.push({ type: 'begin', value, called: now, answered: now });
  }

  read(who: number, where: number, value: string, called: number): void {
    this.#byPlace[where]?.push({ who, type: 'read', value, called, answered: this.tick() });
  }

  write(who: number, meant: readonly number[], operation: Operation, called: number): void {
    const answered = this.tick();
    for (const where of meant) this.#byPlace[where]?.push({ who, ...operation, called, answered });
  }

  /** @param bound milliseconds after its acknowledgement by which a write is in force in other processes */
  histories(processes: number, bound: number): readonly (readonly Occurrence[])[] {
    if (bound === 0) return this.#byPlace;
    const inForce = (tick: number): number => {
      const until = (this.#times[tick] as number) + bound;
      const first = this.#times.findIndex((time) => time > until);
      return first < 0 ? Number.POSITIVE_INFINITY : Math.max(tick, first - 0.5);
    };
    return Array.from({ length: processes }, (_, process) => process).flatMap((process) =>
      this.#byPlace.map((history) =>
        history
          .filter(({ type, who }) => type !== 'read' || who === process)
          .map((one) => {
            const elsewhere = one.type !== 'read' && one.who !== undefined && one.who !== process;
            return elsewhere ? { ...one, answered: inForce(one.answered) } : one;
          }),
      ),
    );
  }
}

const ordered = ['commit', 'invalidate', 'expire', 'acquire', 'release'] as const;
const unordered = ['readMany', 'catchUp'] as const;

/** A store that does things in the order asked, and answers, when the scheduler says so. */
function scheduled(store: Store, scheduler: fc.Scheduler): Store {
  let last: Promise<unknown> = Promise.resolve();
  const methods = [...ordered, ...unordered].map((name) => {
    const own = store[name].bind(store) as (...parameters: unknown[]) => Promise<unknown>;
    const perform = async (parameters: readonly unknown[]): Promise<unknown> => {
      await scheduler.schedule(Promise.resolve(), `the store is asked: ${name}`);
      return own(...parameters);
    };
    const call = async (...parameters: unknown[]): Promise<unknown> => {
      const inOrder = ordered.some((other) => other === name);
      const doing = inOrder ? last.then(() => perform(parameters)) : perform(parameters);
      if (inOrder) last = doing.catch(() => {});
      const answer = await doing;
      await scheduler.schedule(Promise.resolve(), `the store answers: ${name}`);
      return answer;
    };
    return [name, call];
  });
  return withMethods(store, Object.fromEntries(methods) as Partial<Store>);
}
