import { HoldfastError } from './errors.ts';

declare const milliseconds: unique symbol;
/** Milliseconds, parsed and checked. */
export type Milliseconds = number & { readonly [milliseconds]?: never };

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w';
/** Milliseconds as a number, or a string such as `'250ms'`, `'30s'`, `'10m'`, `'1.5h'`, `'7d'`, `'2w'`. */
export type Duration = number | `${number}${Unit}`;

const units: Readonly<Record<Unit, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

/**
 * A duration in milliseconds; `Infinity` is allowed as a number.
 * @throws E_DURATION naming `what` and repeating the bad value.
 */
export function parseDuration(input: Duration, what: string): Milliseconds {
  if (typeof input === 'number' && input >= 0) return input;
  const match = typeof input === 'string' ? pattern.exec(input) : null;
  if (match === null) {
    throw new HoldfastError(
      'E_DURATION',
      `${what} must be a number of milliseconds (0 or more) or a string such as '30s', '10m' or '7d', not ${describe(input)}`,
    );
  }
  return Number(match[1]) * units[match[2] as Unit];
}

function describe(input: unknown): string {
  return typeof input === 'string'
    ? `'${input.slice(0, 40)}'`
    : typeof input === 'number'
      ? String(input)
      : typeof input;
}
