import { parseSize, type Size } from '../../lib/bytes.ts';
import { type Duration, parseDuration } from '../../lib/duration.ts';
import { HoldfastError } from '../../lib/errors.ts';

export interface SqliteStoreOptions {
  /**
   * Bytes of all records together, as they are stored, or a string such as `'1GiB'` (the default). From half of it on, new
   * records are compressed; before, only those over 1 MiB. Past it, records leave: those that nobody will want any more,
   * then those that were used longest ago. The file is larger by what finds the records, and by its log.
   */
  readonly maxBytes?: Size;
  /**
   * While the file system has less room than this, nothing is stored (`status().state` is `readonly`); reads,
   * invalidations and leases go on as long as they can. Default `'64MiB'`; 0 uses the last byte.
   */
  readonly minFreeBytes?: Size;
  /**
   * The log (`-wal`) grows while a process that reads is stopped in the middle of it. Past this size nothing is stored until
   * it can be cut. Default `'256MiB'`.
   */
  readonly maxLogBytes?: Size;
  /**
   * How long a write waits for another process that holds the write lock, before it rejects with E_STORE. Default `'5s'`. A
   * lease waits 250 ms at most.
   */
  readonly writeTimeout?: Duration;
  /** How long `close` waits for what was accepted. Default `'5s'`; what is then left rejects with E_STORE. */
  readonly closeTimeout?: Duration;
  /**
   * What becomes of a file that a newer Holdfast has written: `'reject'` (the default) leaves it alone and rejects with
   * E_STORE_OPEN, `'replace'` moves it aside and begins a new one.
   */
  readonly newerFile?: 'reject' | 'replace';
}

/** Plain, so that it can be handed to a thread. */
export interface Settings {
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly maxLogBytes: number;
  readonly writeTimeout: number;
  readonly closeTimeout: number;
  readonly newerFile: 'reject' | 'replace';
}

/** @throws E_OPTION, E_SIZE, E_DURATION */
export function parseOptions(options: SqliteStoreOptions): Settings {
  const newerFile = options.newerFile ?? 'reject';
  if (newerFile !== 'reject' && newerFile !== 'replace') {
    throw new HoldfastError('E_OPTION', `newerFile must be 'reject' or 'replace', not ${String(newerFile)}.`);
  }
  return {
    maxBytes: parseSize(options.maxBytes ?? '1GiB', 'maxBytes'),
    minFreeBytes: parseSize(options.minFreeBytes ?? '64MiB', 'minFreeBytes'),
    maxLogBytes: parseSize(options.maxLogBytes ?? '256MiB', 'maxLogBytes'),
    writeTimeout: parseDuration(options.writeTimeout ?? '5s', 'writeTimeout'),
    closeTimeout: parseDuration(options.closeTimeout ?? '5s', 'closeTimeout'),
    newerFile,
  };
}
