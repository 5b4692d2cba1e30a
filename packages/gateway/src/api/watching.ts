/** How changes of the folder come to be known. */
export interface Watching {
  /** `LIVE`: heard of within milliseconds. `DEGRADED`: everything is polled. `UNKNOWN`, `SCANNING`: on the way to `LIVE`. */
  readonly state: 'UNKNOWN' | 'SCANNING' | 'LIVE' | 'DEGRADED' | 'OFF';
  /** Why nothing is known, or everything is polled. */
  readonly reason?: string;
  readonly files: number;
  readonly directories: number;
  /** Of the directories, those that the machine does not watch: what is in them is polled. */
  readonly polled: number;
}
