import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { mayWrite, openForReading, openForWriting } from './connection.ts';
import { exclusively } from './exclusion.ts';
import { reasonOf } from './failure.ts';
import { fileSize } from './file-size.ts';
import { identityOf } from './identity.ts';
import { deadOpeners, enroll, leave } from './opener.ts';
import { patiently } from './patience.ts';
import { quarantine, removeCompanions } from './quarantine.ts';
import { applicationId, hasSchema, numberOf, steps, upgrade, versionOf } from './schema.ts';

/** A store's file, open for writing; undefined where it can only be read. */
export interface Opened {
  readonly database: DatabaseSync | undefined;
  readonly identity: string;
  readonly warnings: readonly string[];
}

export interface Opener {
  readonly path: string;
  /** The path as its user wrote it. */
  readonly shown: string;
  /** Of the store that opens it. */
  readonly id: string;
  readonly newerFile: 'reject' | 'replace';
  /** For the first time. Later, a folder that is gone has been taken away by somebody, with all that led to it. */
  readonly first: boolean;
}

/** What is held against the file that is there. */
export type Suspicion =
  | { readonly type: 'none' }
  /** It is to be checked, whatever it looks like. */
  | { readonly type: 'check' }
  /** It passed its check, and SQLite calls it damaged all the same; by its identity, as another may be there by now. */
  | { readonly type: 'condemned'; readonly identity: string };

/** The file cannot be used, and opening it again changes nothing. Its message is for the user. */
class UnusableError extends Error {}

/** Milliseconds; a check of the whole file by another process may take that long. */
const lockLimit = 10_000;
const busyLimit = 5_000;
const rounds = 4;
/** There will not be so many versions: a greater number is damage. */
const mostVersions = 1_000;

/**
 * Opens the file, and makes it where there is none. Blocks its thread.
 *
 * What everybody does at once, and often, looks at the file only. What changes which file is there (making it, moving a
 * damaged one aside) or takes long (checking all of it) is done by one process at a time.
 *
 * @throws UnusableError
 */
export function openFile(opener: Opener, suspicion: Suspicion): Opened {
  const { path, shown } = opener;
  try {
    const folder = dirname(path);
    if (opener.first) mkdirSync(folder, { recursive: true });
    else if (!existsSync(folder)) mkdirSync(folder);
  } catch (error) {
    throw new UnusableError(`the folder of '${shown}' cannot be made`, { cause: error });
  }
  const there = existsSync(path);
  // Moving a folder aside, or a device, would take away what nobody has given to the store.
  if (there && !statSync(path).isFile()) throw new UnusableError(`'${shown}' is not a file`);
  if (!mayWrite(there ? path : dirname(path))) return openReadOnly(opener, there);
  try {
    if (there && suspicion.type === 'none' && fileSize(path) > 0) {
      const opened = quickly(opener);
      if (opened !== undefined) return opened;
    }
    return exclusively(path, lockLimit, () => carefully(opener, suspicion));
  } catch (error) {
    if (error instanceof UnusableError) throw error;
    if (reasonOf(error) === 'readonly') return openReadOnly(opener, there);
    throw new UnusableError(`'${shown}' cannot be opened`, { cause: error });
  }
}

/** @returns undefined if it takes more than a look */
function quickly(opener: Opener): Opened | undefined {
  let database: DatabaseSync | undefined;
  let usable = false;
  try {
    const identity = identityOf(opener.path);
    database = patiently(busyLimit, () => openForWriting(opener.path));
    usable = judge(database) === 'current' && deadOpeners(database).length === 0 && identity !== undefined;
    usable &&= identityOf(opener.path) === identity;
    if (usable && identity !== undefined) return { database, identity, warnings: [] };
  } catch (error) {
    if (reasonOf(error) === 'readonly') throw error;
  } finally {
    if (!usable) database?.close();
  }
  return undefined;
}

function carefully(opener: Opener, suspicion: Suspicion): Opened {
  const { path } = opener;
  const warnings: string[] = [];
  const condemn = () =>
    warnings.push(`a damaged file was moved to '${basename(quarantine(path, 'damaged'))}'`);
  if (suspicion.type === 'condemned' && identityOf(path) === suspicion.identity) condemn();
  for (let round = 1; ; round += 1) {
    if (!existsSync(path)) {
      removeCompanions(path);
      closeSync(openSync(path, 'wx', 0o600));
    }
    let database: DatabaseSync | undefined;
    try {
      // Before it is opened: if another takes its place meanwhile, it is the identity that will not fit.
      const identity = identityOf(path) ?? '';
      database = patiently(busyLimit, () => openForWriting(path));
      const current = settle(opener, database, suspicion.type !== 'none');
      if (current === 'sound') return { database, identity, warnings };
      database.close();
      database = undefined;
      warnings.push(`a file of a newer version was moved to '${basename(quarantine(path, 'newer'))}'`);
    } catch (error) {
      database?.close();
      const reason = reasonOf(error);
      if (error instanceof UnusableError || round === rounds) throw error;
      // Only what is known to be damaged is moved: a system without descriptors or memory says less.
      if (reason === 'damaged') condemn();
      else if (reason !== 'unreachable' && reason !== 'busy') throw error;
    }
  }
}

/** @throws SQLite's error for a damaged file, UnusableError for one that is to be left alone */
function settle(
  { path, shown, newerFile }: Opener,
  database: DatabaseSync,
  suspicious: boolean,
): 'sound' | 'newer' {
  const found = judge(database);
  if (found === 'foreign') throw new UnusableError(`'${shown}' is a database of another program`);
  if (found === 'newer') {
    if (newerFile === 'replace') return 'newer';
    throw new UnusableError(
      `'${shown}' was written by a newer version of Holdfast (format ${versionOf(database)}, this one knows ${steps.length})`,
    );
  }
  if (found === 'new') patiently(busyLimit, () => upgrade(database));
  const dead = deadOpeners(database);
  if (suspicious || dead.length > 0) check(database, path);
  if (found === 'older') patiently(busyLimit, () => upgrade(database));
  // Whoever holds the write lock just now does not keep us from opening; the next to open checks once more.
  if (dead.length > 0) {
    try {
      for (const id of dead) leave(database, id);
    } catch (error) {
      if (reasonOf(error) !== 'busy') throw error;
    }
  }
  return 'sound';
}

/** @throws an error with SQLite's number for a file that nobody has written so */
function judge(database: DatabaseSync): 'new' | 'older' | 'current' | 'newer' | 'foreign' {
  const version = versionOf(database);
  if (numberOf(database, 'PRAGMA application_id') !== applicationId) {
    const empty = version === 0 && numberOf(database, 'SELECT count(*) FROM sqlite_schema') === 0;
    if (empty) return 'new';
    // A mark that was damaged makes nobody else's of what is a store in everything else.
    if (steps.some((_, index) => hasSchema(database, index + 1))) throw damaged('the file has lost its mark');
    return 'foreign';
  }
  if (version > steps.length && version <= mostVersions) return 'newer';
  // The check of the whole file does not look into the words of the schema.
  if (version > steps.length || !hasSchema(database, version)) throw damaged('the file has another schema');
  return version === steps.length ? 'current' : 'older';
}

/** @throws an error with SQLite's number for a damaged file */
function check(database: DatabaseSync, path: string): void {
  const answer = database.prepare('PRAGMA quick_check(1)').get();
  const words = answer === undefined ? '' : String(Object.values(answer)[0]);
  if (words !== 'ok') throw damaged('the file did not pass its check');
  try {
    database.exec('BEGIN IMMEDIATE; UPDATE totals SET records = records');
  } catch (error) {
    // Its header says that an SQLite to come has written it, which nobody has.
    if (reasonOf(error) === 'readonly' && mayWrite(path)) throw damaged('the file calls itself read-only');
    if (reasonOf(error) !== 'busy') throw error;
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

const damaged = (message: string) => Object.assign(new Error(message), { errcode: 11 });

function openReadOnly({ path, shown }: Opener, there: boolean): Opened {
  if (!there) throw new UnusableError(`'${shown}' cannot be made: its folder may not be written`);
  try {
    const database = openForReading(path);
    try {
      const found = judge(database);
      if (found !== 'current')
        throw new UnusableError(`'${shown}' cannot be used: it may only be read, and is ${found}`);
      const warnings = ['the file, or its folder, may not be written'];
      return { database: undefined, identity: identityOf(path) ?? '', warnings };
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof UnusableError) throw error;
    throw new UnusableError(`'${shown}' may only be read, and cannot be`, { cause: error });
  }
}

/** Writes down that the store is open. @returns false if another process holds the write lock */
export function signIn(database: DatabaseSync, id: string): boolean {
  try {
    enroll(database, id);
    return true;
  } catch (error) {
    if (reasonOf(error) === 'busy') return false;
    throw error;
  }
}
