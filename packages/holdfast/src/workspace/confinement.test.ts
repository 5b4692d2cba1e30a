import { describe, expect, it } from 'vitest';
import { Disk } from './disk.test-support.ts';
import { openWorkspace, type WorkspaceOptions } from './index.ts';

/** A root `/p/r`, and beside it `/p/lib`, `/p/library` and `/p/other`, each with a file `x` that says where it is. */
function disk(): Disk {
  const made = new Disk();
  for (const path of ['/p', '/p/r', '/p/r/d', '/p/lib', '/p/lib/deep', '/p/library', '/p/other']) {
    made.directory(path);
    made.file(`${path}/x`, path);
  }
  return made;
}

const open = (on: Disk, options: WorkspaceOptions = {}) =>
  openWorkspace('/p/r', { fileSystem: on, clock: on.clock, ...options });
const allowLinksTo = ['../lib'];
const outside = { state: 'refused', dependency: { digest: 'unreadable' }, error: { code: 'E_OUTSIDE_ROOT' } };
const found = (text: string) => ({ state: 'found', value: new TextEncoder().encode(text) });

/** Where a link at `a` may and may not lead, with `/p/lib` allowed. */
const inside: Record<string, string> = {
  '../lib/x': '/p/lib',
  '/p/lib/x': '/p/lib',
  '../lib/deep/../x': '/p/lib',
  '../lib/deep/x': '/p/lib/deep',
  'd/../../lib/x': '/p/lib',
  '../lib/../r/x': '/p/r',
};
const escapes = [
  '../library/x',
  '/p/library/x',
  '../lib/../other/x',
  '../lib/../library/x',
  '../lib/deep/../../other/x',
  '../other/x',
  '../other/nothing',
  '../lib/../other/nothing',
  '../library/nothing',
  '..',
  '../..',
  '../lib/..',
];

describe('links out of the root', () => {
  it.each(Object.keys(inside))('are refused without allowLinksTo: %s', async (target) => {
    if (inside[target] === '/p/r') return;
    const on = disk();
    on.link('/p/r/a', target);
    const workspace = await open(on);
    expect(await workspace.read('a')).toMatchObject(outside);
    expect((await workspace.glob('a')).state === 'found').toBe(true);
    expect(await workspace.glob('a')).toMatchObject({ value: [] });
  });

  it.each(Object.entries(inside))('may lead to %s where its directory is allowed', async (target, text) => {
    const on = disk();
    on.link('/p/r/a', target);
    const workspace = await open(on, { allowLinksTo });
    const reading = await workspace.read('a');
    expect(reading).toMatchObject(found(text));
    expect(await workspace.exists('a')).toMatchObject({ value: true });
    expect(await workspace.glob('*')).toMatchObject({ value: ['a', 'x'] });
    on.write('/p/lib/x', 'changed');
    on.write('/p/lib/deep/x', 'changed');
    on.write('/p/r/x', 'changed');
    expect(await workspace.check([reading.dependency])).toMatchObject({ state: 'changed' });
  });

  it.each(escapes)('may not lead to %s, whatever is allowed beside it', async (target) => {
    const on = disk();
    on.link('/p/r/a', target);
    const workspace = await open(on, { allowLinksTo });
    for (const look of ['read', 'hash', 'exists', 'list'] as const) {
      expect(await workspace[look]('a')).toMatchObject(outside);
      expect(await workspace[look]('a/x')).toMatchObject(outside);
    }
    expect(await workspace.glob('*')).toMatchObject({ value: ['x'] });
  });

  it('are followed further: a link in an allowed directory obeys the same rule', async () => {
    const on = disk();
    on.link('/p/r/a', '../lib/b');
    on.link('/p/lib/b', '../other/x');
    const workspace = await open(on, { allowLinksTo });
    expect(await workspace.read('a')).toMatchObject(outside);
    on.link('/p/lib/b', '../r/x');
    expect(await workspace.read('a')).toMatchObject(found('/p/r'));
    on.link('/p/lib/b', '../other/nothing');
    expect(await workspace.read('a')).toMatchObject(outside);
  });

  it('lead to absence in an allowed directory, and to what appears there', async () => {
    const on = disk();
    on.link('/p/r/a', '../lib/new');
    on.link('/p/r/l', '../lib');
    const workspace = await open(on, { allowLinksTo });
    const reading = await workspace.read('a');
    expect(reading.state).toBe('absent');
    const listed = await workspace.list('l');
    expect(listed).toMatchObject({ value: ['l/deep', 'l/x'] });
    on.file('/p/lib/new', 'new');
    expect(await workspace.check([reading.dependency])).toMatchObject({ state: 'changed' });
    expect(await workspace.check([listed.dependency])).toMatchObject({ state: 'changed' });
  });

  it('do not take a vanished allowed directory for deleted files', async () => {
    const on = disk();
    on.link('/p/r/a', '../lib/x');
    on.link('/p/r/l', '/p/lib');
    const workspace = await open(on, { allowLinksTo });
    const readings = [(await workspace.read('a')).dependency, (await workspace.list('l')).dependency];
    on.move('/p/lib', '/p/gone');
    for (const dependency of readings) {
      expect(await workspace.check([dependency])).toMatchObject({ state: 'unknown' });
    }
    on.move('/p/gone', '/p/lib');
    expect(await workspace.check(readings)).toMatchObject({ state: 'same' });
  });

  it('lead nowhere new when the allowed directory is replaced by a link', async () => {
    const on = disk();
    on.link('/p/r/a', '../lib/x');
    const workspace = await open(on, { allowLinksTo });
    const { dependency } = await workspace.read('a');
    on.link('/p/lib', 'other');
    expect(await workspace.read('a')).toMatchObject(outside);
    expect(await workspace.check([dependency])).toMatchObject({ state: 'unknown' });
  });

  it('cannot be led out of an allowed directory between the look and the opening', async () => {
    const on = disk();
    on.link('/p/r/a', '../lib/deep/x');
    const workspace = await open(on, { allowLinksTo });
    on.before = (operation) => {
      if (operation === 'open') on.link('/p/lib/deep', '../other');
    };
    expect(await workspace.read('a')).toMatchObject(outside);
  });

  it('take the real path of an allowed directory, which is named by a link', async () => {
    const on = disk();
    on.link('/p/alias', 'lib');
    on.link('/p/r/a', '../alias/x');
    const workspace = await open(on, { allowLinksTo: ['/p/alias'] });
    expect(await workspace.read('a')).toMatchObject(found('/p/lib'));
    on.link('/p/alias', 'other');
    expect(await workspace.read('a')).toMatchObject(outside);
  });

  it('are allowed into directories only, which must exist', async () => {
    for (const [bad, message] of [
      [['../nothing'], /allowLinksTo must hold directories that exist, not "\.\.\/nothing"/],
      [['x'], /directories that exist, not "x"/],
      [[''], /paths of directories/],
      [[7], /paths of directories, not 7/],
      ['../lib', /must be an array/],
    ] as const) {
      const opening = open(disk(), { allowLinksTo: bad as never });
      await expect(opening).rejects.toThrowError(expect.objectContaining({ code: 'E_OPTION' }));
      await expect(opening).rejects.toThrowError(message);
    }
  });
});

describe('existence and directories', () => {
  it('notices what appears and goes, of whatever kind, and not what changes', async () => {
    const on = disk();
    const workspace = await open(on);
    const seen = (await workspace.exists('n')).dependency;
    expect(seen).toEqual({ type: 'exists', path: 'n', digest: 'absent' });
    for (const make of [
      () => on.file('/p/r/n'),
      () => on.directory('/p/r/n'),
      () => on.link('/p/r/n', 'x'),
    ]) {
      make();
      const { dependency, state } = await workspace.exists('n');
      expect([state, dependency.digest]).toEqual(['found', 'present']);
      expect(await workspace.check([seen])).toEqual({ state: 'changed', dependency: seen, seen: 'present' });
      on.write('/p/r/x', 'other');
      expect((await workspace.check([dependency])).state).toBe('same');
    }
    on.link('/p/r/n', 'dangling');
    expect((await workspace.exists('n')).state).toBe('absent');
    expect((await workspace.check([seen])).state).toBe('same');
    expect(await workspace.exists('.')).toMatchObject({ value: true });
  });

  it('lists everything in a directory, dot files and links too, and notices another name only', async () => {
    const on = disk();
    on.file('/p/r/d/.b');
    on.link('/p/r/d/a', 'nowhere');
    on.directory('/p/r/d/Z');
    const workspace = await open(on);
    const { dependency, ...reading } = await workspace.list('d');
    expect(reading).toEqual({ state: 'found', value: ['d/.b', 'd/Z', 'd/a', 'd/x'] });
    expect(await workspace.list('.')).toMatchObject({ value: ['d', 'x'], dependency: { path: '.' } });
    on.write('/p/r/d/x', 'other');
    on.file('/p/r/d/Z', 'a file now');
    expect((await workspace.check([dependency])).state).toBe('same');
    on.move('/p/r/d/x', '/p/r/d/y');
    expect((await workspace.check([dependency])).state).toBe('changed');
    on.move('/p/r/d/y', '/p/r/d/x');
    expect((await workspace.check([dependency])).state).toBe('same');
    on.file('/p/r/d', '');
    expect(await workspace.check([dependency])).toEqual({
      state: 'changed',
      dependency,
      seen: 'not that kind',
    });
    on.remove('/p/r/d');
    expect(await workspace.check([dependency])).toEqual({ state: 'changed', dependency, seen: 'absent' });
    expect((await workspace.list('d')).state).toBe('absent');
  });

  it('tells an empty directory from a missing one, and names with separators from two', async () => {
    const on = disk();
    on.directory('/p/r/e');
    const workspace = await open(on);
    const digests = new Set<string>();
    const digest = async () => (await workspace.list('e')).dependency.digest;
    digests.add(await digest());
    for (const names of [['a'], ['a', 'b'], ['a,b'], ['a\nb'], ['a b'], ['ab']]) {
      on.directory('/p/r/e');
      for (const name of names) on.file(`/p/r/e/${name}`);
      digests.add(await digest());
    }
    on.remove('/p/r/e');
    digests.add(await digest());
    expect(digests.size).toBe(8);
  });

  it('refuses to list what is no directory, which holds until it is one', async () => {
    const on = disk();
    const workspace = await open(on);
    const reading = await workspace.list('x');
    expect(reading).toMatchObject({
      state: 'refused',
      dependency: { digest: 'not that kind' },
      error: { code: 'E_NOT_A_DIRECTORY', message: expect.stringContaining('"x"') },
    });
    expect((await workspace.check([reading.dependency])).state).toBe('same');
    on.directory('/p/r/x');
    expect((await workspace.check([reading.dependency])).state).toBe('changed');
  });

  it('does not list what a link leads to that takes the place of the directory', async () => {
    const on = disk();
    const workspace = await open(on);
    on.before = (operation) => {
      if (operation === 'readdir') on.link('/p/r/d', '../other');
    };
    expect(await workspace.list('d')).toMatchObject(outside);
  });

  it('hashes a file without handing over its bytes, and as reading does', async () => {
    const on = disk();
    const workspace = await open(on);
    const { dependency } = await workspace.read('x');
    expect(await workspace.hash('x')).toEqual({ state: 'found', value: undefined, dependency });
    expect((await workspace.hash('n')).state).toBe('absent');
    on.touch('/p/r/x', { permissions: 0 });
    expect(await workspace.hash('x')).toMatchObject({
      state: 'refused',
      error: { code: 'E_FILE_UNREADABLE' },
    });
  });
});
