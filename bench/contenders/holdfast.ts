import { createCache, kind } from 'holdfast';
import { type Contender, hour } from './contender.ts';

/** A handle of a kind with a ttl; the ledger, S3-FIFO and freezing are as they come, on. */
export function open(maximum: number): Contender {
  const cache = createCache({
    kinds: { answer: kind<unknown>({ ttl: hour }) },
    maxEntries: maximum,
    maxBytes: '4GiB',
  });
  const answers = cache.kind('answer');
  return {
    get: (key) => answers.get(key),
    read: (key, generate) => answers.getOrGenerate(key, generate),
    set: (key, value) => answers.set(key, value),
    close: () => cache.close(),
  };
}
