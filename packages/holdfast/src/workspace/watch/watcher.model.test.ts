import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, changes, harms, questions, smallDisk } from '../history.test-support.ts';
import type { Hint, WatchReport } from './platform.ts';
import { Trial } from './trial.test-support.ts';

/*
 * Random histories of a small disk against a workspace that watches it, with everything in between coming at random times:
 * what the kernel tells, what the platform does, and the turns of the event loop. The oracle is a workspace that does not
 * watch.
 */

interface Step {
  readonly text: string;
  act(trial: Trial): unknown;
}

const step = (text: string, act: Step['act']): Step => ({ text, act });

const change = changes.map((one) => step(one.text, (trial) => trial.change(one)));
const question = questions.map((one) => step(JSON.stringify(one), (trial) => trial.ask(one)));
const recheck = fc.nat(50).map((index) => step(`check ${index}`, (trial) => trial.recheck(index)));
const sync = fc.constant(step('sync', (trial) => trial.sync()));
const orders = fc.nat(5).map((most) => step(`work ${most}`, (trial) => trial.watching.platform.work(most)));
const reports = fc
  .nat(5)
  .map((most) => step(`hear ${most}`, (trial) => trial.watching.platform.deliver(most)));
const turn = fc.constant(step('turn', (trial) => trial.watching.turn()));
const time = fc
  .constantFrom(1, 10, 50, 300)
  .map((ms) => step(`pass ${ms}`, (trial) => trial.watching.clock.advance(ms)));

const usualWithoutSync = fc.oneof(
  { weight: 10, arbitrary: change },
  { weight: 5, arbitrary: question },
  { weight: 4, arbitrary: recheck },
  { weight: 3, arbitrary: orders },
  { weight: 3, arbitrary: reports },
  { weight: 3, arbitrary: turn },
  { weight: 3, arbitrary: time },
);
const usual = fc.oneof({ weight: 31, arbitrary: usualWithoutSync }, { weight: 3, arbitrary: sync });
const changeOfRoot: Change = {
  text: 'change names in the root',
  change: (disk) => ['a', 'b'].map((name) => disk.file(`/r/${name}`, 'at last')),
};

const rounds = (share: number) => ({ numRuns: Math.ceil(share * (fc.readConfigureGlobal().numRuns ?? 100)) });

const directories = fc.constantFrom('/r', '/r/d', '/r/d/e', '/r/d/.x', '/out', '/r/unknown');
const reason = fc.constantFrom(
  { reason: 'absent', code: 'ENOENT' } as const,
  { reason: 'forbidden', code: 'EACCES' } as const,
  { reason: 'exhausted', code: 'ENOSPC' } as const,
  { reason: 'unsupported', code: 'nfs' } as const,
  { reason: 'failed', code: 'EIO' } as const,
  undefined,
);
const say = (text: string, report: WatchReport): Step =>
  step(text, (trial) => trial.watching.platform.say(report));
const fault: fc.Arbitrary<Step> = fc.oneof(
  fc.constant(say('overflow', { type: 'overflow', events: 9_000 })),
  fc.constant(say('die', { type: 'died', error: new Error('dead') })),
  directories.map((directory) => say(`lose ${directory}`, { type: 'lost', directory, code: undefined })),
  fc.tuple(directories, reason).map(([directory, refusal]) =>
    step(`refuse ${directory} ${refusal?.reason}`, ({ watching: { platform } }) => {
      platform.refuse = (path) => (path === directory ? refusal : undefined);
    }),
  ),
  fc
    .constantFrom('synced' as const, 'unwritable' as const, 'missed' as const, 'silent' as const)
    .map((answer) =>
      step(`answer ${answer}`, ({ watching: { platform } }) => {
        platform.answer = answer;
      }),
    ),
  fc.boolean().map((hangs) =>
    step(`hang ${hangs}`, ({ watching: { platform } }) => {
      platform.hangs = hangs;
    }),
  ),
  fc.constant(say('talk nonsense', { type: 'armed', directories: undefined as never })),
  harms.map((one) => step(one.text, (trial) => trial.change(one))),
);

const invented: fc.Arbitrary<Hint> = fc.record({
  directory: directories,
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e', '.gitignore', undefined),
  structural: fc.boolean(),
});
const mangling: fc.Arbitrary<Step> = fc
  .tuple(fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }), fc.array(invented, { maxLength: 5 }))
  .map(([choices, others]) =>
    step(`mangle ${choices}`, ({ watching: { platform } }) => {
      let count = 0;
      platform.mangle = (hints) => {
        if (hints.length === 0) return hints;
        const told = hints.flatMap((hint) => {
          const choice = choices[count++ % 7];
          return choice === 0 ? [] : choice === 1 ? [hint, hint] : [hint];
        });
        return choices[count++ % 7] === 0 ? [...others, ...told.reverse()] : told;
      };
    }),
  );

async function run(history: readonly Step[], prepare: (trial: Trial) => void = () => {}): Promise<Trial> {
  const trial = await Trial.begin(smallDisk(1, true));
  prepare(trial);
  for (const { act } of history) await act(trial);
  return trial;
}

/** Nothing goes wrong any more, and what had to wait has waited. */
async function heal({ watching }: Trial): Promise<void> {
  const { disk, platform } = watching;
  platform.hangs = false;
  platform.answer = 'synced';
  platform.refuse = () => undefined;
  platform.mangle = (hints) => hints;
  if (!disk.move('/elsewhere', '/r')) disk.directory('/r');
  disk.touch('/r', { permissions: 0o755 });
  await watching.pass(65_000, 250);
}

describe('what is said to hold without a look', () => {
  it('holds after a sync, whatever happened, and every change was told', async () => {
    let held = 0;
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(usual, { minLength: 5, maxLength: 60, size: 'max' }), async (history) => {
        const trial = await run(history);
        await trial.sync();
        await trial.end();
        held += trial.held;
        asked += trial.asked;
      }),
      rounds(3),
    );
    expect(held / asked).toBeGreaterThan(0.9);
  });

  it('holds again after whatever went wrong, and states are told as they are', async () => {
    const met = new Set<string>();
    const mixed = fc.oneof({ weight: 8, arbitrary: usual }, { weight: 3, arbitrary: fault });
    await fc.assert(
      fc.asyncProperty(fc.array(mixed, { minLength: 5, maxLength: 60, size: 'max' }), async (history) => {
        const trial = await run(history, (begun) => {
          begun.faulty = true;
        });
        await heal(trial);
        await trial.sync();
        const status = trial.watching.workspace.status();
        const isHopeless = 'reason' in status && status.reason.includes('does not tell of changes');
        const state = isHopeless ? 'DEGRADED' : 'LIVE';
        if (trial.entries.length > 0) expect(status).toMatchObject({ state });
        for (const { state } of trial.watching.states) met.add(state);
        await trial.end();
      }),
      rounds(2),
    );
    expect([...met].toSorted()).toEqual(['DEGRADED', 'LIVE', 'SCANNING', 'UNKNOWN']);
  });
});

describe('what is read and checked', () => {
  it('does not depend on what is heard, and the watching goes on', async () => {
    const compare = fc.constant(step('compare', (trial) => trial.compare()));
    const wild = fc.oneof(
      { weight: 9, arbitrary: usualWithoutSync },
      { weight: 1, arbitrary: mangling },
      { weight: 2, arbitrary: compare },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(wild, { minLength: 5, maxLength: 60, size: 'max' }), async (history) => {
        const trial = await run(history);
        await trial.watching.finish(trial.settled());
        await trial.compare();
        await heal(trial);
        expect(trial.watching.errors).toEqual([]);
        trial.forgive();
        await trial.sync();
        trial.change(changeOfRoot);
        await trial.sync();
        await trial.end();
      }),
      rounds(1),
    );
  });
});
