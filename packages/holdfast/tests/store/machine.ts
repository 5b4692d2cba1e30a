import { type Cache, type KindDefinition, type KindOptions, kind } from '../../src/index.ts';
import type { MemoryBackendOptions } from '../../src/stores/memory-backend.ts';
import type { Store } from '../../src/stores/store.ts';
import {
  assertInvariants,
  createTestCache,
  type Faults,
  FaultyStore,
  ManualClock,
  MemoryBackend,
  MemoryFiles,
  MemoryStore,
  settled,
} from '../../src/testing/index.ts';

type OwnKinds = { default: KindDefinition<unknown>; text: KindDefinition<string> };

export interface ProcessOptions {
  readonly kind?: KindOptions<unknown>;
  readonly coherence?: 'bounded' | 'strict';
  /** What goes wrong between this process and the store. */
  readonly faults?: Faults;
  readonly seed?: number;
  /** Between the process and its store, after the faults. */
  readonly wrap?: (store: Store) => Store;
}

/** A process: a cache of its own, and what its generators have done. */
export interface Process {
  readonly cache: Cache<OwnKinds>;
  readonly store: FaultyStore;
}

/** Several processes over one store, as on one machine: one clock, one backend, and files. */
export class Machine {
  readonly clock = new ManualClock();
  readonly backend: MemoryBackend;
  readonly files = new MemoryFiles({ a: '1' });
  readonly #opened: Process[] = [];

  constructor(options: Omit<MemoryBackendOptions, 'clock'> = {}) {
    this.backend = new MemoryBackend({ ...options, clock: this.clock });
  }

  open({ kind: options = {}, coherence = 'bounded', faults, seed, wrap }: ProcessOptions = {}): Process {
    const own = new MemoryStore(this.backend);
    const store = new FaultyStore(own, {
      faults: faults ?? (() => undefined),
      clock: this.clock,
      ...(seed !== undefined && { seed }),
    });
    const { cache } = createTestCache({
      clock: this.clock,
      store: wrap === undefined ? store : wrap(store),
      coherence,
      workspace: this.files,
      kinds: { default: kind(options), text: kind<string>() },
    });
    const process = { cache, store };
    this.#opened.push(process);
    return process;
  }

  /** Lets everything go on that needs no time. */
  async quiet(turns = 20): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await settled();
  }

  /** Time passes, and whatever falls due in it goes on in between. */
  async pass(milliseconds: number, step = 100): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      await this.clock.advance(Math.min(step, left));
      await this.quiet(3);
    }
  }

  /** At the end of a test: no cache contradicts itself, and (by default) nothing is under way. */
  assertInvariants(options: { readonly quiet?: boolean } = {}): void {
    for (const { cache } of this.#opened) assertInvariants(cache, options);
  }
}

/** A store between a process and its own, some of whose methods are others. */
export function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const own = (methods as Record<string | symbol, unknown>)[name] ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

/** A store that never answers what it is asked by these methods; by none given, any. */
export function hanging(store: Store, ...methods: readonly (keyof Store)[]): Store {
  const never = (): Promise<never> => new Promise(() => {});
  const all = [
    'read',
    'readMany',
    'commit',
    'delete',
    'invalidate',
    'expire',
    'acquire',
    'renew',
    'release',
  ] as const;
  const hung =
    methods.length > 0 ? methods : ([...all, 'waitForChange', 'dependents', 'catchUp', 'close'] as const);
  return withMethods(store, Object.fromEntries(hung.map((name) => [name, never])) as Partial<Store>);
}

/** A store whose notices come so much later, as those of another process may: up to 100 ms. */
export function slowToTell(store: Store, clock: ManualClock, milliseconds: number): Store {
  const late: { readonly at: number; readonly tell: () => void }[] = [];
  const tellUntil = (time: number): void => {
    while (late[0] !== undefined && late[0].at <= time) late.shift()?.tell();
  };
  return withMethods(store, {
    subscribe: (listener) =>
      store.subscribe((change) => {
        late.push({ at: clock.now() + milliseconds, tell: () => listener(change) });
        clock.setTimeout(() => tellUntil(clock.now()), milliseconds);
      }),
    catchUp: async () => {
      await store.catchUp();
      tellUntil(Number.POSITIVE_INFINITY);
    },
  });
}
