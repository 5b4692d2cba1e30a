import { HoldfastError } from '../lib/errors.ts';
import type { KeyId } from '../model/key.ts';
import type { Wishes } from './call-options.ts';
import { lastStanding } from './fallback.ts';
import { Flight, type Previous } from './flight.ts';
import type { Generation, Work } from './generation.ts';
import type { Partition } from './partition.ts';

/** Starts the flight that a call asks for, under its way of generating: alone, or with the other keys of a bulk call. */
export interface Launcher {
  /** Registers a flight, whose generator does not run yet. */
  launch(partition: Partition, id: KeyId, wishes: Wishes, background: boolean): Flight;
  /** Whoever is to wait for the flight does: its generator may run. */
  begin(flight: Flight): void;
}

/** Past this many generators of a kind that were given up and have not ended, its new flights fail. */
const mostAbandoned = 64;

/** The flight of a key over a generation that has not begun. */
export function newFlight(generation: Generation, id: KeyId, wishes: Wishes, background: boolean): Flight {
  const { partition } = generation;
  const attached = wishes.mode !== 'bypass';
  return new Flight(partition, id, generation, {
    tags: wishes.tags,
    ttl: wishes.ttl,
    previous: attached ? previousOf(partition, id) : undefined,
    background,
    attached,
    refresh: wishes.mode === 'refresh' || !attached,
  });
}

/** A generator that never settles holds memory and perhaps a connection: too many of them, and no more are started. */
export function guarded(partition: Partition, work: Work): Work {
  if (partition.leftRunning < mostAbandoned) return work;
  return {
    ...work,
    run: () => {
      throw new HoldfastError(
        'E_TOO_MANY_ABANDONED',
        `${partition.leftRunning} generators of kind '${partition.kind}' were given up and have not ended: ` +
          'hand ctx.signal to whatever they wait for',
        { kind: partition.kind },
      );
    },
  };
}

/** The entry that a flight is to replace, as it is now. */
export function previousOf(partition: Partition, id: KeyId): Previous | undefined {
  const { engine } = partition;
  const slot = partition.slot(id);
  if (slot === undefined) return undefined;
  const { mark } = lastStanding(partition, slot, engine.horizon.read());
  const { table } = engine;
  return {
    value: table.value(slot),
    madeAt: table.madeAt(slot),
    mark: mark || 'aged',
    seconds: table.seconds(slot),
    cost: engine.costOf(slot),
    tags: table.note(slot)?.tags ?? [],
    trace: table.note(slot)?.trace,
    digest: table.note(slot)?.digest,
  };
}
