import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WorkspaceEvent } from '../../events/event.ts';
import type { SourceDependency } from '../../model/dependency.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Arming } from './arming.ts';
import { DirectoryMap } from './directory-map.ts';
import type { Inspector } from './inspection.ts';
import { Place } from './place.ts';
import { Settling } from './settling.ts';
import { Standing } from './standing.ts';
import { Telling } from './telling.ts';
import { openWatching, stateOf, told, watched } from './watching.test-support.ts';

describe('whatever goes wrong', () => {
  it('with a path that cannot be looked at is a warning: it is unknown, and its next change is told', async () => {
    const watching = await openWatching(['a', 'b']);
    const [a, b] = await watched(watching, 'a', 'b');
    const since = watching.watch.revision;
    watching.disk.touch('/r/a', { permissions: 0 });
    await watching.sync();
    expect(watching.warnings).toMatchObject([{ path: 'a', error: { code: 'E_FILE_UNREADABLE' } }]);
    expect(watching.watch.holds([a as SourceDependency], since)).toBe(false);
    expect(watching.watch.holds([b as SourceDependency], -1)).toBe(true);
    watching.disk.touch('/r/a', { permissions: 0o644 });
    watching.disk.write('/r/a', 'next');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
    expect(watching.workspace.status()).toMatchObject({ warnings: 1, errors: 0 });
  });

  it('with an invalidation is an error: others are told, and the next change is', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    let revisions = 0;
    watching.watch.onRevision(() => {
      throw new Error('cannot invalidate');
    });
    watching.watch.onRevision(() => {
      revisions += 1;
    });
    watching.disk.write('/r/a', 'one');
    await watching.sync();
    expect(revisions).toBeGreaterThan(0);
    expect(watching.errors).toContainEqual(new Error('cannot invalidate'));
    watching.disk.write('/r/a', 'two');
    await watching.sync();
    expect(told(watching)).toEqual(['file a', 'file a']);
    expect(stateOf(watching)).toBe('LIVE');
  });

  it('with a listener is an error, too', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    watching.watch.subscribe(({ type }) => {
      throw new Error(`cannot hear of ${type}`);
    });
    watching.disk.write('/r/a', 'one');
    await watching.sync();
    expect(watching.errors).toEqual([new Error('cannot hear of workspace.changed')]);
    watching.disk.write('/r/a', 'two');
    await watching.sync();
    expect(told(watching)).toEqual(['file a', 'file a']);
    expect(watching.workspace.status().errors).toBeGreaterThanOrEqual(2);
    // Of what it threw when it was told of what it threw nobody is told but the process, and once.
    expect(warned).toHaveBeenCalledTimes(1);
    expect(warned).toHaveBeenCalledWith(
      expect.stringContaining('cannot hear of workspace.error'),
      expect.objectContaining({ code: 'W_WATCH' }),
    );
  });

  it('in looking at a place is an error: it is unknown, and the others are looked at', async () => {
    const clock = new ManualClock();
    const telling = new Telling();
    const events: WorkspaceEvent[] = [];
    telling.subscribe((event) => events.push(event));
    const standing = new Standing(telling, clock);
    standing.enter({ state: 'LIVE', epoch: 1 });
    let broken = true;
    const inspector = {
      begin: () => {},
      turn: async () => {},
      route: () => [],
      look: ({ dependency }: Place) => {
        if (broken && 'path' in dependency && dependency.path === 'a') throw new Error('broken');
        return { digest: 'now' };
      },
      survey: async () => {
        throw new Error('broken, too');
      },
    };
    const arming = new Arming(undefined);
    const settling = new Settling({
      clock,
      telling,
      standing,
      arming,
      directories: new DirectoryMap(['/r'], '/', arming),
      inspector: inspector as unknown as Inspector,
    });
    const place = (path: string) => new Place({ type: 'file', path, digest: 'before' }, 'before');
    const [a, b] = [place('a'), place('b')];
    const glob = new Place({ type: 'glob', pattern: '*', options: {}, ignoreFiles: [], digest: '' }, '');
    a.digest = 'before';
    const { revision } = standing;
    settling.add([a, b, glob]);
    await settling.round();
    expect(standing.revision).toBeGreaterThan(revision);
    expect(a).toMatchObject({ digest: undefined, blocked: true });
    expect(glob).toMatchObject({ digest: undefined, blocked: true });
    expect(b.digest).toBe('now');
    expect(telling.errors).toBe(2);
    broken = false;
    settling.touch(new Set([a]));
    await settling.round();
    const changes = events.flatMap((event) => (event.type === 'workspace.changed' ? event.changes : []));
    expect(changes.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('with a report is an error: everything is looked at anew, and the next change is told', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    const { epoch } = watching.workspace.status();
    watching.platform.say({ type: 'touched', hints: [undefined as never] });
    watching.platform.say({ type: 'armed', directories: 7 as never });
    watching.platform.say(undefined as never);
    watching.platform.deliver();
    expect(watching.errors).toHaveLength(3);
    expect(watching.watch.revision).toBe(-1);
    await watching.sync();
    expect(watching.workspace.status()).toMatchObject({ state: 'LIVE' });
    expect(watching.workspace.status().epoch).toBeGreaterThan(epoch);
    watching.disk.write('/r/a', 'next');
    await watching.sync();
    expect(told(watching)).toEqual(['file a']);
  });

  it('in the platform, and was survived there, is told', async () => {
    const watching = await openWatching(['a']);
    await watched(watching, 'a');
    watching.platform.say({ type: 'error', error: new Error('survived') });
    watching.platform.say({ type: 'warning', directory: '/r', message: 'no name' });
    watching.platform.deliver();
    expect(watching.errors).toEqual([new Error('survived')]);
    expect(watching.warnings).toMatchObject([{ path: '.', error: { message: 'no name' } }]);
  });
});
