/** One thing that could not be listed. Nothing else is lost by it. */
export interface FolderWarning {
  /** Root-relative POSIX path of the folder or file; `.` is the root. */
  path: string;
  /** The system's error code (`EACCES`, `EIO`, …), or `INVALID_NAME` for a name that is not UTF-8. */
  code: string;
  /** What follows from it, in one sentence. */
  message: string;
}

/** How many entries were left out, by reason. A folder left out counts once; what is in it is not counted. */
export interface FolderSkips {
  /** By a `.gitignore` or `.git/info/exclude`. */
  ignored: number;
  /** Folders that are never source: `.git`, `node_modules`, `.holdfast`, … or marked as a cache. */
  folders: number;
  /** Binary or generated, by file name. */
  notSource: number;
  /** Over the size limit. */
  tooLarge: number;
  /** Symbolic links, which are not followed. */
  links: number;
  /** Sockets, pipes and devices. */
  special: number;
}

export interface FolderProgress {
  /** Folders read so far. */
  folders: number;
  /** Source files found so far. */
  files: number;
}

export interface FolderListing {
  /** Root-relative POSIX paths, sorted by code unit. */
  files: string[];
  /** Sorted by path. */
  warnings: FolderWarning[];
  skipped: FolderSkips;
}

export interface FolderOptions {
  /** Files with more bytes are left out. Default 1,048,576; at least 0. */
  maximumBytes?: number;
  /**
   * Names of folders to leave out wherever they are, beside `.git`, `node_modules`, `.holdfast` and the like,
   * which always are. Default none.
   */
  skipFolders?: readonly string[];
  /** Called after each folder. What it throws ends the listing. */
  onProgress?: (progress: FolderProgress) => void;
  /** Ends the listing: it then rejects with the signal's reason. */
  signal?: AbortSignal;
}
