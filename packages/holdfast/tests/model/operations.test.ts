import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Histories, histories, type Story } from './commands.ts';
import { windowsNames } from './policy.ts';
import { failingStep } from './steps.ts';
import { Subject } from './subject.ts';

/*
 * Promises 1, 7, 8, 9, 12 and 14 at once: a cache does exactly what the oracle says, whatever is asked of it in
 * whatever order. After every step all that can be seen of both is compared.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;

/** Lives a history in a cache and in the oracle, and ends it in one of two ways. */
async function live(kinds: Story['kinds'], commands: Histories, end: 'finish' | 'hang'): Promise<number> {
  const subject = new Subject();
  const story: Story = { kinds, steps: 0, controllers: [] };
  await fc.asyncModelRun(() => ({ model: story, real: subject }), commands);
  await subject.end(end);
  return story.steps;
}

const end = fc.constantFrom('finish' as const, 'hang' as const);

test.each(windowsNames)(
  'every operation does what the oracle says, in any order, of the kind %s beside another',
  async (name) => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...windowsNames), histories(60), end, async (other, commands, how) => {
        steps += await live([name, other], commands, how);
      }),
      { numRuns: Math.ceil(rounds / 4) },
    );
    expect(steps).toBeGreaterThan(rounds);
  },
);

test.each(windowsNames)(
  'an entry of the kind %s whose generator keeps failing is served, held back and remembered as the oracle says',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(histories(40, failingStep), end, async (commands, how) => {
        await live([name, name], commands, how);
      }),
      { numRuns: Math.ceil(rounds / 4) },
    );
  },
);
