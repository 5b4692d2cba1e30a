import { HoldfastError } from '../lib/errors.ts';
import { mismatched, tooLarge, unreadable } from '../model/dependency.ts';

/** What a look came to. `digest` is also one of the words of `model/dependency`. */
export type Sight = { readonly digest: string } | { readonly cause: unknown };

export function closed(): HoldfastError {
  return new HoldfastError('E_CLOSED', 'The workspace is closed. Open another one with openWorkspace().');
}

/** The error to tell of; `name` is what was looked at. */
export function refusal(name: string, cause: unknown): HoldfastError {
  if (HoldfastError.isInstance(cause)) return cause;
  return new HoldfastError(
    'E_FILE_UNREADABLE',
    `${JSON.stringify(name)} cannot be read, which does not say that it is gone: see the cause. ` +
      'Allow this process to read it, or leave it out.',
    { cause },
  );
}

/** What stands in place of the digest of something that cannot be had. */
export function digestOf({ code }: HoldfastError): string {
  if (code === 'E_NOT_A_FILE' || code === 'E_NOT_A_DIRECTORY') return mismatched;
  if (code === 'E_FILE_TOO_LARGE' || code === 'E_GLOB_TOO_LARGE') return tooLarge;
  return unreadable;
}

/** The same for a check: where nothing could be learned there is a cause and no digest. */
export function blocked(name: string, error: unknown): Sight {
  const cause = refusal(name, error);
  const digest = digestOf(cause);
  return digest === unreadable ? { cause } : { digest };
}

export function notAFile(name: string): HoldfastError {
  return new HoldfastError(
    'E_NOT_A_FILE',
    `${JSON.stringify(name)} is not a regular file (a folder, a pipe, a device or a socket), so it has no content ` +
      'to depend on.',
  );
}

export function notADirectory(name: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'E_NOT_A_DIRECTORY',
    `${JSON.stringify(name)} is not a directory, so nothing can be listed in it. Give the directory that it is in.`,
    cause === undefined ? {} : { cause },
  );
}

export function restless(path: string): HoldfastError {
  return new HoldfastError(
    'E_FILE_UNREADABLE',
    `The path ${JSON.stringify(path)} changes faster than it can be looked at, or its links go in a circle.`,
  );
}
