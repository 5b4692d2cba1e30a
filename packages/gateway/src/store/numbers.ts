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
export function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => Number.isFinite(value[name]) && Number(value[name]) >= 0);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
