import { isObject } from '../json-object.ts';

/* Records of numbers under known names, which is what the ledger's rows are made of. */

export function addNumbers<N extends string>(
  names: readonly N[],
  one: Readonly<Record<N, number>>,
  other: Readonly<Record<N, number>>,
): Record<N, number> {
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as Record<N, number>;
}

export function noNumbers<N extends string>(names: readonly N[]): Record<N, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<N, number>;
}

/** Whether there is a number of 0 or more under each name. */
export function hasNumbers<V, N extends string>(
  value: V,
  names: readonly N[],
): value is V & Readonly<Record<N, number>> {
  return isObject(value) && names.every((name) => Number.isFinite(value[name]) && Number(value[name]) >= 0);
}
