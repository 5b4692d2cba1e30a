import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histories, type Story } from './commands.ts';
import { windowsNames } from './policy.ts';
import { Subject } from './subject.ts';

/*
 * Promises 1, 7, 8, 9, 12 and 14 at once: a cache does exactly what the oracle says, whatever is asked of it in
 * whatever order. After every step all that can be seen of both is compared.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;

test.each(windowsNames)(
  'every operation does what the oracle says, in any order, of the kind %s beside another',
  async (name) => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...windowsNames),
        histories(60),
        fc.constantFrom('finish', 'hang'),
        async (other, commands, end) => {
          const subject = new Subject();
          const story: Story = { kinds: [name, other], steps: 0, controllers: [] };
          await fc.asyncModelRun(() => ({ model: story, real: subject }), commands);
          await subject.end(end);
          steps += story.steps;
        },
      ),
      { numRuns: Math.ceil(rounds / 4) },
    );
    expect(steps).toBeGreaterThan(rounds);
  },
);
