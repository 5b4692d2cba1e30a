import type { Mutation } from './mutation.ts';

const limiter = 'src/guard/rate-limiter.test.ts';
const guard = 'src/guard/guard.test.ts';
const queue = 'src/guard/fair-queue.test.ts';
const admission = 'src/guard/admission.test.ts';

/** The rules of the limits before a provider, and of those who wait for their turn. Each as an edit that switches it off. */
export const limitMutations: readonly Mutation[] = [
  {
    rule: 'a permit is stamped when its request is sent, and counts without end before',
    promise: 'guard',
    file: 'guard/memory-quota.ts',
    find: 'const counted = minute.reserve(inputTokens);',
    replace: 'const counted = minute.reserve(inputTokens);\n    minute.sent(counted, this.#clock.now());',
    tests: [limiter],
  },
  {
    rule: 'a request counts until a minute after its answer, not after its send',
    promise: 'guard',
    file: 'guard/sliding-minute.ts',
    find: 'const until = Math.min(now, counted.phase.at + this.#arrival) + minute;',
    replace: 'const until = counted.phase.at + minute;',
    tests: [limiter],
  },
  {
    rule: 'who cannot be let in by its deadline is refused at once',
    promise: 'guard',
    file: 'guard/limiter-line.ts',
    find: 'if (!(forecast instanceof Promise) && this.#isTooLate(ticket, forecast)) {',
    replace: 'if (this.#room.size < 0) {',
    tests: [limiter],
  },
  {
    rule: 'who is refused at once never had a place: it drives nobody out of a full queue',
    promise: 'guard',
    file: 'guard/limiter-line.ts',
    find: `    if (!(forecast instanceof Promise) && this.#isTooLate(ticket, forecast)) {
      return Promise.reject(this.#later(ticket));
    }
    const turn = this.#room.enter(ticket);
`,
    replace: `    const turn = this.#room.enter(ticket);
    if (!(forecast instanceof Promise) && this.#isTooLate(ticket, forecast)) {
      this.#room.refuse(ticket, this.#later(ticket));
    }
`,
    tests: [limiter],
  },
  {
    rule: 'the time to come back counts those who wait as served first, however urgent the refused one is',
    promise: 'guard',
    file: 'guard/limiter-line.ts',
    find: 'this.#ask(ticket, { ...ticket, deadline: Number.POSITIVE_INFINITY });',
    replace: 'this.#ask(ticket);',
    tests: [limiter],
  },
  {
    rule: 'tokens are reserved by an estimate and corrected by what was used',
    promise: 'guard',
    file: 'guard/sliding-minute.ts',
    find: '    this.#tokens += tokens - counted.tokens;\n    counted.tokens = tokens;\n',
    replace: '',
    tests: [limiter, guard],
  },
  {
    rule: 'a permit that was called off goes to the next, at once',
    promise: 'guard',
    file: 'guard/limiter-line.ts',
    find: '        grant.cancel();\n        this.#pump();\n',
    replace: '        grant.cancel();\n',
    tests: [limiter],
  },
  {
    rule: 'scopes take turns by what they were served',
    promise: 'guard',
    file: 'guard/fair-queue.ts',
    find: '    line.start += place.cost;\n',
    replace: '',
    tests: [queue],
  },
  {
    rule: 'a scope that was away has saved nothing up',
    promise: 'guard',
    file: 'guard/fair-queue.ts',
    find: 'line.start = Math.max(line.start, this.#virtual);',
    replace: 'line.start = 0;',
    tests: [queue],
  },
  {
    rule: 'a full queue gives the last place of its longest scope to one that has fewer',
    promise: 'guard',
    file: 'guard/fair-queue.ts',
    find: '    if (longest !== own) return last;\n',
    replace: '    if (longest !== own) return undefined;\n',
    tests: [queue],
  },
  {
    rule: 'who is in the queue of slots and has no time left for an answer gets none',
    promise: 'guard',
    file: 'guard/admission.ts',
    find: 'if (next.deadline - this.#clock.now() >= this.#time.value) {',
    replace: 'if (next.deadline > this.#clock.now()) {',
    tests: [admission],
  },
  {
    rule: 'whose answer would come past its deadline is shed at once',
    promise: 'guard',
    file: 'guard/admission.ts',
    find: 'if (this.#clock.now() + wait + 2 * this.#time.value >= deadline) {',
    replace: 'if (wait === Number.POSITIVE_INFINITY) {',
    tests: [admission],
  },
  {
    rule: 'a slot that was not used teaches nothing of how long a request takes',
    promise: 'guard',
    file: 'guard/admission.ts',
    find: 'cancel: () => giveBack() };',
    replace: 'cancel: () => giveBack(this.#clock.now() - began) };',
    tests: [admission],
  },
  {
    rule: 'what is kept for a model or project is forgotten when it is at rest',
    promise: 'guard',
    file: 'guard/by-name.ts',
    find: 'if (this.#isAtRest(value)) this.#values.delete(name);',
    replace: 'void [name, value];',
    tests: ['src/guard/by-name.test.ts', guard],
  },
];
