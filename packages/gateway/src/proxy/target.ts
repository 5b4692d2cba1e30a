import { Refusal } from '../server/refusal.ts';

/** Below it the server is the provider's base URL. */
export const proxyPath = '/gemini';

export function isProxied(target: string): boolean {
  return target.startsWith(`${proxyPath}/`) || target === proxyPath || target.startsWith(`${proxyPath}?`);
}

/** Segments of unreserved characters and what a path may hold beside them; none is empty. */
const path = /^(?:\/(?:[\w.~!$&'()*+,;=:@-]|%[\da-f]{2})+)+$/i;
/** Dots and separators in another writing, and control characters: whoever decodes them would see another path. */
const disguised = /%(?:2e|2f|5c|[01][\da-f]|7f)/i;
const dots = /\.\.|\/\.(?:\/|$)/;
/** What Node lets through, less what an address has no place for. */
const query = /^[\x21\x24-\x3b\x3d\x3f-\x7e]*$/;

/**
 * What of a request's target is put behind the provider's base URL: exactly what the client wrote, as it can mean nothing but
 * a path below it. Everything that a URL parser, or a server behind the provider's, could take for a way out is refused.
 *
 * @throws Refusal 400
 */
export function providerTarget(target: string): string {
  const below = target.slice(proxyPath.length);
  const cut = below.indexOf('?');
  const pathname = cut === -1 ? below : below.slice(0, cut);
  if (!path.test(pathname) || disguised.test(pathname) || dots.test(pathname) || !isUtf8(pathname)) {
    throw new Refusal(
      400,
      'E_TARGET',
      `below ${proxyPath} stands a path of the provider, such as /v1beta/models, without empty segments, dots as segments, or separators in percent signs`,
    );
  }
  if (cut !== -1 && !query.test(below.slice(cut + 1))) {
    throw new Refusal(400, 'E_TARGET', 'the query of the address has characters that must be escaped');
  }
  return below;
}

/** Bytes in percent signs that are no UTF-8 are what lax decoders take for dots and slashes. */
function isUtf8(pathname: string): boolean {
  if (!pathname.includes('%')) return true;
  try {
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}
