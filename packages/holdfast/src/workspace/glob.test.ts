import { describe, expect, it } from 'vitest';
import type { GlobDependency, GlobOptions } from '../model/dependency.ts';
import { Disk, failure } from './disk.test-support.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './index.ts';

const code = (value: string) => expect.objectContaining({ code: value });

/** A disk with a root `/r`, and these files in it; a path that ends in `/` is a directory. */
function diskOf(...paths: string[]): Disk {
  const disk = new Disk();
  for (const path of ['r/', ...paths.map((one) => `r/${one}`)]) {
    const parts = path.split('/');
    for (let length = 1; length < parts.length; length += 1) {
      const directory = `/${parts.slice(0, length).join('/')}`;
      if (parts[length - 1] !== '' && !exists(disk, directory)) disk.directory(directory);
    }
    if (!path.endsWith('/')) disk.file(`/${path}`, 'x');
  }
  return disk;
}

function exists(disk: Disk, path: string): boolean {
  try {
    disk.lstat(path);
    return true;
  } catch {
    return false;
  }
}

function open(disk: Disk, options: WorkspaceOptions = {}): Promise<Workspace> {
  return openWorkspace('/r', { fileSystem: disk, clock: disk.clock, ...options });
}

async function search(workspace: Workspace, pattern = '**/*', options: GlobOptions = {}) {
  const reading = await workspace.glob(pattern, options);
  if (reading.state !== 'found') throw reading.error;
  return reading;
}

const state = async (workspace: Workspace, dependency: GlobDependency) =>
  (await workspace.check([dependency])).state;

/** The directories that were read, in order. */
function reads(disk: Disk): string[] {
  const read: string[] = [];
  disk.before = (operation, path) => {
    if (operation === 'readdir') read.push(path);
  };
  return read;
}

describe('a glob', () => {
  it('finds files only, sorted by code unit whatever is a directory', async () => {
    const disk = diskOf('a/z', 'a/b/c', 'a.ts', 'a0', 'B', 'é', 'a/');
    const { value, dependency } = await search(await open(disk));
    expect(value).toEqual(['B', 'a.ts', 'a/b/c', 'a/z', 'a0', 'é']);
    expect(value).toEqual(value.toSorted());
    expect(dependency).toMatchObject({ type: 'glob', pattern: '**/*', options: {}, ignoreFiles: [] });
  });

  it('reads only the directories that the pattern can reach', async () => {
    const disk = diskOf('src/a/x.ts', 'src/.h/x.ts', 'other/a/x.ts', 'src/a/b/c.ts');
    const workspace = await open(disk);
    const read = reads(disk);
    const reached = async (pattern: string) => {
      await workspace.glob(pattern);
      return read.splice(0);
    };
    expect(await reached('*')).toEqual(['/r']);
    expect(await reached('src/*.ts')).toEqual(['/r', '/r/src']);
    expect(await reached('src/*/*.ts')).toEqual(['/r', '/r/src', '/r/src/a']);
    expect(await reached('src/**')).toEqual(['/r', '/r/src', '/r/src/a', '/r/src/a/b']);
    expect(await reached('src/.h/*')).toEqual(['/r', '/r/src', '/r/src/.h']);
    expect(await reached('nothing/**')).toEqual(['/r']);
  });

  it('changes when its list does, and only then', async () => {
    const disk = diskOf('a.ts', 'b.js', 'd/c.ts');
    const workspace = await open(disk);
    const { dependency } = await search(workspace, '**/*.ts');
    const check = () => state(workspace, dependency);
    expect(await check()).toBe('same');
    disk.write('/r/a.ts', 'other');
    disk.file('/r/new.js');
    disk.file('/r/.gitignore', '*.js');
    expect(await check()).toBe('same');
    disk.file('/r/d/new.ts');
    expect(await check()).toBe('changed');
    disk.write('/r/.gitignore', 'new.ts');
    expect(await check()).toBe('same');
    disk.move('/r/d', '/r/e');
    expect(await check()).toBe('changed');
  });

  it('is one search for all who ask while another runs, which serves none of them', async () => {
    const disk = diskOf('a');
    const workspace = await open(disk);
    const read = reads(disk);
    const first = workspace.glob('*');
    const later = [workspace.glob('*'), workspace.glob('*', { dot: false }), workspace.glob('./*')];
    const other = workspace.glob('*', { dot: true });
    await Promise.all([first, other, ...later]);
    expect(read).toHaveLength(3);
  });

  it('refuses bad patterns and options as wrong questions', async () => {
    const workspace = await open(diskOf());
    await expect(workspace.glob('../*')).rejects.toThrowError(code('E_GLOB'));
    const bad = [
      { dot: 1 },
      { ignore: 'a' },
      { ignore: ['a\nb'] },
      { ignore: [7] },
      { unreadable: 'skip' },
      { links: 'maybe' },
    ];
    for (const options of bad) {
      await expect(workspace.glob('*', options as never)).rejects.toThrowError(code('E_OPTION'));
    }
    const { dependency } = await search(workspace, '*');
    expect(await workspace.check([{ ...dependency, pattern: '../*' }])).toMatchObject({
      state: 'unknown',
      cause: code('E_GLOB'),
    });
  });

  it('gives up past maxGlobEntries, which is a state that can be checked', async () => {
    const disk = diskOf('a', 'b', 'd/c');
    const workspace = await open(disk, { maxGlobEntries: 3 });
    const reading = await workspace.glob('**/*');
    expect(reading).toMatchObject({
      state: 'refused',
      dependency: { digest: 'too large' },
      error: { code: 'E_GLOB_TOO_LARGE', message: expect.stringContaining('"**/*"') },
    });
    expect(await state(workspace, reading.dependency)).toBe('same');
    disk.remove('/r/b');
    expect(await state(workspace, reading.dependency)).toBe('changed');
    await expect(open(disk, { maxGlobEntries: 0 })).rejects.toThrowError(/maxGlobEntries.*0/);
  });
});

describe('links and a glob', () => {
  it('finds a link to a file, and neither follows nor finds any other', async () => {
    const disk = diskOf('a', 'd/c');
    disk.directory('/out');
    disk.file('/out/x');
    const links = {
      file: 'a',
      far: 'd/c',
      dir: 'd',
      nothing: 'n',
      out: '../out/x',
      gone: '../out/n',
      round: 'round',
    };
    for (const [name, target] of Object.entries(links)) disk.link(`/r/${name}`, target);
    const workspace = await open(disk);
    const { value, skipped, dependency } = await search(workspace);
    expect(value).toEqual(['a', 'd/c', 'far', 'file']);
    expect(skipped).toMatchObject({ links: 5, special: 0, unreadable: [] });
    const without = await search(workspace, '**/*', { links: 'leave out' });
    expect(without.value).toEqual(value.filter((path) => !(path in links)));
    expect(without.skipped.links).toBe(Object.keys(links).length);
    disk.file('/r/n');
    expect(await state(workspace, dependency)).toBe('changed');
    disk.remove('/r/n');
    disk.link('/r/file', '../out/x');
    expect(await state(workspace, dependency)).toBe('changed');
  });

  it('does not follow a link that takes the place of a directory in mid-walk', async () => {
    const disk = diskOf('a', 'd/c');
    disk.directory('/out');
    disk.file('/out/secret');
    const workspace = await open(disk);
    disk.before = (operation, path) => {
      if (operation === 'readdir' && path === '/r/d') disk.link('/r/d', '../out');
    };
    expect((await search(workspace)).value).toEqual(['a']);
  });

  it('does not read rules through a link that takes the place of a directory', async () => {
    const disk = diskOf('a', 'd/.gitignore', 'd/c');
    disk.directory('/out');
    disk.file('/out/.gitignore', '!x');
    const workspace = await open(disk);
    disk.before = (operation, path) => {
      if (operation === 'open' && path === '/r/d/.gitignore') disk.link('/r/d', '../out');
    };
    const { value } = await search(workspace);
    expect(value).toEqual(['a']);
  });
});

describe('a glob that comes upon what it may not look into', () => {
  it('is refused, and says which directory and what to do', async () => {
    const disk = diskOf('a', 'd/c');
    const workspace = await open(disk);
    const { dependency } = await search(workspace);
    disk.touch('/r/d', { permissions: 0 });
    const reading = await workspace.glob('**/*');
    expect(reading).toMatchObject({
      state: 'refused',
      dependency: { digest: 'unreadable' },
      error: {
        code: 'E_FILE_UNREADABLE',
        message: expect.stringMatching(/^"d" may not .*ignore.*leave out/),
      },
    });
    expect(await state(workspace, dependency)).toBe('unknown');
    expect(await state(workspace, reading.dependency)).toBe('unknown');
    for (const options of [{ ignore: ['d'] }, { ignore: ['/d/'] }]) {
      expect((await search(workspace, '**/*', options)).value).toEqual(['a']);
    }
    expect((await search(workspace, '*')).value).toEqual(['a']);
    disk.touch('/r/d', { permissions: 0o755 });
    expect(await state(workspace, dependency)).toBe('same');
    expect(await state(workspace, reading.dependency)).toBe('changed');
  });

  it('leaves it out where it was told to, and notices when it may look again, even if nothing is there', async () => {
    const disk = diskOf('a', 'd/');
    const workspace = await open(disk);
    disk.touch('/r/d', { permissions: 0 });
    const { value, skipped, dependency } = await search(workspace, '**/*', { unreadable: 'leave out' });
    expect(value).toEqual(['a']);
    expect(skipped.unreadable).toEqual([{ path: 'd', cause: code('EACCES') }]);
    expect(await state(workspace, dependency)).toBe('same');
    disk.touch('/r/d', { permissions: 0o755 });
    expect(await state(workspace, dependency)).toBe('changed');
  });

  it('goes without the rules of an ignore file that may not be read or is too large, if told to', async () => {
    const disk = diskOf('a', 'b');
    disk.file('/r/.gitignore', 'a');
    disk.touch('/r/.gitignore', { permissions: 0 });
    const workspace = await open(disk);
    expect(await workspace.glob('*')).toMatchObject({ error: code('E_FILE_UNREADABLE') });
    const found = await search(workspace, '*', { unreadable: 'leave out' });
    expect([found.value, found.skipped.unreadable.map(({ path }) => path)]).toEqual([
      ['a', 'b'],
      ['.gitignore'],
    ]);
    disk.file('/r/.gitignore', 'a'.repeat(1_048_577));
    expect(await workspace.glob('*')).toMatchObject({ error: code('E_FILE_TOO_LARGE') });
    expect((await search(workspace, '*', { unreadable: 'leave out' })).value).toEqual(['a', 'b']);
  });

  it.each(['EIO', 'EMFILE', 'ENFILE'])(
    'is refused for %s, whatever it was told, and never sees less',
    async (errno) => {
      const disk = diskOf('a', 'd/c', 'd/.gitignore');
      disk.link('/r/l', 'a');
      const workspace = await open(disk);
      const options = { unreadable: 'leave out' } as const;
      const { dependency } = await search(workspace, '**/*', options);
      for (const place of [
        'readdir /r',
        'readdir /r/d',
        'realpath /r/d',
        'open /r/d/.gitignore',
        'realpath /r/l',
      ]) {
        disk.before = (operation, path) => {
          if (`${operation} ${path}` === place) throw failure(errno);
        };
        const reading = await workspace.glob('**/*', options);
        expect([place, reading]).toMatchObject([
          place,
          {
            state: 'refused',
            dependency: { digest: 'unreadable' },
            error: { code: 'E_FILE_UNREADABLE', cause: code(errno) },
          },
        ]);
        expect([place, await state(workspace, dependency)]).toEqual([place, 'unknown']);
      }
      disk.before = () => {};
      expect(await state(workspace, dependency)).toBe('same');
    },
  );

  it('is refused when the root is gone or may not be looked into', async () => {
    const disk = diskOf('a');
    const workspace = await open(disk);
    const { dependency } = await search(workspace);
    const gone = { state: 'refused', error: code('E_WORKSPACE_ROOT'), dependency: { digest: 'unreadable' } };
    disk.touch('/r', { permissions: 0 });
    expect(await workspace.glob('**/*', { unreadable: 'leave out' })).toMatchObject(gone);
    disk.move('/r', '/elsewhere');
    expect(await workspace.glob('**/*')).toMatchObject(gone);
    expect(await state(workspace, dependency)).toBe('unknown');
  });

  it('leaves out what is no UTF-8, and tells of it', async () => {
    const disk = diskOf('a');
    const entries = [
      { name: 'a', readable: true, type: 'file' },
      { name: '\uFFFD.ts', readable: false, type: 'file' },
      { name: '\uFFFD', readable: false, type: 'directory' },
      { name: 's', readable: true, type: 'special' },
    ] as const;
    const fileSystem: WorkspaceOptions['fileSystem'] = {
      realpath: (path) => disk.realpath(path),
      lstat: (path) => disk.lstat(path),
      readlink: (path) => disk.readlink(path),
      open: (path) => disk.open(path),
      readdir: () => entries,
    };
    const workspace = await open(disk, { fileSystem });
    const { value, skipped } = await search(workspace);
    expect(value).toEqual(['a']);
    expect(skipped).toMatchObject({ unnameable: ['\uFFFD.ts', '\uFFFD'], special: 1 });
    expect(await workspace.list('.')).toMatchObject({ value: ['a', 's'] });
  });
});

describe('a glob and the event loop', () => {
  /** A scheduler whose turns a test calls. */
  function held() {
    const waiting: (() => void)[] = [];
    const settle = async () => {
      for (let index = 0; index < 1_000; index += 1) await undefined;
    };
    const turn = async () => {
      await settle();
      for (const callback of waiting.splice(0)) callback();
      await settle();
    };
    return { scheduler: { immediate: (callback: () => void) => void waiting.push(callback) }, turn, waiting };
  }

  it('shares it: a walk over 50 directories takes several turns', async () => {
    const disk = diskOf(...Array.from({ length: 50 }, (_, index) => `d${index}/f`));
    const { scheduler, turn, waiting } = held();
    const workspace = await open(disk, { scheduler });
    const read = reads(disk);
    const glob = search(workspace);
    const seen: number[] = [];
    for (await turn(); waiting.length > 0; await turn()) seen.push(read.length);
    expect((await glob).value).toHaveLength(50);
    expect(seen.length).toBeGreaterThan(2);
    // The first of them began in the turn of the call.
    const perTurn = seen.map((count, index) => count - (seen[index - 1] ?? 0)).slice(1);
    for (const count of perTurn) expect(count).toBeLessThan(20);
  });

  it('lets a check between two turns of a walk see the disk of that moment, and the walk what it has not passed', async () => {
    const disk = diskOf(...Array.from({ length: 50 }, (_, index) => `d${index + 10}/f`));
    const { scheduler, turn, waiting } = held();
    const workspace = await open(disk, { scheduler });
    const glob = search(workspace);
    await turn();
    disk.file('/r/d10/late');
    disk.file('/r/d59/soon');
    const exists = workspace.exists('d10/late');
    while (waiting.length > 0) await turn();
    expect(await exists).toMatchObject({ state: 'found', value: true });
    const { value, dependency } = await glob;
    expect([value.includes('d10/late'), value.includes('d59/soon')]).toEqual([false, true]);
    const check = state(workspace, dependency);
    await turn();
    while (waiting.length > 0) await turn();
    expect(await check).toBe('changed');
  });

  it('ends with E_CLOSED when the workspace is closed in mid-walk', async () => {
    const disk = diskOf(...Array.from({ length: 50 }, (_, index) => `d${index}/f`));
    const { scheduler, turn } = held();
    const workspace = await open(disk, { scheduler });
    const glob = workspace.glob('**/*');
    await turn();
    const closing = workspace.close();
    await Promise.all([turn(), expect(glob).rejects.toThrowError(code('E_CLOSED'))]);
    await closing;
    await expect(workspace.glob('*')).rejects.toThrowError(code('E_CLOSED'));
  });
});
