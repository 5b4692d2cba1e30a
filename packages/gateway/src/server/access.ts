import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/*
 * Who may ask. A server on loopback is reached by every page that its user opens and by every program on the machine,
 * and each of these checks stops one way in:
 *
 * - Host: a name that an attacker's DNS points at 127.0.0.1 arrives with that name in it (DNS rebinding).
 * - Origin: a page from elsewhere says so in every request that is not a plain GET.
 * - Sec-Fetch-Site: and in every other one. `same-site` is refused too: other ports of 127.0.0.1 are the same site.
 * - Token: programs, and users of the same machine, can send any header that they like.
 */

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** @throws Refusal unless the request was meant for this server, and comes from its own page or from no page at all */
export function checkSource(request: IncomingMessage, port: number, for_: 'api' | 'page'): void {
  const host = hostOf(request);
  // Browsers leave out the port that HTTP has anyway.
  const ends = port === 80 ? ['', ':80'] : [`:${port}`];
  if (!loopbackNames.some((name) => ends.some((end) => host === name + end))) {
    throw new Refusal(
      403,
      'E_HOST',
      `the Host header must name this server, as 127.0.0.1:${port} or localhost:${port}`,
    );
  }
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new Refusal(403, 'E_ORIGIN', 'requests from pages of another origin are refused');
  }
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  // Following a link to the page is harmless: it holds no secret and cannot be framed.
  const followsLink =
    request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document';
  if (for_ === 'page' && followsLink) return;
  throw new Refusal(403, 'E_ORIGIN', 'requests from pages of another site are refused');
}

function hostOf({ rawHeaders }: IncomingMessage): string {
  // Of several, `headers` has only the first.
  let host: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if ((rawHeaders[at] as string).toLowerCase() !== 'host') continue;
    if (host !== undefined) throw oneHost();
    host = rawHeaders[at + 1] as string;
  }
  if (host === undefined) throw oneHost();
  return host.toLowerCase();
}

function oneHost(): Refusal {
  return new Refusal(400, 'E_HOST', 'a request has one Host header');
}

/** The secret of the server, of one start unless it was given: whoever knows it may ask. */
export class Token {
  readonly text: string;
  readonly #digest: Buffer;

  /** @param text a new one unless given */
  constructor(text = randomBytes(32).toString('base64url')) {
    this.text = text;
    this.#digest = digestOf(text);
  }

  /** In a time that says nothing of how much of it was right. */
  equals(given: string): boolean {
    // Its length is no secret. Digests have equal ones in bytes too, which timingSafeEqual needs.
    return given.length === this.text.length && timingSafeEqual(digestOf(given), this.#digest);
  }

  /** @throws Refusal unless the request carries the token */
  check(request: IncomingMessage): void {
    const given = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && this.equals(given)) return;
    throw new Refusal(
      401,
      'E_TOKEN',
      'send the token of this start as `Authorization: Bearer …`: it stands in the address that the terminal shows',
      { 'WWW-Authenticate': 'Bearer' },
    );
  }
}

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
