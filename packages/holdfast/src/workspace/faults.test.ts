import { hash } from 'node:crypto';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSystem, nodeFileSystem, type OpenFile } from './file-system.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './index.ts';

let top: string;
let root: string;
let opened: Workspace[];

beforeEach(() => {
  top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-faults-')));
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
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const failure = (value: string) => Object.assign(new Error(`${value}: made up`), { code: value });
const dependency = async (workspace: Workspace, name: string) => (await workspace.read(name)).dependency;

/** `seconds` after the present, as far as time stamps of files written now are concerned. */
const ahead = (seconds: number) => ({ now: () => 0, wall: () => Date.now() + seconds * 1_000 });

type FileFault = (file: OpenFile, name: string) => Partial<OpenFile>;

async function open(fault: FileFault, options: WorkspaceOptions = {}, others: Partial<FileSystem> = {}) {
  const workspace = await openWorkspace(root, {
    paranoid: false,
    ...options,
    fileSystem: {
      ...nodeFileSystem,
      open: (name) => {
        const file = nodeFileSystem.open(name);
        const plain: OpenFile = {
          status: () => file.status(),
          readSync: (into) => file.readSync(into),
          read: (into) => file.read(into),
          close: () => file.close(),
        };
        return { ...plain, ...fault(file, name) };
      },
      ...others,
    },
  });
  opened.push(workspace);
  return workspace;
}

describe('a file system that fails', () => {
  const faults: Record<string, (fail: () => never) => { file?: FileFault; others?: Partial<FileSystem> }> = {
    lstat: (fail) => ({
      others: { lstat: (name) => (name.endsWith('a') ? fail() : nodeFileSystem.lstat(name)) },
    }),
    realpath: (fail) => ({
      others: { realpath: (name) => (name.endsWith('d') ? fail() : nodeFileSystem.realpath(name)) },
    }),
    open: (fail) => ({ others: { open: fail } }),
    fstat: (fail) => ({ file: () => ({ status: fail }) }),
    read: (fail) => ({ file: () => ({ readSync: fail, read: async () => fail() }) }),
  };
  for (const [name, make] of Object.entries(faults)) {
    it.each(['EIO', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE'])(
      `makes unknown, never absent, of %s in ${name}`,
      async (errno) => {
        const { file = () => ({}), others = {} } = make(() => {
          throw failure(errno);
        });
        const workspace = await open(file, {}, others);
        fs.mkdirSync(at('d'));
        for (const content of ['small', 'large '.repeat(20_000)]) {
          write('d/a', content);
          const seen = { type: 'file', path: 'd/a', digest: sha256(content) } as const;
          expect(await workspace.read('d/a')).toMatchObject({
            state: 'refused',
            dependency: { digest: 'unreadable' },
            error: {
              code: 'E_FILE_UNREADABLE',
              cause: code(errno),
              message: expect.stringContaining('"d/a"'),
            },
          });
          expect(await workspace.check([seen])).toEqual({
            state: 'unknown',
            dependency: seen,
            cause: code('E_FILE_UNREADABLE'),
          });
          for (const digest of ['absent', 'unreadable']) {
            expect((await workspace.check([{ ...seen, digest }])).state).toBe('unknown');
          }
        }
      },
    );
  }

  it('leaks no file descriptor in a thousand failing reads', async () => {
    let opens = 0;
    let closes = 0;
    const descriptors = () =>
      process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : opens - closes;
    const fail = () => {
      throw failure('EIO');
    };
    const workspace = await open((file) => {
      opens += 1;
      const close = () => {
        closes += 1;
        file.close();
      };
      if (opens % 3 === 0) return { close, status: fail };
      return { close, readSync: fail, read: () => Promise.reject(failure('EIO')) };
    });
    fs.mkdirSync(at('folder'));
    write('small', 'x');
    write('large', 'x'.repeat(100_000));
    const before = descriptors();
    const kinds = ['small', 'large', 'folder', 'missing'];
    const names = Array.from({ length: 1_000 }, (_, index) => kinds[index % kinds.length] as string);
    await Promise.allSettled(names.map((name) => workspace.read(name)));
    for (const path of names.slice(0, 100)) await workspace.check([{ type: 'file', path, digest: 'd' }]);
    await workspace.close();
    expect(opens).toBeGreaterThan(500);
    expect(closes).toBe(opens);
    expect(descriptors()).toBe(before);
  });
});

describe('signatures that lie', () => {
  /** Every status but the type and size is made up: the file never seems to change. */
  const frozen = (seconds: number): Partial<FileSystem> => ({
    lstat: (name) => still(nodeFileSystem.lstat(name), seconds),
  });
  const birth = BigInt(Date.now()) * 1_000_000n;
  const still = (status: ReturnType<OpenFile['status']>, seconds: number) => {
    const time = birth - BigInt(seconds) * 1_000_000_000n;
    return { dev: 1n, ino: 1n, mode: status.mode, size: status.size, mtimeNs: time, ctimeNs: time };
  };

  it('are not believed inside the racy window: a rewrite within one time stamp is noticed', async () => {
    const clock = { now: () => 0, wall: () => Number(birth / 1_000_000n) };
    const workspace = await open((file) => ({ status: () => still(file.status(), 2) }), { clock }, frozen(2));
    write('a', 'one');
    const seen = await dependency(workspace, 'a');
    write('a', 'two');
    expect(await workspace.check([seen])).toEqual({
      state: 'changed',
      dependency: seen,
      seen: sha256('two'),
    });
    write('a', 'one');
    expect((await workspace.check([seen])).state).toBe('same');
  });

  it('are believed once settled, which shows that the racy rule is what guards the window', async () => {
    const clock = { now: () => 0, wall: () => Number(birth / 1_000_000n) };
    const workspace = await open((file) => ({ status: () => still(file.status(), 3) }), { clock }, frozen(3));
    write('a', 'one');
    const seen = await dependency(workspace, 'a');
    write('a', 'two');
    expect((await workspace.check([seen])).state).toBe('same');
  });

  it('are not believed after a slow read until they are twice as old as the read was long', async () => {
    for (const [age, state] of [
      [19, 'changed'],
      [21, 'same'],
    ] as const) {
      let now = 0;
      const clock = { now: () => now, wall: () => Number(birth / 1_000_000n) + now };
      const slow: FileFault = (file) => ({
        status: () => still(file.status(), age),
        readSync: (into) => {
          now += 5_000;
          return file.readSync(into);
        },
      });
      const workspace = await open(slow, { clock }, frozen(age));
      write('a', 'one');
      const seen = await dependency(workspace, 'a');
      write('a', 'two');
      expect((await workspace.check([seen])).state).toBe(state);
    }
  });

  it('do not make a torn read last: what was half written is hashed again', async () => {
    let torn = true;
    const workspace = await open(
      (file) => ({
        status: () => still(file.status(), 0),
        readSync: (into) => {
          const count = file.readSync(into);
          if (torn && count > 1) into.fill(120, count / 2, count);
          return count;
        },
      }),
      { clock: { now: () => 0, wall: () => Number(birth / 1_000_000n) } },
      frozen(0),
    );
    write('a', 'new content!');
    const seen = await dependency(workspace, 'a');
    expect(seen.digest).toBe(sha256('new coxxxxxx'));
    torn = false;
    expect(await workspace.check([seen])).toEqual({
      state: 'changed',
      dependency: seen,
      seen: sha256('new content!'),
    });
  });
});

describe('a file that changes while it is looked at', () => {
  it('is not remembered when it was written between the two statuses, however old it seemed', async () => {
    let edits = 1;
    const workspace = await open(
      (file) => ({
        readSync: (into) => {
          const count = file.readSync(into);
          if (edits > 0) {
            edits -= 1;
            write('a', 'grown in the meantime');
          }
          return count;
        },
      }),
      { clock: ahead(3_600) },
    );
    write('a', 'one');
    const seen = await dependency(workspace, 'a');
    expect(seen.digest).toBe(sha256('onewn in the meantime'));
    expect((await workspace.check([seen])).state).toBe('changed');
  });

  it('is read from one handle to the end when an atomic save replaces it', async () => {
    let saves = 1;
    const workspace = await open(
      (file) => ({
        readSync: (into) => {
          if (saves > 0) {
            saves -= 1;
            write('b', 'the new file');
            fs.renameSync(at('b'), at('a'));
          }
          return file.readSync(into);
        },
      }),
      { clock: ahead(3_600) },
    );
    write('a', 'the old file');
    const reading = await workspace.read('a');
    expect(reading.state === 'found' && text(reading.value)).toBe('the old file');
    expect(await workspace.check([reading.dependency])).toMatchObject({
      state: 'changed',
      seen: sha256('the new file'),
    });
  });

  it.each([10, 100_000])(
    'is handed over whole when it grows or shrinks under the reading (%i bytes)',
    async (size) => {
      const edit = { content: '' };
      let pending = false;
      const edited = (file: OpenFile) => {
        if (pending) write('a', edit.content);
        pending = false;
        return file;
      };
      const workspace = await open((file) => ({
        readSync: (into) => edited(file).readSync(into),
        read: (into) => edited(file).read(into),
      }));
      for (const content of ['y'.repeat(size * 9), 'z', '']) {
        write('a', 'x'.repeat(size));
        edit.content = content;
        pending = true;
        const reading = await workspace.read('a');
        expect(reading.state === 'found' && text(reading.value)).toBe(content);
        expect(reading.dependency.digest).toBe(sha256(content));
      }
    },
  );

  it.each([10, 100_000])(
    'is refused when it grows past maxFileBytes under the reading (%i bytes)',
    async (size) => {
      const grow = (file: OpenFile) => {
        fs.appendFileSync(at('a'), 'x'.repeat(size));
        return file;
      };
      const fault: FileFault = (file) => ({
        readSync: (into) => grow(file).readSync(into),
        read: (into) => grow(file).read(into),
      });
      const workspace = await open(fault, { maxFileBytes: 10 * size });
      write('a', 'x'.repeat(size));
      expect(await workspace.read('a')).toMatchObject({ error: code('E_FILE_TOO_LARGE') });
      const seen = { type: 'file', path: 'a', digest: 'd' } as const;
      expect(await workspace.check([seen])).toMatchObject({ state: 'changed', seen: 'too large' });
    },
  );

  it('is absent when it goes between the look and the opening, and looked at again when it is back', async () => {
    let vanish = true;
    const workspace = await open(
      () => ({}),
      {},
      {
        open: (name) => {
          if (vanish) fs.rmSync(name);
          return nodeFileSystem.open(name);
        },
      },
    );
    write('a', 'x');
    expect((await workspace.read('a')).state).toBe('absent');
    vanish = false;
    write('a', 'x');
    expect((await workspace.read('a')).state).toBe('found');
  });

  it('cannot lead the opening out of the root by a link put in its place, nor in that of its folder', async () => {
    fs.mkdirSync(path.join(top, 'outside'));
    fs.writeFileSync(path.join(top, 'outside', 'a'), 'canary');
    let swap: () => void = () => {};
    const read: string[] = [];
    const workspace = await openWorkspace(root, {
      fileSystem: {
        ...nodeFileSystem,
        open: (name) => {
          swap();
          const file = nodeFileSystem.open(name);
          return {
            status: () => file.status(),
            read: (into) => file.read(into),
            readSync: (into) => {
              read.push(name);
              return file.readSync(into);
            },
            close: () => file.close(),
          };
        },
      },
    });
    opened.push(workspace);
    fs.mkdirSync(at('d'));
    write('d/a', 'x');
    expect((await workspace.read('d/a')).state).toBe('found');
    expect(read.splice(0)).not.toEqual([]);
    swap = () => {
      fs.rmSync(at('d/a'));
      fs.symlinkSync('../../outside/a', at('d/a'));
    };
    expect(await workspace.read('d/a')).toMatchObject({ error: code('E_OUTSIDE_ROOT') });
    fs.rmSync(at('d/a'));
    write('d/a', 'x');
    swap = () => {
      fs.rmSync(at('d'), { recursive: true });
      fs.symlinkSync('../outside', at('d'));
    };
    expect(await workspace.read('d/a')).toMatchObject({ error: code('E_OUTSIDE_ROOT') });
    expect(read).toEqual([]);
  });
});

describe('large files', () => {
  const large = (letter: string) => letter.repeat(100_000);

  it('are hashed again for a check that came while a hashing was under way', async () => {
    const doors: PromiseWithResolvers<void>[] = [];
    const started: PromiseWithResolvers<void>[] = Array.from({ length: 3 }, () => Promise.withResolvers());
    let opens = 0;
    const workspace = await open((file) => {
      const door = Promise.withResolvers<void>();
      doors.push(door);
      started[opens]?.resolve();
      opens += 1;
      return {
        read: async (into) => {
          const count = await file.read(into);
          await door.promise;
          return count;
        },
      };
    });
    write('a', large('x'));
    const reading = workspace.read('a');
    await started[0]?.promise;
    doors[0]?.resolve();
    const seen = (await reading).dependency;
    const first = workspace.check([seen]);
    await started[1]?.promise;
    write('a', large('y'));
    const later = [workspace.check([seen]), workspace.check([seen])];
    doors[1]?.resolve();
    await first;
    await started[2]?.promise;
    doors[2]?.resolve();
    for (const verdict of await Promise.all(later))
      expect(verdict).toMatchObject({ state: 'changed', seen: sha256(large('y')) });
    expect(opens).toBe(3);
  });

  it('are opened no more than concurrentReads at a time', async () => {
    let inside = 0;
    let most = 0;
    const workspace = await open(
      (file) => {
        inside += 1;
        most = Math.max(most, inside);
        return {
          close: () => {
            inside -= 1;
            file.close();
          },
        };
      },
      { concurrentReads: 3 },
    );
    const names = Array.from({ length: 20 }, (_, index) => `f${index}`);
    for (const name of names) write(name, large(name));
    const seen = await Promise.all(names.map((name) => dependency(workspace, name)));
    await Promise.all(seen.map(async (one) => expect((await workspace.check([one])).state).toBe('same')));
    expect([most, inside]).toEqual([3, 0]);
  });
});
