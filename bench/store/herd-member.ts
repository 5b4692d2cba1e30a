/** One process of a herd: says that it is there, and asks in many calls for the key that it is told. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { BentoCache, bentostore } from 'bentocache';
import { fileDriver } from 'bentocache/drivers/file';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import type { StoreHerdOptions } from '../measures/store-herd.ts';

export interface HerdCommand {
  readonly key: string;
  /** A file to which each run of the generator appends a byte. */
  readonly ledger: string;
}

/** `end`: when the last caller had the value, in milliseconds since 1970. */
export interface HerdTold {
  readonly end: number;
}

type MemberOptions = StoreHerdOptions & { readonly root: string };

interface Member {
  ask(key: string, generate: () => Promise<string>): Promise<string>;
  close(): Promise<void>;
}

async function open({ shelf, root }: MemberOptions): Promise<Member> {
  if (shelf === 'bentocache') {
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxItems: 1_000 }))
      .useL2Layer(fileDriver({ directory: join(root, 'bentocache'), pruneInterval: false }));
    const cache = new BentoCache({ default: 'disk', ttl: '1h', stores: { disk: store } });
    return {
      ask: (key, factory) => cache.getOrSet({ key, factory }),
      close: () => cache.disconnectAll(),
    };
  }
  const cache =
    shelf === 'none' ? createCache() : createCache({ store: await sqliteStore(join(root, 'store.sqlite')) });
  return { ask: (key, generate) => cache.getOrGenerate(key, generate), close: () => cache.close() };
}

const options = JSON.parse(process.argv[2] ?? '{}') as MemberOptions;
const member = await open(options);
const now = (): number => performance.timeOrigin + performance.now();

process.on('message', async ({ key, ledger }: HerdCommand) => {
  const generate = async (): Promise<string> => {
    appendFileSync(ledger, '.');
    await new Promise((resolve) => setTimeout(resolve, options.generator));
    return `the value of ${key}`;
  };
  const values = await Promise.all(Array.from({ length: options.callers }, () => member.ask(key, generate)));
  const end = now();
  if (values.some((value) => value !== `the value of ${key}`)) throw new Error('a caller got another value');
  process.send?.({ end } satisfies HerdTold);
});
process.once('disconnect', () => void member.close());
process.send?.({ end: now() } satisfies HerdTold);
