import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { home, makeHome, writeNew } from '../store/index.ts';

/** Where a running server of a folder is, and how to ask it. */
export interface Announcement {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

const place = join(home, 'servers');

/**
 * Tells other processes of this user where the server of a folder is, in `.holdfast/servers/<port>.json`: by the port,
 * as two servers of a folder have two. Nothing that a served repository may have put there is followed or overwritten.
 *
 * @returns what takes it back; safe to call in an exit handler
 * @throws what the file system says, where it cannot be written
 */
export function announce(root: string, announcement: Announcement): () => void {
  const file = join(makeHome(root, 'servers'), `${announcement.port}.json`);
  writeNew(file, `${JSON.stringify(announcement)}\n`, 0o600);
  return () => rmSync(file, { force: true });
}

/** What servers of this folder have told, newest first. One that was killed has told it, too. */
export function announcements(root: string): Announcement[] {
  const found: Announcement[] = [];
  for (const name of namesIn(join(root, place))) {
    const port = Number(/^(\d+)\.json$/.exec(name)?.[1]);
    const announcement = readAnnouncement(join(root, place, name));
    if (announcement?.port === port) found.push(announcement);
  }
  return found.sort((one, other) => other.startedAt - one.startedAt);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/**
 * The text of a file that this user alone can have written and read, which a checked-out one is not: else whoever wrote
 * a repository would choose whom `holdfast stats` and its like ask, and with what.
 *
 * @returns undefined for any other file
 */
function readOwn(file: string): string | undefined {
  // Opening a pipe would wait for somebody to write to it; a link that takes the file's place meanwhile is no file.
  if (!lstatSync(file).isFile()) return undefined;
  const descriptor = openSync(
    file,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  );
  try {
    const stats = fstatSync(descriptor);
    const own =
      process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o077) === 0);
    return stats.isFile() && own ? readFileSync(descriptor, 'utf8') : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** @returns undefined for a file that is not what `announce` writes, whoever wrote it */
function readAnnouncement(file: string): Announcement | undefined {
  let value: Partial<Record<keyof Announcement, unknown>>;
  try {
    const text = readOwn(file);
    if (text === undefined) return undefined;
    value = JSON.parse(text);
  } catch (error) {
    // Taken back just now, somebody else's, no JSON, or no file at all: either way nobody to ask.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || ['ENOENT', 'ELOOP', 'EACCES', 'EPERM'].includes(code))
      return undefined;
    throw error;
  }
  const { port, token, pid, startedAt } = value ?? {};
  const whole = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
  if (!whole || typeof token !== 'string' || typeof pid !== 'number' || typeof startedAt !== 'number') {
    return undefined;
  }
  return { port, token, pid, startedAt };
}
