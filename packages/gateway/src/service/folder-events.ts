import type { RefreshAnswer, ServerEvents } from '../api/index.ts';

/** What the service tells of: a part of what the page hears. */
export interface FolderEvents {
  /** While the folder is read for the first time. */
  progress: { readonly outlined: number; readonly files: number };
  ready: {
    readonly files: number;
    readonly seconds: number;
    /** Outlines that the store had. */
    readonly stored: number;
    readonly estimatedTokens: number;
    /** `1 file over 1 MiB left out` */
    readonly leftOut: readonly string[];
  };
  outline: ServerEvents['outline'];
  /** Files had changed, or outlines been invalidated, and everything that was made from them is up to date again. */
  edit: ServerEvents['edit'];
  /** How the watching stands is another than before. */
  watching: ServerEvents['watching'];
  /** The folder was gone, and is there again. */
  back: { readonly files: number };
  refresh: RefreshAnswer;
  warning: string;
}

export type FolderListener = <N extends keyof FolderEvents>(name: N, data: FolderEvents[N]) => void;
