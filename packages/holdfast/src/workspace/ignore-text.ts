import { HoldfastError } from '../lib/errors.ts';
import { errorCode, type FileSystem, isRegularFile, saysAbsent } from './file-system.ts';

const maxBytes = 1_048_576;

/**
 * The text of an ignore file, or of another small file of a repository. Undefined: there is none, or something that
 * is not a file; a link is not followed, as git does not follow a `.gitignore`. Throws E_FILE_TOO_LARGE above 1 MiB,
 * and what the file system does.
 */
export type ReadText = (path: string) => string | undefined;

export function textReader(fileSystem: FileSystem): ReadText {
  return (path) => {
    try {
      const file = fileSystem.open(path);
      try {
        const status = file.status();
        if (!isRegularFile(status)) return undefined;
        const buffer = new Uint8Array(maxBytes + 1 < status.size ? maxBytes + 1 : Number(status.size) + 1);
        let filled = 0;
        for (let count = -1; count !== 0 && filled < buffer.length; filled += count) {
          count = file.readSync(buffer.subarray(filled));
        }
        if (filled > maxBytes) throw tooLarge();
        return new TextDecoder().decode(buffer.subarray(0, filled));
      } finally {
        file.close();
      }
    } catch (error) {
      if (saysAbsent(error) || notFiles.has(errorCode(error))) return undefined;
      throw error;
    }
  };
}

const notFiles = new Set(['EISDIR', 'ELOOP', 'ENXIO']);

function tooLarge(): HoldfastError {
  return new HoldfastError(
    'E_FILE_TOO_LARGE',
    'An ignore file has more than 1 MiB, so it is none. Make it smaller, or remove it.',
  );
}
