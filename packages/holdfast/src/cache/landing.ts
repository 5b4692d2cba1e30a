import { HoldfastError } from '../lib/errors.ts';
import type { Cost } from '../model/cost.ts';
import type { Digest } from '../model/dependency.ts';
import type { Trace, Verdict } from '../model/trace.ts';
import { emptyTrace, isEmpty, joined, without } from '../trace/recorder.ts';
import { inMemory, type Landing } from './answer.ts';
import { commit, type Keepable, weightOf } from './commit.ts';
import { type Fallback, fallback } from './fallback.ts';
import type { Flight } from './flight.ts';
import { NotModified, Skipped } from './generator.ts';
import type { Partition } from './partition.ts';
import { verifyTrace } from './trace-check.ts';
import { checkValue } from './value-check.ts';

/** What becomes of what a generator returned for one flight. Resolves once the flight has landed; never rejects. */
export async function deliver(flight: Flight, returned: unknown): Promise<void> {
  if (flight.landed) return;
  try {
    if (returned instanceof NotModified) {
      await renew(flight);
      return;
    }
    const skipped = returned instanceof Skipped;
    const value: unknown = skipped ? returned.value : returned;
    const checking = skipped && value === undefined ? undefined : checkValue(flight.partition, value);
    if (checking !== undefined) await checking;
    // The time may have been up, or the cache closed, while the schema was asked.
    if (!flight.landed) accept(flight, value, skipped);
  } catch (error) {
    fail(flight, error);
  }
}

/**
 * Keeps what a generator returned although it is not right now: what it was made from has changed meanwhile, and may
 * change back. Nobody is given it. Never rejects.
 */
export async function shelve(flight: Flight, returned: unknown, verdict: Verdict): Promise<void> {
  const { partition, generation } = flight;
  const { run } = generation;
  if (!flight.attached || returned instanceof Skipped || returned instanceof NotModified) return;
  if (run.uncommittable || run.staleBy !== undefined) return;
  const [cost, trace] = [generation.cost(), run.recorder.trace()];
  const [ttl, tags] = [flight.ttl, [...flight.tags]];
  const { sequence } = partition.engine;
  try {
    const checking = checkValue(partition, returned);
    if (checking !== undefined) await checking;
    // An invalidation that came meanwhile may have meant it: by a tag or a file of this run, which are forgotten by now.
    if (!flight.attached || flight.landed || partition.engine.sequence !== sequence) return;
    const weight = weightOf(partition, flight.id, returned);
    if (weight > partition.engine.maxEntryBytes) return;
    const { expired, origin } = flight;
    const { beganAt: madeAt } = run;
    const kept = {
      value: returned,
      weight,
      madeAt,
      verifiedAt: madeAt,
      ttl,
      expired,
      cost,
      tags,
      trace,
      origin,
      by: 'generation',
    } as const;
    commit(partition, flight.id, { ...kept, verdict });
  } catch {
    // A value that fails its schema, or that cannot be weighed, is nothing to keep. The next run says so if it matters.
  }
}

function accept(flight: Flight, value: unknown, skipped: boolean): void {
  const cost = flight.generation.cost();
  landValue(flight, value, cost, skipped ? 'skipped' : 'made');
}

async function renew(flight: Flight): Promise<void> {
  const { partition, generation, previous } = flight;
  if (previous !== undefined) flight.adopt(previous);
  const made = generation.run.recorder.trace();
  const rest = previous?.trace === undefined ? emptyTrace : without(previous.trace, made);
  const holds = isEmpty(rest) || (await stillHolds(flight, rest));
  if (flight.landed) return;
  const invalidated = !flight.attached && flight.fencedBy === 'invalidation';
  if (previous !== undefined && (invalidated || !holds)) {
    // What it was made from is different, and the generator has not looked at it: there is nothing to renew.
    if (!holds) flight.previous = undefined;
    if (generation.runs.again()) return;
  }
  if (previous === undefined || invalidated || !holds) {
    throw new HoldfastError(
      'E_NOTHING_TO_RENEW',
      `a generator of kind '${partition.kind}' returned ctx.notModified() with no previous value; look at ctx.stale first`,
      { kind: partition.kind },
    );
  }
  // What it would cost to make the value, not what it cost to look whether it still holds.
  const cost = { ...previous.cost, seconds: previous.seconds };
  landValue(flight, previous.value, cost, 'renewed', joined(made, rest), previous.digest);
}

/** Whether what a renewed value was made from, and its renewal did not look at, is as it was. */
async function stillHolds(flight: Flight, rest: Trace): Promise<boolean> {
  const { generation, partition } = flight;
  const check = verifyTrace(partition, rest, true);
  generation.await(check.node);
  const { state } = await check.verdict;
  generation.release(check.node);
  return state === 'same';
}

type How = 'made' | 'renewed' | 'skipped';

/** Commits the value, unless something it was made from was stale or skipped, and hands it to the waiters. */
function landValue(
  flight: Flight,
  value: unknown,
  cost: Cost,
  how: How,
  trace: Trace = flight.generation.run.recorder.trace(),
  digest?: Digest,
): void {
  const { partition, generation } = flight;
  const { run } = generation;
  const stale = run.staleBy ?? false;
  const unkept = how === 'skipped' || run.uncommittable;
  const keeps = flight.attached && !unkept && !stale;
  // First of all: it runs the value's own code and the kind's, which may fail, or do something to the flight.
  const weight = keeps ? weightOf(partition, flight.id, value) : 0;
  conclude(flight, how === 'renewed' ? generation.cost() : cost, how);
  const now = partition.engine.horizon.read();
  if (flight.attached) partition.failures.forget(flight.id);
  if (!unkept && !stale) commitFlight(flight, { value, weight, cost, trace, digest }, now);
  if (flight.lease !== undefined) {
    // Nothing is kept that others could wait for.
    void partition.engine.tier?.leases.release(flight.lease);
    flight.lease = undefined;
  }
  flight.land({
    ok: true,
    value,
    madeAt: now,
    stale,
    ...(stale && { reason: 'dependency' as const }),
    cost,
    skipped: unkept,
    trace: isEmpty(trace) ? undefined : trace,
  });
}

/** The generator did its part: that is the end of it for the account. */
function conclude(flight: Flight, cost: Cost, how: How): void {
  const { partition, id, generation, background } = flight;
  generation.conclude(true);
  const { emitter } = partition.engine;
  if (!emitter.wants('generation.succeeded')) return;
  const { scope, kind } = partition;
  emitter.emit({ type: 'generation.succeeded', scope, kind, key: partition.key(id), background, cost, how });
}

function commitFlight(
  flight: Flight,
  made: Pick<Keepable, 'value' | 'weight' | 'cost' | 'trace' | 'digest'>,
  now: number,
): void {
  const { partition, id } = flight;
  if (!flight.attached) {
    announceFenced(flight);
    return;
  }
  commit(partition, id, {
    ...made,
    madeAt: now,
    verifiedAt: flight.generation.confirmedAt ?? now,
    confirmedSince: flight.generation.confirmedSince,
    ttl: flight.ttl,
    expired: flight.expired,
    tags: [...flight.tags],
    origin: flight.origin,
    by: 'generation',
  });
  const { tier } = partition.engine;
  if (tier === undefined) return;
  const { lease } = flight;
  flight.lease = undefined;
  void tier.writer.persistMade(partition, id, lease);
}

/** A value that came too late: something had overtaken its flight. */
export function announceFenced({ partition, id, fencedBy }: Flight): void {
  const { emitter } = partition.engine;
  if (fencedBy === undefined || !emitter.wants('entry.fenced')) return;
  const { scope, kind } = partition;
  emitter.emit({ type: 'entry.fenced', scope, kind, key: partition.key(id), by: fencedBy });
}

/**
 * A flight failed: what is stale and inside its window, else the error, for all who had joined. What they get is settled,
 * and the key is free, before listeners are told: what those do, such as calling again, cannot change it.
 */
export function fail(flight: Flight, error: unknown): void {
  if (flight.landed) return;
  const { partition, id, generation, background, wanted } = flight;
  const { engine, scope, kind } = partition;
  generation.conclude(false);
  const now = engine.horizon.read();
  let retryAt: number | undefined;
  const stale = flight.attached ? fallback(partition, id, 'error', now, flight.proof) : undefined;
  const landing: Landing = stale === undefined ? { ok: false, error } : staleLanding(partition, stale, error);
  if (flight.attached && isRemembered(error)) {
    const { recorder, order } = generation.run;
    const attempt = { trace: recorder.trace(), order };
    retryAt = partition.failures.record(id, error, attempt, partition.policy, now).retryAt;
  }
  if (HoldfastError.isInstance(error) && error.code === 'E_GENERATION_TIMEOUT') flight.detach('timeout');
  flight.withdraw();
  if (wanted && engine.emitter.wants('generation.failed')) {
    const key = partition.key(id);
    const backOff = retryAt !== undefined && { retryAt };
    engine.emitter.emit({ type: 'generation.failed', scope, kind, key, background, error, ...backOff });
  }
  const { lease } = flight;
  flight.lease = undefined;
  if (lease !== undefined) void engine.tier?.leases.release(lease, isRemembered(error) ? error : undefined);
  flight.land(landing);
}

function staleLanding({ engine }: Partition, { slot, mark }: Fallback, failure: unknown): Landing {
  return { ok: true, ...inMemory(engine, slot), stale: mark, reason: 'failed', skipped: false, failure };
}

/** A cycle, a closed cache and an abort say nothing about the provider: the next call may well succeed. */
function isRemembered(error: unknown): boolean {
  if (HoldfastError.isInstance(error)) {
    return !['E_CYCLE', 'E_CLOSED', 'E_TOO_MANY_ABANDONED', 'E_REMEMBERED_FAILURE'].includes(error.code);
  }
  return !(error instanceof Error && error.name === 'AbortError');
}
