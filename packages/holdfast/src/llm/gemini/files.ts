/**
 * A file of the Files API by the name that the API made for it: twelve letters and digits. Such a file cannot be changed,
 * and its name does not come again. A name that the client chose can: the file goes after 48 hours, or is deleted, and
 * another one takes its name.
 */
const uploaded =
  /^https:\/\/generativelanguage\.googleapis\.com\/(?:v1|v1beta|v1alpha)\/files\/[a-z0-9]{12}$/;

/** Whether a URI names the same content for ever. Addresses of the Web, of videos and of buckets do not. */
export function isImmutable(uri: string): boolean {
  return uploaded.test(uri);
}
