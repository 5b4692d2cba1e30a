/** Why SQLite refused, as far as anybody acts on it. */
export type FailureReason =
  /** Another connection holds a lock. */
  | 'busy'
  /** No room on the disk. */
  | 'full'
  /** The file is not what SQLite has written. */
  | 'damaged'
  /** The file cannot be read or written just now, or not any more. */
  | 'unreachable'
  /** The file may not be written. */
  | 'readonly'
  | 'other';

/** An error of SQLite's as it goes from one thread to another. It holds no value and no key. */
export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
}

const reasons: Readonly<Record<number, FailureReason>> = {
  5: 'busy',
  6: 'busy',
  8: 'readonly',
  10: 'unreachable',
  11: 'damaged',
  13: 'full',
  14: 'unreachable',
  26: 'damaged',
};

/** The file ends before it should. */
const shortRead = 522;

export function reasonOf(error: unknown): FailureReason {
  if (error instanceof StoreFullError) return 'full';
  if (error instanceof OtherVersionError) return 'unreachable';
  const code = errorNumber(error);
  if (code === shortRead || isNoNumberOfOurs(error)) return 'damaged';
  return (code === undefined ? undefined : reasons[code & 0xff]) ?? 'other';
}

/** Node refuses an integer that JavaScript has no number for: none was ever written. */
export function isNoNumberOfOurs(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null | undefined)?.code === 'ERR_OUT_OF_RANGE';
}

export function failureOf(error: unknown): Failure {
  const code = errorNumber(error);
  if (code !== undefined)
    return { reason: reasonOf(error), message: `${messageOf(error)}, SQLite error ${code}` };
  // The system's own messages hold whole paths.
  const word = (error as { readonly code?: unknown } | null | undefined)?.code;
  return { reason: reasonOf(error), message: typeof word === 'string' ? word : messageOf(error) };
}

/** Another version of Holdfast has changed the file under a store that has it open. */
export class OtherVersionError extends Error {
  constructor() {
    super('the file is of another version');
  }
}

/** What `room.ts` says when nothing may be stored. */
export class StoreFullError extends Error {}

function errorNumber(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | null | undefined)?.errcode;
  return typeof code === 'number' ? code : undefined;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : 'an unknown error');
