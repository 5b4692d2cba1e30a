import { lstat, readdir, readFile, realpath } from 'node:fs/promises';

export type EntryType = 'file' | 'folder' | 'link' | 'special';

export interface FolderEntry {
  name: string;
  type: EntryType;
}

/** What a listing needs of a file system. Errors carry the system's `code`. */
export interface FolderReader {
  /** The path with every link resolved. */
  realPath(path: string): Promise<string>;
  /** Entries of a folder, links not followed, in any order. */
  entries(path: string): Promise<FolderEntry[]>;
  /** Size in bytes, links not followed. */
  size(path: string): Promise<number>;
  /** A whole text file. */
  text(path: string): Promise<string>;
}

export const nodeFolderReader: FolderReader = {
  realPath: (path) => realpath(path),
  async entries(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      type: entry.isFile()
        ? 'file'
        : entry.isDirectory()
          ? 'folder'
          : entry.isSymbolicLink()
            ? 'link'
            : 'special',
    }));
  },
  size: async (path) => (await lstat(path)).size,
  text: (path) => readFile(path, 'utf8'),
};

/** The system's code of an error, or its name. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : error.name;
}
