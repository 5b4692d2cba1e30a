import type { StaleReason } from '../../src/index.ts';
import {
  type Address,
  type Bulk,
  type Call,
  Cell,
  type Ending,
  type Entry,
  type Flight,
  type Run,
  type Selector,
  type Wishes,
  type Yield,
} from './state.ts';

/*
 * What a cache must do, said a second time and as plainly as it can be: one list of cells, no microtasks, no eviction,
 * no files. It is written from the semantics, not from the engine, and predicts every call's outcome, value and mark,
 * every run of a generator, and every count, exactly.
 */

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly ring: () => void;
}

export class Oracle {
  now = 0;
  readonly cells = new Map<string, Cell>();
  readonly calls: Call[] = [];
  readonly runs: Run[] = [];
  #sequence = 0;
  #alarms: Alarm[] = [];
  #order = 0;
  #collecting = new Set<Bulk>();

  cell(address: Address): Cell {
    const name = `${address.scope}/${address.kind}/${address.key}`;
    const cell = this.cells.get(name) ?? new Cell(address);
    this.cells.set(name, cell);
    return cell;
  }

  call(address: Address, wishes: Wishes): Call {
    return this.#start(this.cell(address), wishes, undefined);
  }

  many(addresses: readonly Address[], wishes: Wishes): Call[] {
    const bulk: Bulk = { caller: this.calls.length, run: undefined };
    const calls = addresses.map((address) => this.#start(this.cell(address), wishes, bulk));
    this.#collected();
    return calls;
  }

  /** `get`: what is fresh in memory. A call. */
  get(address: Address): Call {
    return this.call(address, { mode: 'cached' });
  }

  set(address: Address, value: unknown, ttl: number | undefined, tags: readonly string[]): void {
    const cell = this.cell(address);
    cell.failure = undefined;
    if (cell.flight !== undefined) this.#detach(cell.flight);
    this.#keep(cell, value, ttl ?? cell.windows.ttl, new Set(tags), false);
  }

  /** The number of entries meant. */
  select(action: 'invalidate' | 'expire', selector: Selector): number {
    this.#sequence += 1;
    let count = 0;
    for (const cell of this.cells.values()) {
      const { scope, kind, key, tag } = selector;
      if (scope !== undefined && scope !== cell.scope) continue;
      if (kind !== undefined && kind !== cell.kind) continue;
      if (key !== undefined && key !== cell.key) continue;
      const { entry, flight } = cell;
      const meant = entry !== undefined && (tag === undefined || entry.tags.has(tag));
      if (meant) {
        count += 1;
        if (action === 'invalidate') cell.entry = undefined;
        else entry.agedAt = Math.min(entry.agedAt, this.now);
      }
      // A failure has no tags of its own: it goes with the entry that it was to replace.
      if (action === 'invalidate' && (tag === undefined || meant)) cell.failure = undefined;
      if (flight === undefined) continue;
      if (tag !== undefined) {
        flight.undecided.push({ sequence: this.#sequence, action, tag });
        this.#reconsider(flight);
      } else if (action === 'expire') flight.expired = true;
      else this.#forbid(flight);
    }
    return count;
  }

  /** The generator names a tag. */
  tag(run: Run, tag: string): void {
    for (const flight of [...run.flights]) {
      flight.tags.add(tag);
      this.#reconsider(flight);
    }
    this.#collected();
  }

  /** What `ctx.stale` tells: the value that is to be replaced, unless it was overtaken or forbidden since. */
  staleOf(run: Run): unknown {
    const [flight] = run.flights;
    if (run.flights.length !== 1 || flight?.previous === undefined || !flight.attached) return undefined;
    const { value, madeAt, mark, tags } = flight.previous;
    if (flight.undecided.some(({ action, tag }) => action === 'invalidate' && tags.has(tag)))
      return undefined;
    return { value, age: this.now - madeAt, reason: mark };
  }

  settle(run: Run, what: Yield): void {
    if (run.state !== 'running') return;
    if (what.how === 'notModified' && this.#renewsForbidden(run)) {
      run.times += 1;
      this.#collected();
      return;
    }
    // To renew what was forbidden may leave the run with nobody who wants it: it is given up then.
    for (const flight of run.flights) {
      if (isRunning(run)) this.#deliver(flight, what);
    }
    if (isRunning(run)) run.state = 'ended';
    this.#collected();
  }

  abort(call: Call, reason: string): void {
    if (call.ending !== undefined) return;
    const { flight } = call;
    this.#end(call, { outcome: 'aborted', error: reason, stale: false });
    this.#leave(call, flight, false);
  }

  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const due = this.#alarms.filter(({ at }) => at <= end);
      const next = due.sort((left, right) => left.at - right.at || left.order - right.order)[0];
      if (next === undefined) break;
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      this.now = Math.max(this.now, next.at);
      next.ring();
    }
    this.now = end;
  }

  #start(cell: Cell, wishes: Wishes, bulk: Bulk | undefined): Call {
    const call: Call = {
      caller: bulk?.caller ?? this.calls.length,
      cell,
      wishes,
      bulk,
      joined: this.#sequence,
      flight: undefined,
      leads: false,
      ending: undefined,
    };
    this.calls.push(call);
    if (wishes.left !== undefined) {
      this.#end(call, { outcome: 'aborted', error: wishes.left, stale: false });
      return call;
    }
    this.#decide(call);
    const { timeout = Number.POSITIVE_INFINITY, staleAfter = Number.POSITIVE_INFINITY } = wishes;
    if (call.ending === undefined) {
      if (staleAfter < timeout) this.#alarm(staleAfter, () => void this.#serveForWaiting(call, 'staleAfter'));
      if (timeout !== Number.POSITIVE_INFINITY) {
        this.#alarm(timeout, () => {
          if (call.ending !== undefined || this.#serveForWaiting(call, 'timeout')) return;
          const { flight } = call;
          const outcome = wishes.mode === 'bypass' ? 'bypassed' : 'failed';
          this.#end(call, { outcome, error: 'E_TIMEOUT', stale: false });
          this.#leave(call, flight, false);
        });
      }
    }
    return call;
  }

  #decide(call: Call): void {
    const { cell, wishes } = call;
    const { mode } = wishes;
    const { entry, flight, failure, windows: own } = cell;
    const { now } = this;
    if (mode === 'bypass') {
      this.#lead(call);
      return;
    }
    if (mode !== 'refresh' && entry !== undefined) {
      const { agedAt, madeAt } = entry;
      const held = flight !== undefined || (failure !== undefined && now < failure.retryAt);
      if (now < agedAt) {
        this.#serve(call, entry, 'hit', undefined);
        const ahead = own.refreshAhead < 1 && agedAt !== Number.POSITIVE_INFINITY;
        const due = ahead && now >= madeAt + (agedAt - madeAt) * own.refreshAhead;
        if (mode === 'default' && due && !held) this.#launch(call, true);
        return;
      }
      if (mode === 'default' && now < agedAt + own.staleWhileRevalidate) {
        this.#serve(call, entry, 'stale', held && flight === undefined ? 'backoff' : 'revalidating');
        if (!held) this.#launch(call, true);
        return;
      }
    }
    if (mode === 'cached') {
      this.#end(call, { outcome: 'missed', stale: false });
    } else if (flight !== undefined) {
      this.#join(call, flight);
    } else if (mode === 'default' && failure !== undefined) {
      const stale = now < failure.retryAt ? this.#fallback(cell, 'error') : undefined;
      if (stale !== undefined) this.#serve(call, stale, 'stale', 'backoff');
      else if (now < failure.negativeUntil) {
        this.#end(call, {
          outcome: 'negative',
          error: `E_REMEMBERED_FAILURE: ${failure.error}`,
          stale: false,
        });
      } else this.#lead(call);
    } else this.#lead(call);
  }

  #lead(call: Call): void {
    const flight = this.#launch(call, false);
    call.leads = true;
    this.#join(call, flight);
  }

  #join(call: Call, flight: Flight): void {
    call.flight = flight;
    call.joined = this.#sequence;
    flight.waiters.add(call);
  }

  #launch({ cell, wishes, bulk, caller }: Call, background: boolean): Flight {
    const { kind, scope } = cell;
    const run: Run = bulk?.run ?? { caller, kind, scope, flights: [], times: 1, state: 'running' };
    const { entry } = cell;
    const attached = wishes.mode !== 'bypass';
    const flight: Flight = {
      cell,
      run,
      waiters: new Set(),
      tags: new Set(wishes.tags),
      ttl: wishes.ttl ?? cell.windows.ttl,
      previous: attached && entry !== undefined ? { ...entry, mark: 'aged' } : undefined,
      attached,
      forbidden: false,
      background,
      expired: false,
      landed: false,
      undecided: [],
    };
    run.flights.push(flight);
    if (attached) cell.flight = flight;
    if (!this.runs.includes(run)) {
      this.runs.push(run);
      this.#alarm(cell.windows.generationTimeout, () => this.#abandon(run, 'E_GENERATION_TIMEOUT'));
    }
    if (bulk !== undefined) {
      bulk.run = run;
      this.#collecting.add(bulk);
    }
    return flight;
  }

  #collected(): void {
    for (const bulk of this.#collecting) bulk.run = undefined;
    this.#collecting.clear();
  }

  #deliver(flight: Flight, what: Yield): void {
    const { cell, previous } = flight;
    if (what.how === 'error') this.#fail(flight, what.error, true);
    else if (what.how === 'notModified' && previous === undefined) {
      this.#fail(flight, 'E_NOTHING_TO_RENEW', true);
    } else {
      if (what.how === 'notModified') {
        this.#adopt(flight);
        if (!isRunning(flight.run)) return;
        if (flight.forbidden) {
          this.#fail(flight, 'E_NOTHING_TO_RENEW', true);
          return;
        }
      }
      const value = what.how === 'notModified' ? previous?.value : what.value(cell);
      if (flight.attached) {
        cell.failure = undefined;
        if (what.how !== 'skip') this.#keep(cell, value, flight.ttl, new Set(flight.tags), flight.expired);
      }
      this.#land(flight, (call) => ({
        outcome: call.wishes.mode === 'bypass' ? 'bypassed' : call.leads ? 'generated' : 'coalesced',
        value,
        stale: false,
        age: 0,
      }));
    }
  }

  #keep(cell: Cell, value: unknown, ttl: number, tags: ReadonlySet<string>, expired: boolean): void {
    const { staleWhileRevalidate, staleIfError } = cell.windows;
    const useless = ttl === 0 && staleWhileRevalidate === 0 && staleIfError === 0;
    const agedAt = expired ? this.now : this.now + ttl;
    cell.entry = useless ? undefined : { value, madeAt: this.now, agedAt, tags };
  }

  #fail(flight: Flight, error: string, remembered: boolean): void {
    const { cell } = flight;
    const { now } = this;
    const stale = flight.attached ? this.#fallback(cell, 'error') : undefined;
    if (flight.attached && remembered) {
      const count = (cell.failure?.count ?? 0) + 1;
      const { backoff, negativeTtl } = cell.windows;
      const pause = Math.min(backoff.longest, backoff.first * 2 ** (count - 1));
      cell.failure = { error, count, retryAt: now + pause, negativeUntil: now + negativeTtl };
    }
    this.#land(flight, (call): Ending => {
      if (stale !== undefined) {
        const { value, madeAt } = stale;
        return { outcome: 'stale', value, stale: 'aged', age: now - madeAt, reason: 'failed' };
      }
      return { outcome: call.wishes.mode === 'bypass' ? 'bypassed' : 'failed', error, stale: false };
    });
  }

  #land(flight: Flight, ending: (call: Call) => Ending): void {
    flight.landed = true;
    flight.attached = false;
    flight.undecided = [];
    if (flight.cell.flight === flight) flight.cell.flight = undefined;
    for (const call of flight.waiters) {
      call.flight = undefined;
      this.#end(call, ending(call));
    }
    flight.waiters.clear();
  }

  /** A stale value that may stand in. One that is fresh may too: whoever asked for a newer one is told it is aged. */
  #fallback({ entry, windows: own }: Cell, why: 'error' | 'wait'): Entry | undefined {
    if (entry === undefined) return undefined;
    const { now } = this;
    const longest = Math.max(own.staleIfError, why === 'wait' ? own.staleWhileRevalidate : 0);
    if (now < entry.agedAt) return longest > 0 ? entry : undefined;
    return now < entry.agedAt + longest ? entry : undefined;
  }

  #serveForWaiting(call: Call, reason: 'staleAfter' | 'timeout'): boolean {
    const { flight, wishes, cell } = call;
    if (call.ending !== undefined || wishes.mode === 'bypass' || flight?.attached !== true) return false;
    const stale = this.#fallback(cell, 'wait');
    if (stale === undefined) return false;
    this.#serve(call, stale, 'stale', reason);
    this.#leave(call, flight, true);
    return true;
  }

  #leave(call: Call, flight: Flight | undefined, servedStale: boolean): void {
    call.flight = undefined;
    if (flight === undefined) return;
    flight.waiters.delete(call);
    if (servedStale) flight.background = true;
    if (flight.background || flight.waiters.size > 0) return;
    if (flight.attached && flight.cell.windows.onAbandon === 'finish') flight.background = true;
    else this.#detach(flight);
  }

  #detach(flight: Flight): void {
    flight.attached = false;
    flight.background = false;
    if (flight.cell.flight === flight) flight.cell.flight = undefined;
    this.#giveUpIfUnwanted(flight.run);
  }

  #forbid(flight: Flight): void {
    flight.forbidden ||= flight.attached;
    this.#detach(flight);
  }

  /** The generator of a forbidden flight is not taken at its word that the old value holds: it has to make one. */
  #renewsForbidden({ flights, times }: Run): boolean {
    const [flight] = flights;
    if (flights.length !== 1 || flight?.previous === undefined) return false;
    this.#adopt(flight);
    return flight.forbidden && times <= mostRestarts && flight.run.state === 'running';
  }

  /** What was said of the old value while it was renewed was said of the renewed one. */
  #adopt(flight: Flight): void {
    for (const tag of flight.previous?.tags ?? []) flight.tags.add(tag);
    this.#reconsider(flight);
  }

  #giveUpIfUnwanted(run: Run): void {
    const wanted = run.flights.some(
      ({ landed, background, waiters }) => !landed && (background || waiters.size > 0),
    );
    if (!wanted) this.#abandon(run, undefined);
  }

  #abandon(run: Run, error: string | undefined): void {
    if (run.state !== 'running') return;
    run.state = 'abandoned';
    for (const flight of run.flights) this.#fail(flight, error ?? 'unwanted', error !== undefined);
  }

  /** Selectors by tag that came while the generator ran mean the flight as soon as it has the tag. */
  #reconsider(flight: Flight): void {
    const decided = flight.undecided.filter(({ tag }) => flight.tags.has(tag));
    flight.undecided = flight.undecided.filter(({ tag }) => !flight.tags.has(tag));
    for (const { action, sequence } of decided) {
      if (action === 'expire') {
        flight.expired = true;
        continue;
      }
      const later = [...flight.waiters].filter((call) => call.joined >= sequence);
      for (const call of later) flight.waiters.delete(call);
      this.#forbid(flight);
      for (const call of later) {
        call.flight = undefined;
        call.leads = false;
        this.#decide(call);
      }
    }
  }

  #serve(call: Call, entry: Entry, outcome: 'hit' | 'stale', reason: StaleReason | undefined): void {
    const { value, madeAt } = entry;
    const stale = outcome === 'stale' && 'aged';
    this.#end(call, { outcome, value, stale, age: this.now - madeAt, reason });
  }

  #end(call: Call, ending: Ending): void {
    call.ending ??= ending;
  }

  #alarm(after: number, ring: () => void): void {
    this.#alarms.push({ at: this.now + after, order: this.#order, ring });
    this.#order += 1;
  }
}

/** As many times may a generation be begun anew. */
const mostRestarts = 3;

/** Asked anew each time: what is delivered to one flight can end the run. */
function isRunning(run: Run): boolean {
  return run.state === 'running';
}
