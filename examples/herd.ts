/**
 * A thousand callers want the same summary at the same moment. It is made once, and all of them get it.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from 'holdfast';

await using cache = createCache();

let providerCalls = 0;

/** Stands for a call to a model: slow, and paid by the token. */
async function summarize(signal: AbortSignal): Promise<string> {
  providerCalls += 1;
  await delay(50, undefined, { signal });
  return 'Holdfast keeps what is expensive to make again.';
}

const callers = Array.from({ length: 1_000 }, () =>
  cache.getOrGenerate('summary of README.md', async (ctx) => {
    const summary = await summarize(ctx.signal);
    ctx.cost({ inputTokens: 4_000, outputTokens: 100, usd: 0.0015 });
    return summary;
  }),
);
const summaries = await Promise.all(callers);

const { calls, outcomes, generations, spent, saved } = cache.stats();
console.log(`${calls} callers, ${providerCalls} call to the provider, ${new Set(summaries).size} summary`);
console.log(`outcomes: ${outcomes.generated} generated, ${outcomes.coalesced} coalesced`);
console.log(`generations: ${generations.started} started, ${generations.succeeded} succeeded`);
console.log(`spent $${spent.usd.toFixed(4)}, saved $${saved.usd.toFixed(4)}`);
assert.deepEqual([providerCalls, outcomes.generated, outcomes.coalesced], [1, 1, 999]);
