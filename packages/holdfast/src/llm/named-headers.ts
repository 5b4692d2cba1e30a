/** Of the headers of a request or an answer, those of these names, which are in lower case. */
export function named(
  headers: Iterable<readonly [string, string]>,
  names: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => names.has(name)));
}
