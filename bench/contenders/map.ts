import type { Contender } from './contender.ts';

/** The floor: a bare Map, a Map of promises for the herd, and a ring of keys that makes room, oldest first. */
export function open(maximum: number): Contender {
  const map = new Map<string, unknown>();
  const flights = new Map<string, Promise<unknown>>();
  const ring: string[] = new Array(maximum).fill('');
  let head = 0;
  const set = (key: string, value: unknown): void => {
    if (!map.has(key)) {
      if (map.size === maximum) map.delete(ring[head] as string);
      ring[head] = key;
      head = head + 1 === maximum ? 0 : head + 1;
    }
    map.set(key, value);
  };
  const fly = (key: string, generate: () => Promise<unknown>): Promise<unknown> => {
    const flight = generate().then((value) => {
      set(key, value);
      return value;
    });
    const landed = (): void => {
      flights.delete(key);
    };
    flights.set(key, flight);
    flight.then(landed, landed);
    return flight;
  };
  return {
    get: (key) => map.get(key),
    set,
    read: async (key, generate) => map.get(key) ?? flights.get(key) ?? fly(key, generate),
  };
}
