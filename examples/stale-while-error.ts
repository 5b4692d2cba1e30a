/**
 * The provider goes down. Callers get the last value, marked as stale, for as long as `staleIfError` says; after the
 * first failure the provider is left alone for a while. Where nothing stale is kept there is one clear error.
 */
import assert from 'node:assert/strict';
import { createCache, type Generator, kind, type Resolution } from 'holdfast';

await using cache = createCache({
  kinds: { analysis: kind<string>({ ttl: '1h', staleIfError: '1d' }) },
});
const analyses = cache.kind('analysis');

let providerIsUp = true;
let providerCalls = 0;

const analyze: Generator<string> = () => {
  providerCalls += 1;
  if (!providerIsUp) throw new Error('503: the model is overloaded');
  return 'The question is about refunds.';
};

function report(what: string, { value, outcome, stale, reason }: Resolution<string>): void {
  const marks = stale === false ? '' : ` (${stale}, ${reason})`;
  console.log(`${what}: ${outcome}${marks}: ${value} [provider calls so far: ${providerCalls}]`);
}

report('provider up', await analyses.resolve('question 1', analyze));

providerIsUp = false;
await analyses.expire('question 1');
report('provider down', await analyses.resolve('question 1', analyze));
report('a moment later', await analyses.resolve('question 1', analyze));

const nothingKept = await analyses.resolve('question 2', analyze).catch((error: Error) => error);
assert(nothingKept instanceof Error);
console.log(`nothing kept: ${nothingKept.message} [provider calls so far: ${providerCalls}]`);

providerIsUp = true;
report('asked to refresh', await analyses.resolve('question 1', analyze, { mode: 'refresh' }));
assert.equal(providerCalls, 4);
