import { codeOf } from '../error-code.ts';

/** Why a file or a folder could not be read, to stand behind its name: `does not exist`, `cannot be read (EACCES)`. */
export function unreadable(error: unknown): string {
  const code = codeOf(error);
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
}
