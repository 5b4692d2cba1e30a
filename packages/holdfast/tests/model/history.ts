import fc from 'fast-check';
import type { Occurrence } from './linearizability.ts';

/**
 * Makes a value, and names its tags by the function that it is given, whenever it likes. Where there is a value to
 * renew, it may say `undefined`: that still holds.
 */
export type Make = (tag: (name: string) => void, renewable: boolean) => Promise<string | undefined>;

/** What a cache can do in a history: the operations of promise 3. */
export interface Deeds {
  read(key: string, make: Make): Promise<string>;
  /** Makes the value aged: it may still be read. */
  expire(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  invalidate(key: string): Promise<unknown>;
  invalidateTag(name: string): Promise<unknown>;
}

export type Deed =
  | {
      readonly do: 'read';
      readonly key: string;
      readonly tags: readonly string[];
      readonly pauses: number;
      readonly renews: boolean;
    }
  | { readonly do: 'set' | 'expire' | 'invalidate'; readonly key: string }
  | { readonly do: 'invalidateTag'; readonly tag: string };

const key = fc.constantFrom('a', 'b');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      key,
      tags: fc.subarray(['t', 'u']),
      pauses: fc.integer({ min: 1, max: 3 }),
      renews: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('set' as const, 'expire' as const, 'invalidate' as const, 'invalidate' as const),
      key,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('invalidateTag' as const), tag: fc.constantFrom('t', 'u') }),
  },
) as fc.Arbitrary<Deed>;

/** What each of several clients does, one deed after the other. */
export const clients = fc.array(fc.array(deed, { minLength: 1, maxLength: 5 }), {
  minLength: 2,
  maxLength: 4,
});

export interface History {
  readonly byKey: ReadonlyMap<string, readonly Occurrence[]>;
  readonly tagsOf: (value: string) => ReadonlySet<string>;
  /** Reads that failed: none may. */
  readonly failures: readonly unknown[];
}

/** Lets the clients act on a cache, in an order that the scheduler decides, and writes down what happened. */
export async function record(
  cache: Deeds,
  plans: readonly (readonly Deed[])[],
  scheduler: fc.Scheduler,
): Promise<History> {
  let time = 0;
  let made = 0;
  const byKey = new Map<string, Occurrence[]>([
    ['a', []],
    ['b', []],
  ]);
  const tags = new Map<string, Set<string>>();
  const failures: unknown[] = [];
  const log = (where: string, occurrence: Occurrence): void => void byKey.get(where)?.push(occurrence);
  const tick = (): number => ++time;

  const act = async (one: Deed, who: string): Promise<void> => {
    if (one.do === 'invalidateTag') {
      const called = tick();
      await cache.invalidateTag(one.tag);
      const answered = tick();
      for (const where of byKey.keys()) log(where, { type: 'invalidate', tag: one.tag, called, answered });
      return;
    }
    const where = one.key;
    const called = tick();
    if (one.do === 'set') {
      const value = `set ${++made} by ${who}`;
      await cache.set(where, value);
      log(where, { type: 'set', value, called, answered: tick() });
    } else if (one.do === 'expire') {
      await cache.expire(where);
    } else if (one.do === 'invalidate') {
      await cache.invalidate(where);
      log(where, { type: 'invalidate', called, answered: tick() });
    } else if (one.do === 'read') {
      const value = await cache.read(where, async (tag, renewable) => {
        const own = `run ${++made} by ${who}`;
        const named = new Set<string>();
        tags.set(own, named);
        const began = tick();
        log(where, { type: 'begin', value: own, called: began, answered: began });
        for (let pause = 0; pause < one.pauses; pause += 1) {
          await scheduler.schedule(Promise.resolve(), `${own} goes on`);
          // The last thing that it does but answer, where a hasty cache has long decided what to keep.
          if (pause !== one.pauses - 1) continue;
          if (one.renews && renewable) return undefined;
          for (const name of one.tags) {
            tag(name);
            named.add(name);
          }
        }
        if (one.tags.length > 0) await scheduler.schedule(Promise.resolve(), `${own} answers`);
        return own;
      });
      log(where, { type: 'read', value, called, answered: tick() });
    }
  };

  const done = plans.map(async (plan, index) => {
    for (const [place, one] of plan.entries()) {
      await scheduler.schedule(Promise.resolve(), `client ${index} begins ${one.do} ${place}`);
      await act(one, `client ${index}`).catch((error: unknown) => void failures.push(error));
    }
  });
  await scheduler.waitFor(Promise.all(done));
  return { byKey, tagsOf: (value) => tags.get(value) ?? new Set(), failures };
}
