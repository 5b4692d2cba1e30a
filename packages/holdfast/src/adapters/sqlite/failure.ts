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

/**
 * What says that the file is damaged, and does not sound like it: it ends before it should (522), or keys do not fit each
 * other, which an index that was damaged makes of them (787, 1555, 2067, 2579): no order of ours asks for that.
 */
const alsoDamaged = new Set([522, 787, 1_555, 2_067, 2_579]);

export function reasonOf(error: unknown): FailureReason {
  if (error instanceof StoreFullError) return 'full';
  if (error instanceof OtherVersionError) return 'unreachable';
  const code = errorNumber(error);
  if (isNoNumberOfOurs(error)) return 'damaged';
  if (code === undefined) return 'other';
  return alsoDamaged.has(code) ? 'damaged' : (reasons[code & 0xff] ?? 'other');
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
