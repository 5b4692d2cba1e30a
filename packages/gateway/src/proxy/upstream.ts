/** Where the requests of a proxy go: configured, and the same for all of them. */
export interface Upstream {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** On this machine: what is spent there is no money. */
  readonly isLoopback: boolean;
}

/** Bad text for an upstream, and what is wrong with it; without the text, as it may hold a password. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
}

/**
 * The upstream of an address that whoever runs the gateway has given. Without TLS only this machine is reached, as requests carry
 * keys.
 *
 * @throws UpstreamError
 */
export function parseUpstream(text: string): Upstream {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new UpstreamError('must be an address such as https://generativelanguage.googleapis.com');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UpstreamError('must have no user name or password in it');
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    throw new UpstreamError('must have no query or fragment');
  }
  const isLoopback = isLoopbackName(url.hostname);
  if (url.protocol === 'http:' && !isLoopback) {
    throw new UpstreamError(
      'must begin with https://, as requests carry keys; http:// is for this machine only',
    );
  }
  return { baseUrl: url.origin + url.pathname.replace(/\/+$/, ''), isLoopback };
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name);
}
