/** What stands before the version and the name of a model in the addresses of the official client: its base URL. */
export function baseUrlOf(address: string): string {
  const url = new URL(address);
  const { pathname } = url;
  const models = [...pathname.matchAll(/\/(?:models|tunedModels)(?=[/:]|$)/g)].at(-1);
  const before = pathname.slice(0, models?.index ?? 0).replace(/\/v\d[^/]*$/, '');
  return `${url.origin}${before}`;
}
