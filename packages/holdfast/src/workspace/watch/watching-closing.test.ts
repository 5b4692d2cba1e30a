import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Disk } from '../disk.test-support.ts';
import { openWorkspace } from '../index.ts';
import { openWatching, read, stateOf, touched, type Watching, watched } from './watching.test-support.ts';

describe('closing', () => {
  const died = { type: 'died', error: new Error('dead') } as const;
  const ways: Record<string, (watching: Watching) => unknown> = {
    'before anything was read': () => {},
    'before it was asked to watch': (watching) => void watching.workspace.read('a').catch(() => {}),
    'while it is UNKNOWN': async (watching) => {
      await watched(watching, 'a');
      watching.platform.hangs = true;
      watching.platform.say({ type: 'overflow', events: 9_000 });
      await watching.pass(1_000);
      expect(stateOf(watching)).toBe('UNKNOWN');
    },
    'while it is SCANNING': async (watching) => {
      await watching.workspace.read('d/b');
      await watching.clock.advance(0);
      expect(stateOf(watching)).toBe('SCANNING');
    },
    'while it is LIVE': (watching) => watched(watching, 'a', 'd/b'),
    'while something is to be looked at': async (watching) => {
      await watched(watching, 'a');
      watching.platform.say(touched('a'));
      watching.platform.deliver();
    },
    'while a large file is looked at': async (watching) => {
      watching.disk.file('/r/a', 'x'.repeat(100_000));
      await watched(watching, 'a');
      watching.platform.say(touched('a'));
      watching.platform.deliver();
      void watching.clock.advance(10);
    },
    'after an overflow': async (watching) => {
      await watched(watching, 'a');
      watching.platform.say({ type: 'overflow', events: 9_000 });
      watching.platform.deliver();
      expect(stateOf(watching)).toBe('UNKNOWN');
    },
    'while the root is gone': async (watching) => {
      await watched(watching, 'a');
      watching.disk.remove('/r');
      await watching.pass(700);
      expect(stateOf(watching)).toBe('UNKNOWN');
    },
    'while the platform is dead': async (watching) => {
      await watched(watching, 'a');
      watching.platform.say(died);
      watching.platform.deliver();
    },
    'while it is DEGRADED': async (watching) => {
      watching.platform.refuse = () => ({ reason: 'exhausted', code: 'ENOSPC' });
      await read(watching, 'a');
      await watching.pass(100);
      expect(stateOf(watching)).toBe('DEGRADED');
    },
    'while somebody waits for a sync': async (watching) => {
      await watched(watching, 'a');
      watching.platform.hangs = true;
      watching.workspace.sync().catch(() => {});
      await watching.rest();
    },
  };
  it.each(Object.entries(ways))('%s leaves no timer and no session', async (_, reach) => {
    const watching = await openWatching(['a', 'd/b']);
    await reach(watching);
    await watching.close();
    expect(watching.clock.timers).toBe(0);
    expect(watching.platform.live).toBe(0);
    expect(watching.watch.revision).toBe(-1);
    expect(watching.states.at(-1)?.state).toBe('OFF');
    watching.watch.track({ type: 'file', path: 'a', digest: 'x' }, undefined);
    await watching.clock.advance(100_000);
    expect(watching.clock.timers).toBe(0);
    expect(watching.platform.live).toBe(0);
  });

  it('waits for a session that was given up and has not ended yet', async () => {
    const clock = new ManualClock();
    const disk = new Disk();
    disk.directory('/r');
    disk.file('/r/a');
    let sessions = 0;
    const ends: (() => void)[] = [];
    const nothing = () => {};
    const workspace = await openWorkspace('/r', {
      fileSystem: disk,
      clock,
      watchPlatform: {
        name: 'silent',
        open: () => {
          sessions += 1;
          const close = () => new Promise<void>((resolve) => ends.push(resolve));
          return { arm: nothing, armFiles: nothing, disarm: nothing, sync: nothing, close };
        },
      },
    });
    workspace.watch?.subscribe(() => {});
    await workspace.read('a');
    for (let passed = 0; passed < 31_000; passed += 100) await clock.advance(100);
    expect(sessions).toBe(2);
    let done = false;
    const closing = workspace.close().then(() => {
      done = true;
    });
    await clock.advance(0);
    ends[1]?.();
    await clock.advance(0);
    expect(done).toBe(false);
    ends[0]?.();
    await closing;
  });
});
