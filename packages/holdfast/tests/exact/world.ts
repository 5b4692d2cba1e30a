import fc from 'fast-check';
import { Disk } from '../../src/workspace/disk.test-support.ts';
import type { Truth } from './expectation.ts';
import { contents, directories, paths, variables } from './program.ts';

/*
 * A small disk and what may happen to it; and what a perfect reader would be told of it, looked up the plain way.
 */

const root = '/r';

export interface Happening {
  readonly do:
    | 'write'
    | 'save'
    | 'rewrite'
    | 'remove'
    | 'move'
    | 'retarget'
    | 'lock'
    | 'unlock'
    | 'touch'
    | 'ignore'
    | 'set'
    | 'wait';
  readonly path: string;
  readonly other: string;
  readonly content: string;
  readonly number: number;
}

const path = fc.constantFrom(...paths);
const place = fc.constantFrom(...paths, ...directories);
const content = fc.constantFrom(...contents);
const number = fc.constantFrom(1, 400, 1_999, 2_001, 60_000);
const happening = (
  what: Happening['do'],
  weight: number,
  on: fc.Arbitrary<string>,
  other: fc.Arbitrary<string> = on,
) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(what), path: on, other, content, number }),
});

/** Everything that the issue of a file system's life is: what editors, shells and version control do. */
export const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  happening('write', 6, path),
  happening('save', 3, path),
  happening('rewrite', 2, path),
  happening('remove', 2, place),
  happening('move', 3, place),
  happening('retarget', 2, fc.constant('l'), fc.constantFrom('a', 'b', 'd/c', 'd', 'm', 'nowhere', 'l')),
  happening('lock', 1, place),
  happening('unlock', 2, place),
  happening('touch', 1, path),
  happening('ignore', 1, fc.constantFrom('', 'd/'), fc.constantFrom('', 'b', 'c', 'd/', '/a', 'm', 'b\nc')),
  happening('set', 1, fc.constantFrom(...variables), fc.constantFrom('', 'on', 'off')),
  happening('wait', 3, path),
);

export class World {
  readonly disk: Disk;

  constructor(grain: number, moveLeavesTrace: boolean) {
    this.disk = new Disk({ grain, moveLeavesTrace });
    for (const directory of [root, `${root}/d`, `${root}/m`]) this.disk.directory(directory);
    for (const [name, text] of Object.entries({ a: 'a', b: 'b', 'd/c': 'ab', 'd/e': '' })) {
      this.disk.file(`${root}/${name}`, text);
    }
    this.disk.link(`${root}/l`, 'a');
  }

  get root(): string {
    return root;
  }

  happen({ do: what, path, other, content, number }: Happening): void {
    const { disk } = this;
    const at = `${root}/${path}`;
    switch (what) {
      case 'write':
        disk.write(at, content);
        return;
      case 'save':
        disk.file(at, content);
        return;
      case 'rewrite': {
        // Another content of the same size, and the time of modification as it was.
        const now = this.#textOf(at);
        if (now === undefined) return;
        const { mtimeNs } = disk.lstat(disk.realpath(at));
        disk.write(at, now === 'a' ? 'b' : now === 'ab' ? 'ba' : now);
        disk.touch(at, { modified: Number(mtimeNs / 1_000_000n) });
        return;
      }
      case 'remove':
        disk.remove(at);
        return;
      case 'move':
        disk.move(at, `${root}/${other}`);
        return;
      case 'retarget':
        disk.link(at, other);
        return;
      case 'lock':
        disk.touch(at, { permissions: 0 });
        return;
      case 'unlock':
        disk.touch(at, { permissions: 0o755 });
        return;
      case 'touch':
        disk.touch(at, { modified: disk.wall - 1_000 * number });
        return;
      case 'ignore':
        disk.write(`${root}/${path}.gitignore`, other);
        return;
      case 'set':
        if (other === '') delete process.env[path];
        else process.env[path] = other;
        return;
      case 'wait':
        disk.wall += number;
    }
  }

  /** Looks at the disk without any cache, and counts nothing. */
  readonly truth: Truth = async (what, of) => {
    const { before } = this.disk;
    this.disk.before = () => {};
    try {
      return this.#tell(what, of);
    } finally {
      this.disk.before = before;
    }
  };

  #tell(...[what, of]: Parameters<Truth>): string {
    const at = of === '.' ? root : `${root}/${of}`;
    switch (what) {
      case 'env':
        return process.env[of] ?? 'unset';
      case 'exists':
        return String(this.#real(at) !== undefined);
      case 'file': {
        const real = this.#real(at);
        if (real === undefined) return 'E_FILE_ABSENT';
        return this.#isDirectory(real) ? 'E_NOT_A_FILE' : this.#read(real);
      }
      case 'list': {
        const real = this.#real(at);
        if (real === undefined) return 'E_FILE_ABSENT';
        if (!this.#isDirectory(real)) return 'E_NOT_A_DIRECTORY';
        const names = this.disk.readdir(real).map(({ name }) => (of === '.' ? name : `${of}/${name}`));
        return names.sort().join();
      }
      case 'glob':
        return this.#glob(of).sort().join();
    }
  }

  /** Undefined: nothing is there. Throws where that cannot be told. */
  #real(at: string): string | undefined {
    try {
      return this.disk.realpath(at);
    } catch (error) {
      const { code } = error as { code: string };
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  #isDirectory(real: string): boolean {
    return (this.disk.lstat(real).mode & 0o170_000n) === 0o040_000n;
  }

  #read(real: string): string {
    const into = new Uint8Array(100);
    return new TextDecoder().decode(into.subarray(0, this.disk.open(real).readSync(into)));
  }

  #textOf(at: string): string | undefined {
    try {
      const real = this.#real(at);
      return real === undefined || this.#isDirectory(real) ? undefined : this.#read(real);
    } catch {
      return undefined;
    }
  }

  /** The patterns of `program.ts`, one by one. */
  #glob(pattern: string): string[] {
    const found: string[] = [];
    const deep = pattern.startsWith('**');
    const matches = (path: string): boolean => {
      const parts = path.split('/');
      if (parts.some((part) => part.startsWith('.'))) return false;
      if (pattern === '*') return parts.length === 1;
      if (pattern === 'd/*') return parts.length === 2 && parts[0] === 'd';
      return pattern === '**/*' || parts.at(-1) === 'c';
    };
    const walk = (directory: string, outer: readonly string[]): void => {
      const entries = this.disk.readdir(`${root}/${directory}`);
      const own = entries.find(({ name, type }) => name === '.gitignore' && type === 'file');
      const lines = own === undefined ? [] : this.#read(`${root}/${directory}.gitignore`).split('\n');
      const rules = [
        ...outer,
        ...lines.map((line) => (line.startsWith('/') ? `/${directory}${line.slice(1)}` : line)),
      ];
      for (const { name, type } of entries.toSorted((one, two) => (one.name < two.name ? -1 : 1))) {
        const path = directory + name;
        if (isIgnored(path, name, type === 'directory', rules)) continue;
        if (type === 'directory') {
          if (!name.startsWith('.') && (deep || (pattern === 'd/*' && path === 'd'))) walk(`${path}/`, rules);
        } else if (matches(path) && (type === 'file' || this.#leadsToFile(path))) found.push(path);
      }
    };
    walk('', []);
    return found;
  }

  #leadsToFile(path: string): boolean {
    try {
      const real = this.#real(`${root}/${path}`);
      return real !== undefined && !this.#isDirectory(real);
    } catch (error) {
      if ((error as { code: string }).code === 'ELOOP') return false;
      throw error;
    }
  }
}

function isIgnored(path: string, name: string, isDirectory: boolean, rules: readonly string[]): boolean {
  return rules.some((rule) => {
    if (rule === '') return false;
    if (rule.startsWith('/')) return rule.slice(1) === path;
    return rule.endsWith('/') ? isDirectory && rule.slice(0, -1) === name : rule === name;
  });
}
