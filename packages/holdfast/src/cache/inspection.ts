import type { Engine } from './engine.ts';

const engines = new WeakMap<object, Engine>();

/** Lets tests look inside; called by every cache for itself. */
export function registerEngine(cache: object, engine: Engine): void {
  engines.set(cache, engine);
}

/**
 * The invariant walk over a whole cache: what is wrong, in words; empty when all is well.
 * @param quiet nothing may be under way
 */
export function inconsistencies(cache: object, quiet: boolean): string[] {
  const engine = engines.get(cache);
  if (engine === undefined) throw new TypeError('not a cache of this copy of Holdfast');
  const wrong = engine.table.inconsistencies();
  let attached = 0;
  for (const partition of engine.partitions()) {
    const where = `${partition.kind} in scope '${partition.scope}'`;
    for (const [id, flight] of partition.flights) {
      attached += 1;
      if (flight.id !== id || !flight.attached || flight.landed)
        wrong.push(`${where}: a flight is registered wrongly`);
      if (!engine.flights.has(flight)) wrong.push(`${where}: an attached flight is not in the air`);
      if (!flight.wanted) wrong.push(`${where}: a flight that nobody wants is still attached`);
    }
    const { started, succeeded, failed, abandoned, running } = partition.account.generations;
    if (started !== succeeded + failed + abandoned + running) {
      wrong.push(
        `${where}: ${started} generations started, and ${succeeded}+${failed}+${abandoned}+${running} accounted for`,
      );
    }
    if (partition.leftRunning < 0 || partition.leftRunning > abandoned) {
      wrong.push(`${where}: ${partition.leftRunning} generators are said to be left running`);
    }
    for (const tally of [partition.account.spent, partition.account.saved]) {
      if (Object.values(tally).some((value) => !(value >= 0)))
        wrong.push(`${where}: a tally is negative or NaN`);
    }
    if (quiet && running > 0) wrong.push(`${where}: ${running} generations are running`);
  }
  if (attached > engine.flights.size)
    wrong.push(`${attached} flights attached, ${engine.flights.size} in the air`);
  if (quiet && engine.flights.size > 0) wrong.push(`${engine.flights.size} flights are in the air`);
  if (quiet && engine.calls.size > 0) wrong.push(`${engine.calls.size} calls have not ended`);
  return wrong;
}
