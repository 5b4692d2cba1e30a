import fc from 'fast-check';
import { expect, test } from 'vitest';
import { windowsNames } from './policy.ts';
import { histories, type Story } from './steps.ts';
import { Subject } from './subject.ts';

/*
 * Promises 1, 7, 8, 9, 12 and 14 at once: a cache does exactly what the oracle says, whatever is asked of it in
 * whatever order. After every step all that can be seen of both is compared.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
const kindPair = fc.tuple(fc.constantFrom(...windowsNames), fc.constantFrom(...windowsNames));

test('every operation does what the oracle says, in any order', async () => {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(
      kindPair,
      histories(60),
      fc.constantFrom('finish', 'hang'),
      async (kinds, commands, end) => {
        const subject = new Subject();
        const story: Story = { kinds, steps: 0, controllers: [] };
        await fc.asyncModelRun(() => ({ model: story, real: subject }), commands);
        await subject.end(end);
        steps += story.steps;
      },
    ),
    { numRuns: rounds * 2 },
  );
  expect(steps).toBeGreaterThan(rounds);
});
