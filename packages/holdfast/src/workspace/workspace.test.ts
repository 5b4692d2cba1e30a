import { hash } from 'node:crypto';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { nodeFileSystem } from './file-system.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './index.ts';

let top: string;
let root: string;
let opened: Workspace[];

beforeEach(() => {
  top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-workspace-')));
  root = path.join(top, 'root');
  fs.mkdirSync(root);
  opened = [];
});

afterEach(async () => {
  for (const workspace of opened) await workspace.close();
  fs.rmSync(top, { recursive: true });
});

const at = (name: string) => path.join(root, name);
const write = (name: string, content: string) => fs.writeFileSync(at(name), content);
const sha256 = (content: string) => hash('sha256', content, 'hex');
const code = (value: string) => expect.objectContaining({ code: value });

/** All signatures count as settled an hour from now, so that no test waits two seconds for them. */
const anHourAhead: Pick<Clock, 'now' | 'wall'> = {
  now: () => performance.now(),
  wall: () => Date.now() + 3_600_000,
};

async function open(options?: WorkspaceOptions) {
  const workspace = await openWorkspace(root, { watch: false, ...options });
  opened.push(workspace);
  return workspace;
}

/** A workspace that trusts signatures at once, and the names of the files that it opened. */
async function trusting() {
  const hashed: string[] = [];
  const workspace = await open({
    clock: anHourAhead,
    paranoid: false,
    fileSystem: {
      ...nodeFileSystem,
      open: (name) => {
        hashed.push(path.relative(root, name));
        return nodeFileSystem.open(name);
      },
    },
  });
  return { workspace, hashed };
}

/** Returns once the next change of a file in this file system gets a later time stamp than the last one. */
function untilTheTimeStampMoves() {
  const probe = path.join(top, 'probe');
  const stamp = () => {
    fs.writeFileSync(probe, 'x');
    return fs.lstatSync(probe, { bigint: true }).ctimeNs;
  };
  const before = stamp();
  while (stamp() === before);
}

async function dependency(workspace: Workspace, name: string) {
  return (await workspace.read(name)).dependency;
}

async function state(workspace: Workspace, ...names: Awaited<ReturnType<typeof dependency>>[]) {
  return (await workspace.check(names)).state;
}

describe('reading', () => {
  it.each([0, 1, 65_536, 65_537, 300_000, 1_000_000])(
    'hands over the %i bytes that it hashed',
    async (size) => {
      const workspace = await open();
      const content = Array.from({ length: size }, (_, index) => String.fromCharCode(97 + (index % 23))).join(
        '',
      );
      write('a.txt', content);
      const reading = await workspace.read('a.txt');
      if (reading.state !== 'found') throw new Error(reading.state);
      expect(new TextDecoder().decode(reading.value)).toBe(content);
      expect(reading.value.buffer.byteLength).toBe(size);
      expect(reading.dependency).toEqual({ type: 'file', path: 'a.txt', digest: sha256(content) });
      expect(await state(workspace, reading.dependency)).toBe('same');
    },
  );

  it('takes a missing file, and one below a file, for a dependency on absence', async () => {
    const workspace = await open();
    write('file', 'x');
    for (const name of ['missing', 'missing/too', 'file/below']) {
      const reading = await workspace.read(name);
      expect(reading).toEqual({
        state: 'absent',
        dependency: { type: 'file', path: name, digest: 'absent' },
        cause: expect.objectContaining({ code: expect.stringMatching(/^ENOENT|ENOTDIR$/) }),
      });
      expect(await state(workspace, reading.dependency)).toBe('same');
    }
    const below = await dependency(workspace, 'file/below');
    fs.rmSync(at('file'));
    fs.mkdirSync(at('file'));
    expect(await state(workspace, below)).toBe('same');
    write('file/below', 'now');
    expect(await workspace.check([below])).toEqual({
      state: 'changed',
      dependency: below,
      seen: sha256('now'),
    });
  });

  it('refuses a folder, and the root, as something without content', async () => {
    const workspace = await open();
    fs.mkdirSync(at('folder'));
    for (const name of ['folder', '.']) {
      expect(await workspace.read(name)).toEqual({
        state: 'refused',
        dependency: { type: 'file', path: name, digest: 'not that kind' },
        error: code('E_NOT_A_FILE'),
      });
    }
    const folder = await dependency(workspace, 'folder');
    expect(await state(workspace, folder)).toBe('same');
    fs.rmdirSync(at('folder'));
    expect(await workspace.check([folder])).toEqual({ state: 'changed', dependency: folder, seen: 'absent' });
  });

  it('refuses a file above maxFileBytes and names the option, its size and its name, but no content', async () => {
    const workspace = await open({ maxFileBytes: '100KiB' });
    write('large.txt', 'canary '.repeat(20_000));
    const message = /"large.txt" has 140000 bytes or more, and maxFileBytes is 102400\. Raise that option/;
    const reading = await workspace.read('large.txt');
    expect(reading).toEqual({
      state: 'refused',
      dependency: { type: 'file', path: 'large.txt', digest: 'too large' },
      error: expect.objectContaining({ code: 'E_FILE_TOO_LARGE', message: expect.stringMatching(message) }),
    });
    expect(await state(workspace, reading.dependency)).toBe('same');
    write('large.txt', 'small');
    expect(await workspace.check([reading.dependency])).toMatchObject({
      state: 'changed',
      seen: sha256('small'),
    });
  });

  it('normalises what it is given', async () => {
    const workspace = await open();
    write('a.txt', 'x');
    expect((await dependency(workspace, at('a.txt'))).path).toBe('a.txt');
    expect((await dependency(workspace, './b/../a.txt')).path).toBe('a.txt');
    await expect(workspace.read('../x')).rejects.toThrowError(code('E_OUTSIDE_ROOT'));
    await expect(workspace.read('')).rejects.toThrowError(code('E_PATH'));
  });
});

describe('checking', () => {
  it('notices every change of content, however it came about, and takes it back when the content is back', async () => {
    const { workspace } = await trusting();
    write('a', 'one!');
    const seen = await dependency(workspace, 'a');
    const times = fs.statSync(at('a'));
    const changes: Record<string, () => void> = {
      rewrite: () => write('a', 'another length'),
      'same size': () => write('a', 'two!'),
      'same size and time': () => {
        write('a', 'six!');
        fs.utimesSync(at('a'), times.atime, times.mtime);
      },
      'atomic save': () => {
        write('a.new', 'ten!');
        fs.renameSync(at('a.new'), at('a'));
      },
      deletion: () => fs.rmSync(at('a')),
      folder: () => {
        fs.rmSync(at('a'));
        fs.mkdirSync(at('a'));
      },
    };
    for (const [name, change] of Object.entries(changes)) {
      untilTheTimeStampMoves();
      change();
      expect([name, await state(workspace, seen)]).toEqual([name, 'changed']);
      fs.rmSync(at('a'), { recursive: true, force: true });
      expect([name, await state(workspace, seen)]).toEqual([name, 'changed']);
      untilTheTimeStampMoves();
      write('a', 'one!');
      expect([name, await state(workspace, seen)]).toEqual([name, 'same']);
    }
  });

  it('hashes a touched, chmodded or identically rewritten file once, and finds it the same', async () => {
    const { workspace, hashed } = await trusting();
    write('a', 'x');
    const seen = await dependency(workspace, 'a');
    expect(await state(workspace, seen)).toBe('same');
    expect(hashed).toEqual(['a']);
    const touches = [
      () => fs.utimesSync(at('a'), new Date(1_000_000), new Date(1_000_000)),
      () => fs.chmodSync(at('a'), 0o600),
      () => write('a', 'x'),
    ];
    for (const touch of touches) {
      hashed.length = 0;
      untilTheTimeStampMoves();
      touch();
      expect(await state(workspace, seen)).toBe('same');
      expect(await state(workspace, seen)).toBe('same');
      expect(hashed).toEqual(['a']);
    }
  });

  it('hashes a young file at every check', async () => {
    write('a', 'x');
    const workspace = await open();
    const seen = await dependency(workspace, 'a');
    write('a', 'y');
    expect(await state(workspace, seen)).toBe('changed');
    write('a', 'x');
    expect(await state(workspace, seen)).toBe('same');
  });

  it('follows a link inside the root and notices its new target, by content', async () => {
    const { workspace } = await trusting();
    write('one', 'x');
    write('twin', 'x');
    write('other', 'y');
    const link = (target: string) => {
      fs.rmSync(at('link'), { force: true });
      fs.symlinkSync(target, at('link'));
    };
    link('one');
    const seen = await dependency(workspace, 'link');
    await dependency(workspace, 'other');
    link('other');
    expect(await workspace.check([seen])).toEqual({ state: 'changed', dependency: seen, seen: sha256('y') });
    link('twin');
    expect(await state(workspace, seen)).toBe('same');
    link(at('one'));
    expect(await state(workspace, seen)).toBe('same');
    link('nowhere');
    expect(await workspace.check([seen])).toEqual({ state: 'changed', dependency: seen, seen: 'absent' });
    link('link');
    expect(await state(workspace, seen)).toBe('unknown');
  });

  it('notices that a folder above the file was replaced by another or by a link', async () => {
    const { workspace } = await trusting();
    fs.mkdirSync(at('old/sub'), { recursive: true });
    fs.mkdirSync(at('new/sub'), { recursive: true });
    write('old/sub/a', 'x');
    write('new/sub/a', 'y');
    fs.symlinkSync('old', at('current'));
    const seen = await dependency(workspace, 'current/sub/a');
    await dependency(workspace, 'new/sub/a');
    fs.rmSync(at('current'));
    fs.symlinkSync('new', at('current'));
    expect(await state(workspace, seen)).toBe('changed');
    fs.rmSync(at('current'));
    fs.renameSync(at('old'), at('current'));
    expect(await state(workspace, seen)).toBe('same');
  });

  it('refuses links that lead out of the root, and does not tell whether anything is there', async () => {
    const { workspace } = await trusting();
    fs.writeFileSync(path.join(top, 'outside'), 'canary');
    write('a', 'x');
    const seen = await dependency(workspace, 'a');
    const missing = await dependency(workspace, 'missing/b');
    for (const target of [
      '../outside',
      '../nothing',
      path.join(top, 'outside'),
      path.join(top, 'nothing'),
      'd/../../x',
    ]) {
      fs.rmSync(at('a'), { force: true });
      fs.symlinkSync(target, at('a'));
      for (const look of ['read', 'hash', 'exists', 'list'] as const) {
        expect(await workspace[look]('a')).toMatchObject({
          state: 'refused',
          dependency: { digest: 'unreadable' },
          error: { code: 'E_OUTSIDE_ROOT', message: expect.not.stringContaining(top) },
        });
      }
      expect(await workspace.check([seen])).toEqual({
        state: 'unknown',
        dependency: seen,
        cause: code('E_OUTSIDE_ROOT'),
      });
      fs.mkdirSync(at('d'), { recursive: true });
    }
    fs.symlinkSync('..', at('missing'));
    expect(await state(workspace, missing)).toBe('unknown');
  });

  it('stays inside the root for dependencies that were tampered with', async () => {
    const { workspace, hashed } = await trusting();
    fs.writeFileSync(path.join(top, 'outside'), 'canary');
    const digest = sha256('canary');
    for (const name of [
      '../outside',
      'a/../../outside',
      path.join(top, 'outside'),
      '..',
      '',
      '/',
      'a\0b',
      '../root/../outside',
    ]) {
      expect([name, await state(workspace, { type: 'file', path: name, digest })]).not.toEqual([
        name,
        'same',
      ]);
    }
    expect(hashed).toEqual([]);
  });

  it('does not take a vanished root for deleted files', async () => {
    const workspace = await open();
    const seen = await dependency(workspace, 'missing');
    fs.renameSync(root, path.join(top, 'unmounted'));
    expect(await workspace.check([seen])).toEqual({
      state: 'unknown',
      dependency: seen,
      cause: code('E_WORKSPACE_ROOT'),
    });
    fs.renameSync(path.join(top, 'unmounted'), root);
    expect(await state(workspace, seen)).toBe('same');
  });

  it('forgets signatures past maxSignatures at the cost of hashing only', async () => {
    const workspace = await open({ maxSignatures: 10, clock: anHourAhead });
    const names = Array.from({ length: 100 }, (_, index) => `f${index}`);
    for (const name of names) write(name, name);
    const seen = await Promise.all(names.map((name) => dependency(workspace, name)));
    expect(await state(workspace, ...seen)).toBe('same');
    untilTheTimeStampMoves();
    write('f50', 'changed');
    expect(await workspace.check(seen)).toMatchObject({ state: 'changed', dependency: { path: 'f50' } });
  });
});

describe('opening and closing', () => {
  it('takes the root by a link, and absolute paths by either name', async () => {
    fs.symlinkSync(root, path.join(top, 'alias'));
    write('a', 'x');
    const workspace = await openWorkspace(path.join(top, 'alias'), { watch: false });
    opened.push(workspace);
    expect(workspace.root).toBe(root);
    expect(workspace.normalize(path.join(top, 'alias', 'a'))).toBe('a');
    expect(workspace.normalize(at('a'))).toBe('a');
    expect((await workspace.read('a')).state).toBe('found');
  });

  it('refuses a root that is missing, a file, empty or no path, and says what to do', async () => {
    write('file', 'x');
    for (const bad of [
      at('missing'),
      at('file'),
      at('file/below'),
      '',
      'a\0',
      7 as never,
      undefined as never,
    ]) {
      await expect(openWorkspace(bad)).rejects.toThrowError(code('E_WORKSPACE_ROOT'));
    }
    await expect(openWorkspace(at('missing'))).rejects.toThrowError(
      /does not exist.*Give openWorkspace\(\) an existing folder/,
    );
  });

  it('refuses bad options and repeats them', async () => {
    await expect(open({ maxFileBytes: '1XB' as never })).rejects.toThrowError(/maxFileBytes.*1XB/);
    await expect(open({ maxSignatures: -1 })).rejects.toThrowError(/maxSignatures.*-1/);
    await expect(open({ concurrentReads: 0 })).rejects.toThrowError(/concurrentReads.*0/);
    await expect(open({ concurrentReads: 1.5 })).rejects.toThrowError(code('E_OPTION'));
    await expect(open({ watch: 'events' as never })).rejects.toThrowError(/watch.*events/);
    await expect(open({ maxWatched: 1 })).rejects.toThrowError(/maxWatched.*1/);
  });

  it('refuses reads and knows nothing after close, which may be called again', async () => {
    const workspace = await open();
    write('a', 'x');
    const seen = await dependency(workspace, 'a');
    const under = workspace.read('a');
    await Promise.all([workspace.close(), workspace.close(), workspace[Symbol.asyncDispose]()]);
    expect((await under).state).toBe('found');
    await expect(workspace.read('a')).rejects.toThrowError(code('E_CLOSED'));
    expect(await workspace.check([seen])).toEqual({
      state: 'unknown',
      dependency: seen,
      cause: code('E_CLOSED'),
    });
    expect(workspace.normalize('./a')).toBe('a');
  });
});
