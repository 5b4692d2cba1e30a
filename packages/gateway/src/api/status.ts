import type { LastEdit } from './edit.ts';
import type { StoreLine } from './store.ts';
import type { SummaryOffer } from './summary.ts';
import type { Watching } from './watching.ts';

/** `GET /api/status` */
export interface Status {
  readonly version: string;
  /** The folder's own name, not its place on the machine. */
  readonly folder: string;
  readonly state: 'reading' | 'ready';
  /** Source files found, and how many of them are outlined by now. */
  readonly files: number;
  readonly outlined: number;
  /** Of these, how many needed a generation since the start. */
  readonly generated: number;
  /** Seconds from the start until all were outlined; absent before. */
  readonly readySeconds?: number;
  /** The last look did not find the served folder, or could not read it: everything told of it is from before. */
  readonly folderGone: boolean;
  readonly warnings: readonly string[];
  /** How changes of the folder come to be known. */
  readonly watching: Watching;
  /** Where what is made outlives the server; absent where everything is kept in memory only. */
  readonly store?: StoreLine;
  /** What the last edit cost; absent before the first. */
  readonly lastEdit?: LastEdit;
  /** Who summarises files when somebody asks for it. */
  readonly summary: SummaryOffer;
  readonly uptimeSeconds: number;
  readonly nodeVersion: string;
}
