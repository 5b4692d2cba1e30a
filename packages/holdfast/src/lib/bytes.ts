import { HoldfastError } from './errors.ts';

type Unit = 'B' | 'KB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB';
/** Bytes as a number, or a string such as `'16MiB'` or `'1GB'`. */
export type Size = number | `${number}${Unit}`;

const units: Readonly<Record<Unit, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};
const pattern = /^(\d+(?:\.\d+)?)(B|KB|MB|GB|KiB|MiB|GiB)$/;

/**
 * A size in whole bytes; `Infinity` is allowed as a number.
 * @throws E_SIZE naming `what` and repeating the bad value.
 */
export function parseSize(input: Size, what: string): number {
  if (typeof input === 'number' && input >= 0) return Math.floor(input);
  const match = typeof input === 'string' ? pattern.exec(input) : null;
  if (match === null) {
    const shown = typeof input === 'string' ? `'${(input as string).slice(0, 40)}'` : String(input);
    throw new HoldfastError(
      'E_SIZE',
      `${what} must be a number of bytes (0 or more) or a string such as '256MiB', not ${shown}`,
    );
  }
  return Math.floor(Number(match[1]) * units[match[2] as Unit]);
}
