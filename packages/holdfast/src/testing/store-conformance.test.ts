import { describe, expect, it } from 'vitest';
import { MemoryBackend, type MemoryBackendOptions } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import type {
  Claim,
  Fence,
  NewRecord,
  Store,
  StoreChange,
  StoredRecord,
  StoreSelector,
} from '../stores/store.ts';
import { ManualClock } from './manual-clock.ts';
import { Storm } from './store-conformance/storm.ts';
import { runStoreCase, type StoreBench, storeCases } from './store-conformance.ts';

type MakeStore = (backend: MemoryBackend) => Store;
type MakeBackend = (options: MemoryBackendOptions) => MemoryBackend;

const soundBackend: MakeBackend = (options) => new MemoryBackend(options);

function benchOf(make: MakeStore, backendOf = soundBackend): StoreBench {
  const clock = new ManualClock();
  const backends = new Map<string, MemoryBackend>();
  const over = (name: string, maxBytes: number) => {
    const backend = backends.get(name) ?? backendOf({ clock, maxBytes });
    backends.set(name, backend);
    return make(backend);
  };
  return {
    open: async (name) => over(name, 64e6),
    openSmall: async (name) => over(name, 500_000),
    clock,
    advance: (milliseconds) => clock.advance(milliseconds),
  };
}

/** The statements that a store breaks. */
async function broken(bench: StoreBench): Promise<string[]> {
  const names: string[] = [];
  for (const [subject, cases] of Object.entries(storeCases)) {
    for (const [index, storeCase] of cases.entries()) {
      await runStoreCase(storeCase, bench, `${subject}-${index}`).catch(() => names.push(storeCase.name));
    }
  }
  return names;
}

async function stormed(bench: StoreBench, rounds: number): Promise<unknown> {
  for (let seed = 0; seed < rounds; seed += 1) {
    const wrong = await new Storm(bench, `storm-${seed}`, seed).run(100).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Breaks one rule of a memory store each. */
const brokenStores: Record<string, MakeStore> = {
  'gives the record of another key': (backend) =>
    new (class extends MemoryStore {
      override async read(hash: string) {
        for await (const found of super.scan({})) if (found.hash !== hash) return found;
        return super.read(hash);
      }
    })(backend),
  'forgets that records were expired': (backend) =>
    new (class extends MemoryStore {
      override async read(hash: string): Promise<StoredRecord | undefined> {
        const found = await super.read(hash);
        return found && { ...found, expiredAt: undefined };
      }
    })(backend),
  'tells its own changes': (backend) =>
    new (class extends MemoryStore {
      override subscribe(listener: (change: StoreChange) => void) {
        const stops = [super.subscribe(listener), new MemoryStore(backend).subscribe(listener)];
        return () => stops.forEach((stop) => void stop());
      }
    })(backend),
  'invalidates by the first field alone': (backend) =>
    new (class extends MemoryStore {
      override invalidate(selector: StoreSelector) {
        return super.invalidate(Object.fromEntries(Object.entries(selector).slice(0, 1)));
      }
    })(backend),
  'takes an empty selector for none': (backend) =>
    new (class extends MemoryStore {
      override invalidate(selector: StoreSelector) {
        return super.invalidate(Object.keys(selector).length === 0 ? { tag: 'none' } : selector);
      }
    })(backend),
  'gives the same lease twice': (backend) =>
    new (class extends MemoryStore {
      override async acquire(hash: string, term: number): Promise<Claim> {
        const claim = await super.acquire(hash, term);
        return claim.state === 'held' ? { state: 'acquired', token: claim.change, sequence: 0 } : claim;
      }
    })(backend),
  'tells of a failure nobody': (backend) =>
    new (class extends MemoryStore {
      override release(hash: string, token: number) {
        return super.release(hash, token);
      }
    })(backend),
  'never wakes': (backend) =>
    new (class extends MemoryStore {
      override waitForChange(_hash: string, _seen: number, timeout: number) {
        return super.waitForChange(_hash, _seen, timeout).then(() => new Promise<void>(() => {}));
      }
    })(backend),
  'commits no empty envelope': (backend) =>
    new (class extends MemoryStore {
      override async commit(record: NewRecord, fence?: Fence) {
        return record.envelope.length === 0 ? 'full' : super.commit(record, fence);
      }
    })(backend),
  'goes on after it was closed': (backend) =>
    new (class extends MemoryStore {
      override async close() {}
    })(backend),
};

/** Breaks one fence each. */
const brokenFences: Record<string, MakeBackend> = {
  'does not look at tokens': (options) =>
    new (class extends MemoryBackend {
      override commit(...[record, fence, author]: Parameters<MemoryBackend['commit']>) {
        const token = this.leases.holder(record.hash);
        return super.commit(record, fence && token !== undefined ? { ...fence, token } : fence, author);
      }
    })(options),
  'does not look at what was invalidated': (options) =>
    new (class extends MemoryBackend {
      override commit(...[record, fence, author]: Parameters<MemoryBackend['commit']>) {
        return super.commit(record, fence && { ...fence, sequence: this.log.sequence }, author);
      }
    })(options),
  'lets leases go on after a set': (options) =>
    changed(new MemoryBackend(options), ({ leases, log }) => {
      leases.end = () => {};
      log.judge = () => ({ allowed: true, expiredAt: undefined });
    }),
  'forgets what was expired in the meantime': (options) =>
    changed(new MemoryBackend(options), ({ log }) => {
      const judge = log.judge.bind(log);
      log.judge = (...given) => {
        const judgement = judge(...given);
        return judgement.allowed ? { allowed: true, expiredAt: undefined } : judgement;
      };
    }),
};

function changed<T>(thing: T, change: (thing: T) => void): T {
  change(thing);
  return thing;
}

describe('the conformance suite', () => {
  it('is content with a sound store', async () => {
    expect(await broken(benchOf((backend) => new MemoryStore(backend)))).toEqual([]);
  });

  it.each(Object.entries(brokenStores))('notices a store that %s', async (_, make) => {
    expect(await broken(benchOf(make))).not.toEqual([]);
  });

  it.each(Object.entries(brokenFences))('notices a store that %s', async (_, backendOf) => {
    const sound: MakeStore = (backend) => new MemoryStore(backend);
    expect(await broken(benchOf(sound, backendOf))).not.toEqual([]);
    expect(await stormed(benchOf(sound, backendOf), 20)).toBeInstanceOf(Error);
  });
});
