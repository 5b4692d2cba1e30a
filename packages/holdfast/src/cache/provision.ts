import { inMemory } from './answer.ts';
import { sharedFailure } from './call-errors.ts';
import type { Flight } from './flight.ts';
import type { Generation } from './generation.ts';
import { fail } from './landing.ts';
import { previousOf } from './launcher.ts';
import { originOf } from './origins.ts';
import { insideRevalidation, type Proof, standing } from './standing.ts';
import type { Tier } from './tier.ts';
import { verifyEntry } from './verification.ts';

/**
 * What a generation with a store does before its generator runs: it reads the store, and what holds there is handed over;
 * for the rest it acquires leases, waits while other processes make the values, and reads the store again. Flights that
 * have landed by then need no generator. Never rejects: without the store the generator simply runs.
 */
export async function provide(generation: Generation, tier: Tier): Promise<void> {
  const { partition } = generation;
  const reading = pending(generation).filter(({ refresh }) => !refresh);
  const found = await tier.reader.load(
    partition,
    reading.map(({ id }) => id),
  );
  for (const flight of reading) if (found.has(flight.id)) await landIfHeld(flight, 'store');
  if (partition.policy.share === 'process') return;
  // In one order everywhere: two bulk calls must not hold what the other one waits for.
  const hashes = new Map(pending(generation).map((flight) => [flight, partition.key(flight.id).digest]));
  const ordered = [...hashes].sort(([, one], [, other]) => (one < other ? -1 : 1));
  for (const [flight, hash] of ordered) await claim(flight, hash, tier);
}

/** The flights that still want something of their generation. */
function pending(generation: Generation): Flight[] {
  return generation.preparing ? generation.flights.filter(({ landed, attached }) => attached && !landed) : [];
}

const isPending = (flight: Flight): boolean => pending(flight.generation).includes(flight);

/** Acquires the lease of a key, or waits for whoever has it and hands over what that one has made. */
async function claim(flight: Flight, hash: string, tier: Tier): Promise<void> {
  const { partition, id } = flight;
  let waited = false;
  while (isPending(flight)) {
    const claimed = await tier.leases.acquire(hash);
    if (claimed === undefined) return;
    if (claimed.state === 'acquired') {
      flight.lease = { hash, token: claimed.token, sequence: claimed.sequence };
      if (!isPending(flight)) {
        void tier.leases.release(flight.lease);
        flight.lease = undefined;
        return;
      }
      // Somebody may have committed between the first look and the lease.
      // What is made anew is kept beside the values that it has for other states.
      const found = (await tier.reader.load(partition, [id])).has(id);
      if (found && !flight.refresh) await landIfHeld(flight, waited ? 'elsewhere' : 'store');
      if (flight.landed && flight.lease !== undefined) {
        void tier.leases.release(flight.lease);
        flight.lease = undefined;
      }
      return;
    }
    if (claimed.state === 'failed') {
      fail(flight, sharedFailure(partition, id, claimed.failure));
      return;
    }
    await tier.leases.waitForChange(hash, claimed.change, claimed.until);
    waited = true;
    // Whoever wants it anew makes it, when it may.
    if (flight.refresh || !isPending(flight)) continue;
    if ((await tier.reader.load(partition, [id])).has(id)) await landIfHeld(flight, 'elsewhere');
  }
}

/** Hands over what is in memory by now, if it holds; stale inside its window, the flight goes on in the background. */
async function landIfHeld(flight: Flight, by: 'store' | 'elsewhere'): Promise<void> {
  const { partition, id, generation } = flight;
  const { engine, policy } = partition;
  const { table } = engine;
  const slot = partition.slot(id);
  if (slot === undefined) return;
  const proof = await verify(flight);
  if (
    !isPending(flight) ||
    partition.slot(id) !== slot ||
    table.note(slot) !== (proof?.note ?? table.note(slot))
  ) {
    generation.confirmedBy = undefined;
    return;
  }
  const now = engine.horizon.read();
  const state = standing(table, slot, now, proof);
  const found = { ok: true, ...inMemory(engine, slot), skipped: false, by } as const;
  if (state.mark === false) {
    flight.land({ ...found, stale: false });
  } else if (insideRevalidation(state, policy, now)) {
    flight.serve({ ...found, stale: state.mark, reason: 'revalidating' });
  }
  generation.confirmedBy = undefined;
  if (flight.landed) return;
  flight.proof = proof;
  flight.previous = previousOf(partition, id);
  flight.origin ??= originOf(partition, id, 'default', proof);
}

/** Checks what the entry was made from, on behalf of the flight's generation. */
async function verify(flight: Flight): Promise<Proof | undefined> {
  const { partition, id, generation } = flight;
  const { table } = partition.engine;
  const slot = partition.slot(id);
  const note = slot === undefined ? undefined : table.note(slot);
  if (note?.trace === undefined) return undefined;
  const check = verifyEntry(partition, id, note, true);
  if (!generation.await(check.node)) return undefined;
  // A check begins in the next microtask: whoever comes later must have another one.
  await Promise.resolve();
  generation.confirmedBy = check.node.order;
  try {
    return await check.verdict;
  } finally {
    generation.release(check.node);
  }
}
