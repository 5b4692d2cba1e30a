import type { Deeds, Make } from './history.ts';

/** What is wrong with a toy cache, on purpose. */
export type Fault = 'delete leaves the flight' | 'late tags are forgotten' | 'set leaves the flight' | 'none';

/**
 * A cache of a few lines, right in all but one thing. It is here to show that the checks of this folder would notice:
 * a check that lets it pass checks nothing.
 */
export function toyCache(fault: Fault): Deeds {
  interface Flight {
    readonly promise: Promise<string>;
    readonly since: number;
    readonly tags: Set<string>;
    readonly forbidden: Map<string, number>;
  }
  const values = new Map<string, { value: string; tags: ReadonlySet<string> }>();
  const flights = new Map<string, Flight>();
  let clock = 0;

  const generate = (key: string, make: Make): Promise<string> => {
    const tags = new Set<string>();
    const forbidden = new Map<string, number>();
    let flight: Flight | undefined;
    const tag = (name: string): void => {
      tags.add(name);
      if (fault === 'late tags are forgotten') return;
      if (forbidden.has(name) && flights.get(key) === flight) flights.delete(key);
    };
    const promise = make(tag, false).then((value) => {
      if (value === undefined) throw new Error('there was nothing to renew');
      if (flights.get(key) === flight) {
        flights.delete(key);
        values.set(key, { value, tags });
      }
      return value;
    });
    flight = { promise, since: clock, tags, forbidden };
    flights.set(key, flight);
    return promise;
  };

  return {
    async read(key, make) {
      const kept = values.get(key);
      if (kept !== undefined) return kept.value;
      const began = ++clock;
      const flight = flights.get(key);
      if (flight === undefined) return generate(key, make);
      const value = await flight.promise;
      // Whoever joined after an invalidation of a tag that was named later has to ask again.
      const overtaken = [...flight.forbidden].some(([name, at]) => flight.tags.has(name) && at < began);
      return overtaken && fault !== 'late tags are forgotten' ? this.read(key, make) : value;
    },
    async expire() {},
    async set(key, value) {
      if (fault !== 'set leaves the flight') flights.delete(key);
      values.set(key, { value, tags: new Set() });
    },
    async invalidate(key) {
      values.delete(key);
      if (fault !== 'delete leaves the flight') flights.delete(key);
    },
    async invalidateTag(name) {
      clock += 1;
      for (const [key, { tags }] of values) if (tags.has(name)) values.delete(key);
      for (const [key, flight] of flights) {
        // Whoever came after the first of them came after one.
        if (!flight.forbidden.has(name)) flight.forbidden.set(name, clock);
        if (flight.tags.has(name)) flights.delete(key);
      }
    },
  };
}
