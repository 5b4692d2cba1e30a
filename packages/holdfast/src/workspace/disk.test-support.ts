import type { DirectoryEntry, FileStatus, FileSystem, OpenFile } from './file-system.ts';

const types = { file: 0o100_000n, link: 0o120_000n, directory: 0o040_000n };

/** A file system's error, as Node makes them. */
export function failure(code: string): Error & { readonly code: string } {
  return Object.assign(new Error(`${code}: made up`), { code });
}

interface Node {
  readonly ino: bigint;
  readonly type: keyof typeof types;
  /** Of a file; of a link, where it leads. */
  content: string;
  readonly children: Map<string, Node>;
  permissions: bigint;
  modified: number;
  changed: number;
}

interface Place {
  readonly path: string;
  readonly node: Node;
}

export type DiskOperation = keyof FileSystem | 'status' | 'read';

export interface DiskOptions {
  /** How coarse time stamps are, in milliseconds. Default 1; FAT has 2,000. */
  readonly grain?: number;
  /** Whether a moved file gets a new `ctime`, as most file systems give it. Default true. */
  readonly moveLeavesTrace?: boolean;
}

/** A directory, wherever it is moved to: what a kernel watches. */
export type DirectoryIdentity = object;

/**
 * A file system in memory, as hard as real ones can be: time stamps are coarse, freed inode numbers are used again at
 * once, and names move without a trace in the moved file. Time passes only where a test moves `wall`.
 *
 * What changes it says whether it could: a random history may ask for what is impossible.
 */
export class Disk implements FileSystem {
  wall = 1_800_000_000_000;
  /** How often a file was opened. */
  opened = 0;
  /** Called before each operation of the port. What it throws is the operation's error; it may also change the disk. */
  before: (operation: DiskOperation, path: string) => void = () => {};
  /**
   * Told of each change as inotify does whoever watches that very directory, and nothing below it. No name: the directory
   * itself was moved, removed, or given other permissions.
   */
  heard: (directory: DirectoryIdentity, name: string | undefined, structural: boolean) => void = () => {};
  readonly #grain: number;
  readonly #moveLeavesTrace: boolean;
  readonly #free: bigint[] = [];
  #inodes = 0n;
  readonly #top: Node;

  constructor({ grain = 1, moveLeavesTrace = true }: DiskOptions = {}) {
    this.#grain = grain;
    this.#moveLeavesTrace = moveLeavesTrace;
    this.#top = this.#make('directory', '');
  }

  /** `now` and `wall` of this disk, for `WorkspaceOptions.clock`. */
  get clock() {
    return { now: () => this.wall, wall: () => this.wall };
  }

  /** Makes a new file, with a new inode, in place of whatever is there: an atomic save. */
  file(path: string, content = ''): boolean {
    return this.#put(path, 'file', content);
  }

  link(path: string, target: string): boolean {
    return this.#put(path, 'link', target);
  }

  directory(path: string): boolean {
    return this.#put(path, 'directory', '');
  }

  /** Writes in place, through a link too, as an editor does that keeps the file; or makes the file. */
  write(path: string, content: string): boolean {
    const node = this.#find(path)?.node;
    if (node?.type !== 'file') return this.file(path, content);
    Object.assign(node, { content, modified: this.#stamp, changed: this.#stamp });
    this.#tell(path, true, false);
    return true;
  }

  /** With everything in it. */
  remove(path: string): boolean {
    const place = this.#parent(path);
    const node = place?.parent.children.get(place.name);
    if (place === undefined || node === undefined) return false;
    this.#release(node);
    place.parent.children.delete(place.name);
    this.#touched(place.parent);
    this.heard(place.parent, place.name, true);
    return true;
  }

  /** A directory moves with everything in it; what stood at `to` is gone. */
  move(from: string, to: string): boolean {
    const source = this.#parent(from);
    const node = source?.parent.children.get(source.name);
    if (source === undefined || node === undefined || `${to}/`.startsWith(`${from}/`)) return false;
    if (contains(node, this.#parent(to)?.parent)) return false;
    const there = this.#find(to, false)?.node;
    if (there !== undefined && contains(there, node)) return false;
    source.parent.children.delete(source.name);
    this.remove(to);
    const target = this.#parent(to);
    if (target === undefined) {
      source.parent.children.set(source.name, node);
      return false;
    }
    target.parent.children.set(target.name, node);
    this.#touched(source.parent);
    this.#touched(target.parent);
    if (this.#moveLeavesTrace) node.changed = this.#stamp;
    this.heard(source.parent, source.name, true);
    this.heard(target.parent, target.name, true);
    if (node.type === 'directory') this.heard(node, undefined, true);
    return true;
  }

  /** Sets what any program may set; nobody can set `ctime`. Links are not followed. */
  touch(path: string, { modified, permissions }: { modified?: number; permissions?: number }): boolean {
    const node = this.#find(path, false)?.node;
    if (node === undefined) return false;
    if (modified !== undefined) node.modified = modified;
    if (permissions !== undefined) node.permissions = BigInt(permissions);
    node.changed = this.#stamp;
    this.#tell(path, false, false);
    if (node.type === 'directory') this.heard(node, undefined, true);
    return true;
  }

  /** Throws what the kernel does when it is asked to watch a directory by its real path. */
  watched(path: string): DirectoryIdentity {
    const { node, path: real } = this.#resolve(path, false);
    if (node.type !== 'directory' || real !== path) throw failure('ENOTDIR');
    if ((node.permissions & 0o400n) === 0n) throw failure('EACCES');
    return node;
  }

  realpath(path: string): string {
    this.before('realpath', path);
    return this.#resolve(path, true).path;
  }

  lstat(path: string): FileStatus {
    this.before('lstat', path);
    return this.#status(this.#resolve(path, false).node);
  }

  readlink(path: string): string {
    this.before('readlink', path);
    const { node } = this.#resolve(path, false);
    if (node.type !== 'link') throw failure('EINVAL');
    return node.content;
  }

  readdir(path: string): DirectoryEntry[] {
    this.before('readdir', path);
    const { node } = this.#resolve(path, true);
    if (node.type !== 'directory') throw failure('ENOTDIR');
    if ((node.permissions & 0o400n) === 0n) throw failure('EACCES');
    return [...node.children].map(([name, { type }]) => ({ name, readable: true, type }));
  }

  open(path: string): OpenFile {
    this.before('open', path);
    const { node } = this.#resolve(path, false);
    if (node.type === 'link') throw failure('ELOOP');
    if ((node.permissions & 0o400n) === 0n) throw failure('EACCES');
    this.opened += 1;
    let position = 0;
    const readSync = (into: Uint8Array) => {
      this.before('read', path);
      if (node.type === 'directory') throw failure('EISDIR');
      const bytes = new TextEncoder().encode(node.content).subarray(position, position + into.length);
      into.set(bytes);
      position += bytes.length;
      return bytes.length;
    };
    const status = () => {
      this.before('status', path);
      return this.#status(node);
    };
    return { status, readSync, read: async (into) => readSync(into), close: () => {} };
  }

  get #stamp(): number {
    return Math.floor(this.wall / this.#grain) * this.#grain;
  }

  #put(path: string, type: Node['type'], content: string): boolean {
    this.remove(path);
    const place = this.#parent(path);
    if (place === undefined) return false;
    place.parent.children.set(place.name, this.#make(type, content));
    this.#touched(place.parent);
    this.heard(place.parent, place.name, true);
    return true;
  }

  #make(type: Node['type'], content: string): Node {
    const stamp = this.#stamp;
    const ino = this.#free.pop() ?? ++this.#inodes;
    const permissions = type === 'directory' ? 0o755n : 0o644n;
    return { ino, type, content, children: new Map(), permissions, modified: stamp, changed: stamp };
  }

  #release(node: Node): void {
    for (const [name, child] of node.children) {
      this.#release(child);
      this.heard(node, name, true);
    }
    node.children.clear();
    if (node.type === 'directory') this.heard(node, undefined, true);
    this.#free.push(node.ino);
  }

  #tell(path: string, follow: boolean, structural: boolean): void {
    const place = this.#parent(this.#find(path, follow)?.path ?? path);
    if (place !== undefined) this.heard(place.parent, place.name, structural);
  }

  #touched(directory: Node): void {
    Object.assign(directory, { modified: this.#stamp, changed: this.#stamp });
  }

  #status(node: Node): FileStatus {
    return {
      dev: 1n,
      ino: node.ino,
      mode: types[node.type] | node.permissions,
      size: BigInt(new TextEncoder().encode(node.content).length),
      mtimeNs: BigInt(node.modified) * 1_000_000n,
      ctimeNs: BigInt(node.changed) * 1_000_000n,
    };
  }

  #parent(path: string): { readonly parent: Node; readonly name: string } | undefined {
    const slash = path.lastIndexOf('/');
    const parent = this.#find(path.slice(0, slash) || '/')?.node;
    return parent?.type === 'directory' ? { parent, name: path.slice(slash + 1) } : undefined;
  }

  #find(path: string, follow = true): Place | undefined {
    try {
      return this.#resolve(path, follow, false);
    } catch {
      return undefined;
    }
  }

  #resolve(path: string, follow: boolean, obey = true, links = 0): Place {
    const above: Place[] = [];
    let at: Place = { path: '/', node: this.#top };
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (const [index, part] of parts.entries()) {
      if (at.node.type !== 'directory') throw failure('ENOTDIR');
      if (obey && (at.node.permissions & 0o100n) === 0n) throw failure('EACCES');
      if (part === '..') {
        at = above.pop() ?? at;
        continue;
      }
      const node = at.node.children.get(part);
      if (node === undefined) throw failure('ENOENT');
      const rest = parts.slice(index + 1);
      if (node.type === 'link' && (follow || rest.length > 0)) {
        if (links >= 40) throw failure('ELOOP');
        const from = node.content.startsWith('/') ? [] : [at.path];
        return this.#resolve([...from, node.content, ...rest].join('/'), follow, obey, links + 1);
      }
      above.push(at);
      at = { path: at.path === '/' ? `/${part}` : `${at.path}/${part}`, node };
    }
    return at;
  }
}

function contains(node: Node, wanted: Node | undefined): boolean {
  if (node === wanted) return true;
  return [...node.children.values()].some((child) => contains(child, wanted));
}
