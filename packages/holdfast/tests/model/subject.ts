import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import {
  type GenerationContext,
  HoldfastBulkError,
  HoldfastError,
  type KeyInput,
  type Outcome,
  outcomes,
} from '../../src/index.ts';
import { assertInvariants, createTestCache, settled } from '../../src/testing/index.ts';
import { Oracle } from './oracle.ts';
import { kinds, type WindowsName } from './policy.ts';
import type { Call, Cell, Ending, Run, Yield } from './state.ts';

/** A run of a generator that waits until a test says what becomes of it. */
export interface ControlledRun {
  readonly caller: number;
  readonly keys: readonly KeyInput[] | undefined;
  readonly ctx: GenerationContext;
  readonly finish: (what: Yield | { readonly how: 'undefined' }, cells: readonly Cell[]) => void;
}

export type Via = 'resolve' | 'getOrGenerate' | 'lookup' | 'get';
type Observed = { value?: unknown; error?: string } & Partial<Ending>;

interface Asked {
  readonly expected: () => Observed | undefined;
  observed: Observed | undefined;
  readonly what: string;
}

/** The names of keys in the oracle, and the keys themselves: a string, an array, and a string that looks like it. */
const keysByName: Readonly<Record<string, KeyInput>> = { x: 'x', pair: ['x', 1], odd: '\u0000a' };
export const keyNames = Object.keys(keysByName);
export const keyOf = (name: string): KeyInput => keysByName[name] as KeyInput;

const text = (error: unknown): string => {
  if (HoldfastError.isInstance(error)) {
    return error.code === 'E_REMEMBERED_FAILURE' ? `${error.code}: ${text(error.cause)}` : error.code;
  }
  return error instanceof Error ? error.message : String(error);
};

/** A cache, the oracle beside it, and everything that was asked of both. */
export class Subject {
  readonly oracle = new Oracle();
  readonly parts = createTestCache({ kinds });
  readonly runs: ControlledRun[] = [];
  #closed = false;
  readonly #asked = new Set<Asked>();

  get cache() {
    return this.parts.cache;
  }

  get clock() {
    return this.parts.clock;
  }

  view(scope: string) {
    return scope === '' ? this.cache : this.cache.scope(scope);
  }

  handle({ scope, kind }: { scope: string; kind: WindowsName }) {
    return this.view(scope).kind(kind);
  }

  /** A generator that waits to be told. */
  generator(caller: number) {
    return (ctx: GenerationContext) => this.#run<string>(caller, undefined, ctx);
  }

  bulkGenerator(caller: number) {
    return (missing: readonly KeyInput[], ctx: GenerationContext) =>
      this.#run<Iterable<readonly [KeyInput, string]>>(caller, missing, ctx);
  }

  /** Notes a call that was made of both. */
  expectCall(call: Call, via: Via, real: Promise<unknown>, what: string): void {
    this.#expect(() => call.ending && seenBy(via, call.ending), real, what, via);
  }

  expectBulk(calls: readonly Call[], names: readonly string[], real: Promise<Map<KeyInput, unknown>>): void {
    const expected = (): Observed | undefined => {
      const endings = calls.map(({ ending }) => ending && seenBy('getOrGenerate', ending));
      if (endings.some((ending) => ending === undefined)) return undefined;
      const values = endings.flatMap((ending, index) =>
        ending !== undefined && 'value' in ending ? [[names[index], ending.value]] : [],
      );
      const errors = endings.flatMap((ending) => (ending?.error === undefined ? [] : [ending.error]));
      return { value: JSON.stringify([values, errors]) };
    };
    const nameOf = (key: unknown) => keyNames.find((name) => keyOf(name) === key);
    const shown = (results: ReadonlyMap<unknown, unknown>, errors: readonly unknown[]) =>
      JSON.stringify([[...results].map(([key, value]) => [nameOf(key), value]), errors.map(text)]);
    const observed = real.then(
      (results) => shown(results, []),
      (error: unknown) => {
        if (!(error instanceof HoldfastBulkError)) throw error;
        return shown(error.results, error.errors);
      },
    );
    this.#expect(expected, observed, 'bulk', 'getOrGenerate');
  }

  /** The real run that stands for one of the oracle: the same caller's, as the same in order; the last, if it ran again. */
  realRun(run: Run): ControlledRun {
    const index = this.oracle.runs.filter(({ caller }) => caller === run.caller).indexOf(run);
    const own = this.runs.filter(({ caller }) => caller === run.caller);
    // All runs of one generation share its signal.
    const signal = [...new Set(own.map(({ ctx }) => ctx.signal))][index];
    const real = own.findLast(({ ctx }) => ctx.signal === signal);
    if (real === undefined) throw new Error(`the generator of call ${run.caller} did not run`);
    return real;
  }

  /** After every step: cache and oracle tell the same of everything that can be seen. */
  async compare(): Promise<void> {
    await settled();
    const { oracle, cache } = this;
    assertInvariants(cache, { quiet: false });
    for (const asked of this.#asked) {
      const expected = asked.expected();
      same(asked.observed, expected, asked.what);
      if (expected !== undefined) this.#asked.delete(asked);
    }
    const ran = oracle.runs.flatMap(({ caller, times }) => new Array<number>(times).fill(caller));
    const sorted = (callers: number[]) => callers.sort((left, right) => left - right);
    same(sorted(this.runs.map(({ caller }) => caller)), sorted(ran), 'the callers whose generators ran');
    for (const run of oracle.runs) {
      const { ctx } = this.realRun(run);
      same(ctx.signal.aborted, run.state === 'abandoned', 'ctx.signal');
      if (run.state === 'running') same(ctx.stale, oracle.staleOf(run), 'ctx.stale');
    }
    if (!this.#closed) for (const cell of oracle.cells.values()) this.#compareCell(cell);
    this.#compareStats();
  }

  /** Ends what is under way, in one of two ways, and closes. */
  async end(how: 'finish' | 'hang'): Promise<void> {
    const { oracle } = this;
    if (how === 'finish') {
      // A run that ends can let another start.
      for (let run = oracle.runs.find(running); run !== undefined; run = oracle.runs.find(running)) {
        this.settle(run, { how: 'value', value: () => 'last' });
        await this.compare();
      }
    } else {
      // Every flight's time is up by then, also of those that began when another's was.
      for (let round = 0; round < 3; round += 1) {
        oracle.advance(300);
        await this.clock.advance(300);
        await this.compare();
      }
    }
    expect(oracle.calls.filter(({ ending }) => ending === undefined)).toEqual([]);
    assertInvariants(this.cache);
    await this.cache.close();
    this.#closed = true;
    await this.compare();
    expect(this.clock.timers, 'timers left').toBe(0);
    expect(this.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
    await expect(this.cache.getOrGenerate('x', () => 'late')).rejects.toMatchObject({ code: 'E_CLOSED' });
  }

  settle(run: Run, what: Yield | { readonly how: 'undefined' }): void {
    const real = this.realRun(run);
    this.oracle.settle(run, what.how === 'undefined' ? { how: 'error', error: 'E_UNDEFINED_VALUE' } : what);
    real.finish(
      what,
      run.flights.map(({ cell }) => cell),
    );
  }

  #run<T>(caller: number, keys: readonly KeyInput[] | undefined, ctx: GenerationContext): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const finish: ControlledRun['finish'] = (what, cells) => {
      if (what.how === 'error') {
        reject(new Error(what.error));
        return;
      }
      const made = (cell: Cell): unknown => {
        if (what.how === 'undefined') return undefined;
        if (what.how === 'notModified') return ctx.notModified();
        return what.how === 'skip' ? ctx.skip(what.value(cell)) : what.value(cell);
      };
      resolve(
        keys === undefined
          ? made(cells[0] as Cell)
          : cells.map((cell) => [keyOf(cell.key), made(cell)] as const),
      );
    };
    this.runs.push({ caller, keys, ctx, finish });
    return promise as Promise<T>;
  }

  #expect(expected: () => Observed | undefined, real: Promise<unknown>, what: string, via: Via): void {
    const asked: Asked = { expected, observed: undefined, what };
    this.#asked.add(asked);
    real.then(
      (value) => {
        asked.observed = via === 'getOrGenerate' || via === 'get' ? { value } : resolution(value);
      },
      (error: unknown) => {
        asked.observed = { error: text(error) };
      },
    );
  }

  #compareCell(cell: Cell): void {
    const { entry } = cell;
    const { now } = this.oracle;
    same(
      this.handle(cell).peek(keyOf(cell.key)),
      entry && { value: entry.value, age: now - entry.madeAt, stale: now >= entry.agedAt && 'aged' },
      `what is kept as ${cell.scope}/${cell.kind}/${cell.key}`,
    );
  }

  #compareStats(): void {
    const { calls, runs } = this.oracle;
    const all = this.cache.stats();
    // `cache.stats()` covers all scopes.
    const tenant = this.cache.scope('tenant').stats();
    const ended = calls.filter(({ ending }) => ending !== undefined);
    same(all.calls, ended.length, 'calls');
    for (const kind of new Set(calls.map(({ cell }) => cell.kind))) {
      const own = ended.filter(({ cell }) => cell.kind === kind);
      same(all.kinds[kind]?.outcomes, count(own), `outcomes of ${kind}`);
      const theirs = own.filter(({ cell }) => cell.scope === 'tenant');
      same(tenant.kinds[kind]?.outcomes ?? count([]), count(theirs), `outcomes of ${kind} of the tenant`);
      const ran = runs.filter((run) => run.kind === kind);
      const inState = (state: Run['state']) => ran.filter((run) => run.state === state).length;
      const { started, running, abandoned, succeeded, failed } = all.kinds[kind]?.generations ?? nothingRan;
      same(
        { started, running, abandoned, ended: succeeded + failed },
        {
          started: ran.length,
          running: inState('running'),
          abandoned: inState('abandoned'),
          ended: inState('ended'),
        },
        `generations of ${kind}`,
      );
    }
  }
}

/** `expect` with a message costs too much for ten thousand comparisons that hold. */
function same(real: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(real, expected)) expect(real, what).toStrictEqual(expected);
}

const nothingRan = { started: 0, running: 0, abandoned: 0, succeeded: 0, failed: 0 };

function count(calls: readonly Call[]): Record<Outcome, number> {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const { ending } of calls) if (ending !== undefined) counts[ending.outcome] += 1;
  return counts;
}

const running = ({ state }: Run): boolean => state === 'running';

function resolution(value: unknown): Observed {
  if (value === undefined) return { value };
  const { cost: _cost, ...seen } = value as Ending & { cost?: unknown };
  return seen;
}

function seenBy(via: Via, ending: Ending): Observed {
  const { outcome, value, error, stale, age, reason } = ending;
  if (outcome === 'missed') {
    return via === 'get' || via === 'lookup' ? { value: undefined } : { error: 'E_NOT_CACHED' };
  }
  if (error !== undefined) return { error };
  if (via === 'get' || via === 'getOrGenerate') return { value };
  return { value, outcome, stale, age: age ?? 0, ...(reason !== undefined && { reason }) };
}
