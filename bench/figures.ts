import { median } from './measures/material.ts';

/** How numbers are written in the reports. */
export type Format = (number: number) => string;

/** The median of the rounds, and in brackets the lowest and the highest; a dash where there was none. */
export function spread(list: readonly number[], format: Format): string {
  if (list.length === 0) return '–';
  const [low, high] = [format(Math.min(...list)), format(Math.max(...list))];
  return low === high ? low : `${format(median(list))} (${low}–${high})`;
}

/** The floor's time as a share of the measured one, of several processes. */
export interface ShareOfFloor {
  readonly share: number;
  readonly lowest: number;
  readonly highest: number;
}

/** How many times as long as the floor. */
export function times({ share, lowest, highest }: ShareOfFloor): string {
  if (lowest === highest) return digits(1 / share);
  return `${digits(1 / share)} (${digits(1 / highest)}–${digits(1 / lowest)})`;
}

export const digits: Format = (number) => number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);
