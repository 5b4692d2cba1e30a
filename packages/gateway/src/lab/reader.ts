import type { StreamScene } from './scene.ts';

/** One of those who follow a stream; the same on both sides. */
export interface Reader {
  /** Milliseconds after the first ones. */
  readonly comesAt: number;
  /** Milliseconds that a piece takes to be read: 0 for who reads as fast as it comes. */
  readonly perPiece: number;
  /** Pieces after which this one has read enough and leaves; undefined for who reads to the end. */
  readonly enough: number | undefined;
}

/** So many come at once, before the answer has begun; the others one after another while it flows. */
const earlyShare = 0.3;
/** So many read slowly, and take so many times as long for each piece. */
const slowShare = 0.05;
const slowness = 1.5;
/** So many leave before the end, at some place between the first pieces and the last ones. */
const leavingShare = 0.15;

/** All of them, in the order in which they come. The first one reads all of it as it comes. */
export function readersOf({ callers, pace }: StreamScene): Reader[] {
  const early = Math.ceil(callers * earlyShare);
  return Array.from({ length: callers }, (_, index) => {
    const late = Math.max(0, index + 1 - early);
    const lot = index === 0 ? 1 : lotOf(index);
    const isSlow = lot < slowShare;
    const leaves = !isSlow && lot < slowShare + leavingShare;
    return {
      comesAt: (pace.lateFor * late) / Math.max(1, callers - early),
      perPiece: isSlow ? slowness * pace.perPiece : 0,
      enough: leaves ? Math.ceil(pace.pieces * (0.15 + 0.7 * lotOf(-index))) : undefined,
    };
  });
}

/** A number from 0 to 1 that is always the same for an index, and that no pattern of the picture gives away. */
function lotOf(index: number): number {
  let bits = Math.imul(index ^ 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
