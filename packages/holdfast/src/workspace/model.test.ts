import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileDependency } from '../model/dependency.ts';
import type { FileStatus, FileSystem, OpenFile } from './file-system.ts';
import { openWorkspace } from './index.ts';

/*
 * Random histories of a small disk against `check`. The disk is made up, and as hard as real ones can be: its time
 * stamps are as coarse as two seconds, freed inode numbers are used again at once, and names are moved without a
 * trace in the moved file. Time passes only where the history says so.
 */

const kinds = { file: 0o100_000n, link: 0o120_000n, folder: 0o040_000n };
const sha256 = (content: string) => hash('sha256', content, 'hex');
const failure = (code: string) => Object.assign(new Error(code), { code });

interface Node {
  readonly ino: bigint;
  readonly kind: keyof typeof kinds;
  /** Of a file; of a link, where it leads. */
  content: string;
  permissions: bigint;
  modified: number;
  changed: number;
}

class Disk implements FileSystem {
  wall = 1_800_000_000_000;
  opened = 0;
  readonly #grain: number;
  readonly #moveLeavesTrace: boolean;
  readonly #nodes = new Map<string, Node>();
  readonly #free: bigint[] = [];
  #inodes = 0n;

  constructor(grain: number, moveLeavesTrace: boolean) {
    this.#grain = grain;
    this.#moveLeavesTrace = moveLeavesTrace;
    for (const folder of ['/r', '/r/d', '/out']) this.put(folder, 'folder');
    this.put('/out/x', 'file', 'aa');
  }

  get #stamp(): number {
    return Math.floor(this.wall / this.#grain) * this.#grain;
  }

  put(path: string, kind: keyof typeof kinds, content = ''): void {
    this.remove(path);
    const ino = this.#free.pop() ?? ++this.#inodes;
    const stamp = this.#stamp;
    this.#nodes.set(path, { ino, kind, content, permissions: 0o644n, modified: stamp, changed: stamp });
  }

  remove(path: string): void {
    const node = this.#nodes.get(path);
    if (node !== undefined) this.#free.push(node.ino);
    this.#nodes.delete(path);
  }

  move(from: string, to: string): void {
    const node = this.#nodes.get(from);
    if (node === undefined || from === to) return;
    this.remove(to);
    this.#nodes.delete(from);
    this.#nodes.set(to, node);
    if (this.#moveLeavesTrace) node.changed = this.#stamp;
  }

  /** Writes in place, as an editor does that keeps the file, or makes the file. */
  write(path: string, content: string): void {
    const real = this.#try(path);
    const node = real === undefined ? undefined : this.#nodes.get(real);
    if (node?.kind !== 'file') this.put(path, 'file', content);
    else Object.assign(node, { content, modified: this.#stamp, changed: this.#stamp });
  }

  /** Sets the time of modification and the permissions, which any program may; nobody can set `changed`. */
  touch(path: string, modified: number, permissions: bigint): void {
    const node = this.#nodes.get(path);
    if (node !== undefined) Object.assign(node, { modified, permissions, changed: this.#stamp });
  }

  /** What a perfect check would find. */
  truth(path: string): { content: string } | 'absent' | 'not a file' | 'unknown' {
    let real: string;
    try {
      real = this.realpath(path);
    } catch (error) {
      if ((error as { code?: string }).code === 'ELOOP') return 'unknown';
      return this.#dangles(path) ? 'unknown' : 'absent';
    }
    if (!real.startsWith('/r')) return 'unknown';
    const node = this.#nodes.get(real);
    return node?.kind === 'file' ? { content: node.content } : 'not a file';
  }

  realpath(path: string): string {
    return this.#resolve(path, 0);
  }

  lstat(path: string): FileStatus {
    return this.#status(this.#node(path));
  }

  readlink(path: string): string {
    return this.#node(path).content;
  }

  open(path: string): OpenFile {
    const node = this.#node(path);
    if (node.kind === 'link') throw failure('ELOOP');
    this.opened += 1;
    let position = 0;
    const readSync = (into: Uint8Array) => {
      const bytes = new TextEncoder().encode(node.content).subarray(position, position + into.length);
      into.set(bytes);
      position += bytes.length;
      return bytes.length;
    };
    return {
      status: () => this.#status(node),
      readSync,
      read: async (into) => readSync(into),
      close: () => {},
    };
  }

  #status(node: Node): FileStatus {
    return {
      dev: 1n,
      ino: node.ino,
      mode: kinds[node.kind] | node.permissions,
      size: BigInt(node.content.length),
      mtimeNs: BigInt(node.modified) * 1_000_000n,
      ctimeNs: BigInt(node.changed) * 1_000_000n,
    };
  }

  #node(path: string): Node {
    const node = this.#nodes.get(path);
    if (node !== undefined) return node;
    const parent = path.slice(0, path.lastIndexOf('/'));
    throw failure(this.#nodes.get(parent)?.kind === 'file' ? 'ENOTDIR' : 'ENOENT');
  }

  #resolve(path: string, links: number): string {
    if (links > 8) throw failure('ELOOP');
    let at = '';
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (const [index, part] of parts.entries()) {
      if (part === '..') {
        at = at.slice(0, at.lastIndexOf('/'));
        continue;
      }
      const node = this.#node(`${at}/${part}`);
      if (node.kind !== 'link') at += `/${part}`;
      else return this.#resolve([at, node.content, ...parts.slice(index + 1)].join('/'), links + 1);
    }
    return at || '/';
  }

  #try(path: string): string | undefined {
    try {
      return this.realpath(path);
    } catch {
      return undefined;
    }
  }

  /** Whether a chain of links ends outside of the root, at nothing. */
  #dangles(path: string): boolean {
    let at = path;
    for (let node = this.#nodes.get(at); node?.kind === 'link'; node = this.#nodes.get(at)) {
      const steps = `${at.slice(0, at.lastIndexOf('/'))}/${node.content}`.split('/');
      const parts: string[] = [];
      for (const step of steps) {
        if (step === '..') parts.pop();
        else if (step !== '.') parts.push(step);
        if (parts.length > 1 && parts[1] !== 'r') return true;
        if (parts.length < 2 && step === '..') return true;
      }
      at = parts.join('/');
    }
    return false;
  }
}

const paths = ['a', 'b', 'd/c'] as const;
const somePath = fc.constantFrom(...paths);
const content = fc.constantFrom('aa', 'bb', 'c', '');
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write'), path: somePath, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('save'), path: somePath, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move'), path: somePath, content: somePath }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove'), path: somePath, content }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('retarget'),
      path: fc.constantFrom('a', 'b'),
      content: fc.constantFrom(
        'a',
        'b',
        'd/c',
        'd',
        './d/../b',
        'nowhere',
        '../out/x',
        '../out/nothing',
        'd/../../r/a',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('folder'), path: fc.constantFrom('a', 'b'), content }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('touch'), path: somePath, content }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read'), path: somePath, content }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      path: somePath,
      content: fc.constantFrom('1', '500', '1999', '2001', '9000'),
    }),
  },
);

async function run(
  grain: number,
  trace: boolean,
  history: readonly { do: string; path: string; content: string }[],
) {
  const disk = new Disk(grain, trace);
  const clock = { now: () => disk.wall, wall: () => disk.wall };
  await using workspace = await openWorkspace('/r', { fileSystem: disk, clock });
  const read: { dependency: FileDependency; content: string }[] = [];
  for (const [index, step] of history.entries()) {
    const path = `/r/${step.path}`;
    if (step.do === 'write') disk.write(path, step.content);
    if (step.do === 'save') disk.put(path, 'file', step.content);
    if (step.do === 'move') disk.move(path, `/r/${step.content}`);
    if (step.do === 'remove') disk.remove(path);
    if (step.do === 'retarget') disk.put(path, 'link', step.content);
    if (step.do === 'folder') disk.put(path, 'folder');
    if (step.do === 'touch') disk.touch(path, 1_000 * index, index % 2 === 0 ? 0o600n : 0o644n);
    if (step.do === 'wait') disk.wall += Number(step.content);
    if (step.do === 'read') {
      const truth = disk.truth(path);
      const reading = await workspace.read(step.path).catch((error: { code: string }) => error);
      if ('code' in reading) {
        expect(['not a file', 'unknown']).toContain(truth);
      } else {
        const bytes = reading.found ? new TextDecoder().decode(reading.bytes) : undefined;
        expect(bytes === undefined ? 'absent' : { content: bytes }).toEqual(truth);
        expect(reading.dependency.digest).toBe(bytes === undefined ? 'absent' : sha256(bytes));
        read.push({ dependency: reading.dependency, content: bytes ?? 'absent' });
      }
    }
    for (const { dependency, content } of read) {
      const truth = disk.truth(`/r/${dependency.path}`);
      const now = typeof truth === 'string' ? truth : truth.content;
      const expected = truth === 'unknown' ? 'unknown' : now === content ? 'same' : 'changed';
      expect([index, dependency.path, (await workspace.check([dependency])).state]).toEqual([
        index,
        dependency.path,
        expected,
      ]);
    }
  }
  return disk;
}

describe('the verdict on a dependency', () => {
  it('is "same" if and only if the content is, after any history of the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 10, 1_000, 2_000),
        fc.boolean(),
        fc.array(command, { minLength: 5, maxLength: 40 }),
        async (grain, trace, history) => {
          await run(grain, trace, history);
        },
      ),
      { numRuns: 5 * (fc.readConfigureGlobal().numRuns ?? 100) },
    );
  });

  it('costs no hashing of a file that was left alone for more than two seconds', async () => {
    const wait = { do: 'wait', path: 'a', content: '9000' };
    const idle = Array.from({ length: 50 }, () => ({ ...wait, content: '1' }));
    const disk = await run(1_000, true, [
      { do: 'write', path: 'a', content: 'aa' },
      wait,
      { do: 'read', path: 'a', content: '' },
      ...idle,
    ]);
    expect(disk.opened).toBe(1);
  });

  it('costs a hashing each time until then', async () => {
    const idle = Array.from({ length: 50 }, () => ({ do: 'wait', path: 'a', content: '1' }));
    const disk = await run(1, true, [
      { do: 'write', path: 'a', content: 'aa' },
      { do: 'read', path: 'a', content: '' },
      ...idle,
    ]);
    expect(disk.opened).toBe(52);
  });
});
