import type { ExchangeRequest } from '../exchange.ts';
import { isKeyParameter, queryOf } from './query.ts';

/*
 * A key is one text. An API key is itself; a token of OAuth, which goes up as `authorization`, is `Bearer <token>`. API
 * keys have no space, so the two never meet, and `keyHeaders` can tell them apart. A token is renewed every hour or so,
 * and its scope with it: who wants to share for longer names a scope.
 *
 * Where a request carries several, one counts and the others are not sent on: the header `x-goog-api-key`, then the query
 * `key`, then `authorization`, then the query `access_token`. What is no key that a header can carry is none.
 */

const apiKey = /^[\x21-\x7e]+$/;
const bearer = /^bearer +([\x21-\x7e]+)$/i;

export function takeKey(request: ExchangeRequest): {
  readonly key: string | undefined;
  readonly request: ExchangeRequest;
} {
  const { 'x-goog-api-key': header, authorization, ...headers } = request.headers;
  const { path, parameters } = queryOf(request.target);
  const inQuery = (isToken: boolean) =>
    parameters.find(({ name }) => isKeyParameter(name) && /token$/.test(name) === isToken)?.value;

  const key =
    checkedKey(header) ??
    checkedKey(inQuery(false)) ??
    token(authorization) ??
    token(`Bearer ${inQuery(true) ?? ''}`);
  const rest = parameters.filter(({ name }) => !isKeyParameter(name)).map(({ text }) => text);
  const target = rest.length === 0 ? path : `${path}?${rest.join('&')}`;
  return { key, request: { ...request, target, headers } };
}

export function keyHeaders(key: string): Readonly<Record<string, string>> {
  return bearer.test(key) ? { authorization: key } : { 'x-goog-api-key': key };
}

function checkedKey(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return apiKey.test(trimmed) ? trimmed : undefined;
}

function token(text: string | undefined): string | undefined {
  const match = bearer.exec(text?.trim() ?? '');
  return match === null ? undefined : `Bearer ${match[1]}`;
}
