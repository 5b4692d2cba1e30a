/**
 * Many keys in one call: the generator is called once for all that is missing, and what fails takes nothing else
 * with it.
 */
import assert from 'node:assert/strict';
import { createCache, HoldfastBulkError, kind } from 'holdfast';

await using cache = createCache({ kinds: { embedding: kind<Float32Array>({ ttl: '7d' }) } });
const embeddings = cache.kind('embedding');

/** Stands for an endpoint that embeds several texts in one request, and refuses empty ones. */
async function embed(texts: readonly string[]): Promise<(Float32Array | undefined)[]> {
  console.log(`  one request for ${texts.length} texts`);
  return texts.map((text) => (text === '' ? undefined : new Float32Array([text.length, text.charCodeAt(0)])));
}

async function generate(missing: readonly string[]): Promise<[string, Float32Array][]> {
  const vectors = await embed(missing);
  return missing.flatMap((text, index): [string, Float32Array][] => {
    const vector = vectors[index];
    return vector === undefined ? [] : [[text, vector]];
  });
}

console.log('three texts:');
const first = await embeddings.getOrGenerateMany(['anchor', 'basin', 'cliff'], generate);
console.log(`  ${first.size} embeddings`);

console.log('five texts, two of them new:');
const second = await embeddings.getOrGenerateMany(['anchor', 'basin', 'cliff', 'delta', 'ember'], generate);
console.log(`  ${second.size} embeddings`);

console.log('two texts, one of them empty:');
try {
  await embeddings.getOrGenerateMany(['fern', ''], generate);
} catch (error) {
  if (!(error instanceof HoldfastBulkError)) throw error;
  console.log(`  ${error.message}; got ${[...error.results.keys()].join(', ')}`);
}

const { calls, outcomes } = cache.stats();
console.log(
  `${calls} calls: ${outcomes.hit} hits, ${outcomes.generated} generated, ${outcomes.failed} failed`,
);
assert.deepEqual([outcomes.hit, outcomes.generated, outcomes.failed], [3, 6, 1]);
