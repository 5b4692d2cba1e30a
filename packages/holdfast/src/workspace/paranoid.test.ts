import { hash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Disk } from './disk.test-support.ts';
import { type FileStatus, type FileSystem, openWorkspace, type WorkspaceOptions } from './index.ts';

const sha256 = (content: string) => hash('sha256', content, 'hex');
const sizes = [
  ['small', 3],
  ['large', 100_000],
] as const;

/** A disk whose files never seem to change: it says of all that they are an hour old. */
function lyingDisk(disk: Disk): FileSystem {
  const old = (status: FileStatus): FileStatus => {
    const time = 1_700_000_000_000_000_000n;
    return { dev: 1n, ino: 1n, mode: status.mode, size: status.size, mtimeNs: time, ctimeNs: time };
  };
  return {
    realpath: (path) => disk.realpath(path),
    lstat: (path) => old(disk.lstat(path)),
    readlink: (path) => disk.readlink(path),
    readdir: (path) => disk.readdir(path),
    open: (path) => {
      const file = disk.open(path);
      return { ...file, status: () => old(file.status()) };
    },
  };
}

async function lie(size: number, options: WorkspaceOptions) {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const disk = new Disk();
  disk.directory('/r');
  disk.file('/r/a', 'x'.repeat(size));
  const workspace = await openWorkspace('/r', { fileSystem: lyingDisk(disk), clock: disk.clock, ...options });
  const { dependency } = await workspace.read('a');
  expect((await workspace.check([dependency])).state).toBe('same');
  expect(warn).not.toHaveBeenCalled();
  const opened = disk.opened;
  disk.write('/r/a', 'y'.repeat(size));
  const verdict = await workspace.check([dependency]);
  return { warn, verdict, dependency, workspace, disk, opened: disk.opened - opened };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe.each(sizes)('a %s file whose signature vouches for what it no longer holds', (_, size) => {
  it('is believed by a plain workspace', async () => {
    const { verdict, warn, opened } = await lie(size, { paranoid: false });
    expect([verdict.state, opened]).toEqual(['same', 0]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('is caught by a paranoid one, which takes the real digest and warns once', async () => {
    const { verdict, warn, dependency, workspace } = await lie(size, { paranoid: true });
    expect(verdict).toEqual({ state: 'changed', dependency, seen: sha256('y'.repeat(size)) });
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('"a"'), { type: 'HoldfastWarning', code: 'W_SIGNATURE' }],
    ]);
    expect((await workspace.check([dependency])).state).toBe('changed');
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('is not convicted by a content that was read under another signature', async () => {
    const { warn, workspace, dependency, disk } = await lie(size, { paranoid: true });
    warn.mockClear();
    disk.before = (operation) => {
      if (operation === 'read') disk.file('/r/a', 'longer'.repeat(size));
    };
    await workspace.check([dependency]);
    disk.before = (operation) => {
      if (operation === 'open') disk.file('/r/a', 'z'.repeat(size + 1));
    };
    await workspace.check([dependency]);
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('paranoia', () => {
  it('comes from HOLDFAST_PARANOID=1 unless it is said otherwise', async () => {
    vi.stubEnv('HOLDFAST_PARANOID', '1');
    expect((await lie(3, {})).verdict.state).toBe('changed');
    vi.restoreAllMocks();
    vi.stubEnv('HOLDFAST_PARANOID', '0');
    expect((await lie(3, {})).verdict.state).toBe('same');
  });

  it('warns of nothing where signatures tell the truth', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    const disk = new Disk();
    disk.directory('/r');
    const workspace = await openWorkspace('/r', { fileSystem: disk, clock: disk.clock, paranoid: true });
    for (const [, size] of sizes) {
      disk.write('/r/a', 'x'.repeat(size));
      disk.wall += 9_000;
      const { dependency } = await workspace.read('a');
      expect((await workspace.check([dependency])).state).toBe('same');
      disk.write('/r/a', 'y'.repeat(size));
      expect((await workspace.check([dependency])).state).toBe('changed');
    }
    expect(warn).not.toHaveBeenCalled();
  });
});
