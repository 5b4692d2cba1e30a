import { closedError, type Engine } from './engine.ts';

const closings = new WeakMap<Engine, Promise<void>>();

/** Drains the flights for at most `timeout` milliseconds, then ends what is left. Once; later callers wait for the same. */
export function closeEngine(engine: Engine, timeout: number): Promise<void> {
  const known = closings.get(engine);
  if (known !== undefined) return known;
  const closing = close(engine, timeout);
  closings.set(engine, closing);
  return closing;
}

async function close(engine: Engine, timeout: number): Promise<void> {
  engine.state = 'closing';
  engine.horizon.hold();
  engine.refresher?.close();
  const end = engine.clock.now() + timeout;
  await drained(engine, timeout);
  engine.state = 'closed';
  engine.watched?.close();
  const error = closedError();
  const cutOff = engine.flights.size;
  for (const flight of [...engine.flights]) {
    flight.detach('unwanted');
    flight.generation.cutOff(error);
  }
  for (const call of [...engine.calls]) call.cutOff(error);
  for (const partition of engine.partitions()) partition.failures.clear();
  // What was accepted and not yet written stands in memory until the store has it.
  await engine.tier?.close(Math.max(0, end - engine.clock.now()));
  for (const slot of engine.table) engine.table.delete(slot);
  if (engine.emitter.wants('cache.closed')) engine.emitter.emit({ type: 'cache.closed', cutOff });
  engine.emitter.clear();
}

function drained(engine: Engine, timeout: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = engine.clock.setTimeout(resolve, timeout);
  void engine.quiet().then(() => {
    timer.cancel();
    resolve();
  });
  return promise;
}
