import type { Mutation } from './mutation.ts';

const exchanges = 'src/llm/exchanges.test.ts';
const judge = 'src/llm/gemini/judge.test.ts';

/** What is counted as spent and saved. Each as an edit that switches it off. */
export const ledgerMutations: readonly Mutation[] = [
  {
    rule: "the provider's own prices hold for its own address only",
    promise: 'ledger',
    file: 'llm/exchanges.ts',
    find: 'baseUrl === provider.baseUrl || simulated === true ? provider.prices : undefined;',
    replace: 'provider.prices;',
    tests: [exchanges],
  },
  {
    rule: 'what is simulated is reported as that',
    promise: 'ledger',
    file: 'llm/taping.ts',
    find: ', ...(simulated && { simulated }) });',
    replace: ' });',
    tests: [exchanges],
  },
  {
    rule: 'the seconds of a simulated answer that fails are simulated',
    promise: 'ledger',
    file: 'llm/taping.ts',
    find: '  if (simulated) ctx.cost({ simulated });\n',
    replace: '',
    tests: [exchanges],
  },
  {
    rule: 'simulated and real costs are counted apart',
    promise: 'ledger',
    file: 'ledger/account.ts',
    find: 'return cost !== undefined && isSimulated(cost) ? this.simulated : this.real;',
    replace: 'return cost !== undefined && isSimulated(cost) ? this.real : this.real;',
    tests: ['src/cache/stats.test.ts', 'src/cache/worth.test.ts'],
  },
  {
    rule: 'what is kept and what is shared save apart',
    promise: 'ledger',
    file: 'ledger/account.ts',
    find: 'const saved = this.#of(cost)[by];',
    replace: "const saved = this.#of(cost)[by === 'coalesced' ? 'hit' : by];",
    tests: [exchanges, 'src/cache/worth.test.ts'],
  },
  {
    rule: "what the provider's own cache took off is no part of what was spent",
    promise: 'ledger',
    file: 'ledger/tally.ts',
    find: 'else tally.usd += usd * times;',
    replace: 'else tally.usd += (usd + cachedUsd) * times;',
    tests: ['src/ledger/tally.test.ts', 'src/cache/worth.test.ts'],
  },
  {
    rule: 'what has no price is unpriced, and never guessed',
    promise: 'ledger',
    file: 'ledger/tally.ts',
    find: 'if (usd === undefined) tally.unpricedTokens += (inputTokens + outputTokens) * times;',
    replace: 'if (usd === undefined) tally.usd += 0;',
    tests: ['src/ledger/tally.test.ts', exchanges],
  },
  {
    rule: 'thoughts are paid as what was written',
    promise: 'ledger',
    file: 'llm/gemini/usage.ts',
    find: 'count(usage.candidatesTokenCount) + count(usage.thoughtsTokenCount),',
    replace: 'count(usage.candidatesTokenCount),',
    tests: [judge],
  },
  {
    rule: 'an attempt that failed is paid for, as far as it told',
    promise: 'ledger',
    file: 'llm/taping.ts',
    find: '          report(usage, cost);\n',
    replace: '',
    tests: ['src/llm/exchange-costs.test.ts'],
  },
  {
    rule: 'a stream that breaks, or that all have left, is paid for, too',
    promise: 'ledger',
    file: 'llm/making.ts',
    find: 'if (chunks.length > 0) taping.spent(',
    replace: 'if (chunks.length < 0) taping.spent(',
    tests: ['src/llm/exchange-costs.test.ts', 'src/llm/exchanges-account.test.ts'],
  },
  {
    rule: 'an answer that is of no use to who waited for it saves nothing',
    promise: 'ledger',
    file: 'cache/call.ts',
    find: 'const refusal = this.wishes.viewer?.refusalOf?.(value);',
    replace: 'const refusal: unknown = undefined;',
    tests: ['src/cache/live.test.ts', 'src/llm/exchange-costs.test.ts'],
  },
];
