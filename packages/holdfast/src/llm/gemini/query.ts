interface Parameter {
  /** Decoded. */
  readonly name: string;
  readonly value: string;
  /** As it came. */
  readonly text: string;
}

/** A target in its parts. A fragment is never sent, so it is not looked at. */
export function queryOf(target: string): {
  readonly path: string;
  readonly parameters: readonly Parameter[];
} {
  const [sent = ''] = target.split('#', 1);
  const mark = sent.indexOf('?');
  if (mark === -1) return { path: sent, parameters: [] };
  const texts = sent.slice(mark + 1).split('&');
  return { path: sent.slice(0, mark), parameters: texts.filter((text) => text !== '').map(parameterOf) };
}

function parameterOf(text: string): Parameter {
  const mark = text.indexOf('=');
  const [name, value] = mark === -1 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)];
  return { name: decoded(name), value: decoded(value), text };
}

function decoded(text: string): string {
  if (plain.test(text)) return text;
  // As servers of the Web decode a query: it never throws, and what is no UTF-8 becomes U+FFFD.
  return new URLSearchParams(`x=${text}`).get('x') ?? '';
}

/** What is the same decoded. */
const plain = /^[\w.-]*$/;

const keyNames = new Set(['key', 'access_token', 'oauth_token']);

/** Whether a parameter of that name carries a credential; Google takes `$key` for `key`. */
export function isKeyParameter(name: string): boolean {
  return keyNames.has(name.replace(/^\$/, ''));
}
