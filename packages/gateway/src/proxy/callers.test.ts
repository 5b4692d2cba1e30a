import { type ExchangeRequest, gemini } from 'holdfast/llm';
import { describe, expect, test } from 'vitest';
import { Token } from '../server/access.ts';
import { Callers } from './callers.ts';

const token = new Token('the-token-of-this-gateway-0123456789');
const callers = new Callers(gemini(), token, 'own-key');

function asked(headers: Readonly<Record<string, string>>, target = '/v1beta/models'): ExchangeRequest {
  return { method: 'GET', target, headers, body: new Uint8Array() };
}
const withKey = (key: string) => callers.identify(asked({ 'x-goog-api-key': key }));
const refusal = (status: number, code: string) => expect.objectContaining({ name: 'Refusal', status, code });

describe('a caller', () => {
  test('with a key of its own has it sent, and a scope that is made of it and does not show it', () => {
    const { key, scope, mode, request } = withKey('AIza-CANARY');
    expect({ key, mode }).toEqual({ key: 'AIza-CANARY', mode: undefined });
    expect(scope).toMatch(/^key-[0-9a-f]{16}$/);
    expect(withKey('AIza-CANARY').scope).toBe(scope);
    expect(withKey('AIza-CANARy').scope).not.toBe(scope);
    expect(JSON.stringify(request)).not.toContain('CANARY');
  });

  test.each([
    ['as the header of a key', asked({ 'x-goog-api-key': token.text })],
    ['as a Bearer token', asked({ authorization: `Bearer ${token.text}` })],
    ['in the query', asked({}, `/v1beta/models?pageSize=5&key=${token.text}`)],
  ])('that presents the token %s has the gateway’s key put in', (_, request) => {
    const caller = callers.identify(request);
    expect(caller).toMatchObject({ key: 'own-key', scope: 'gateway' });
    expect(JSON.stringify(caller)).not.toContain(token.text);
  });

  test('that presents the token where the gateway has no key is refused: the token is no key of the provider', () => {
    const keyless = new Callers(gemini(), token, undefined);
    expect(() => keyless.identify(asked({ 'x-goog-api-key': token.text }))).toThrow(
      refusal(401, 'E_API_KEY'),
    );
  });

  test('that presents the token cannot begin an upload, which would take the token to Google', () => {
    const upload = (key: string) =>
      callers.identify(asked({ 'x-goog-api-key': key }, '/upload/v1beta/files'));
    expect(() => upload(token.text)).toThrow(refusal(403, 'E_API_KEY'));
    expect(upload('a-key-of-its-own').key).toBe('a-key-of-its-own');
  });

  test.each([{}, { 'x-goog-api-key': '' }, { authorization: 'Basic eDp5' }])(
    'without a key is refused: %j',
    (headers) => {
      expect(() => callers.identify(asked(headers))).toThrow(refusal(401, 'E_API_KEY'));
    },
  );

  test('has one key where it sends several, and the others go nowhere', () => {
    const { key, request } = callers.identify(
      asked(
        { 'x-goog-api-key': 'first', authorization: `Bearer ${token.text}` },
        '/v1beta/models?key=second&access_token=third',
      ),
    );
    expect(key).toBe('first');
    expect(request).toMatchObject({ target: '/v1beta/models', headers: {} });
  });
});

test('a named scope is never that of a key or of the gateway', () => {
  const named = (name: string) =>
    callers.identify(asked({ 'x-goog-api-key': 'a', 'holdfast-scope': name, 'holdfast-token': token.text }));
  expect(named('gateway')).toMatchObject({ scope: 'named-gateway', key: 'a' });
  expect(named(withKey('a').scope).scope).not.toBe(withKey('a').scope);
});

test('scopes over a thousand share with nobody, as each has a line in the ledger for good', () => {
  const many = new Callers(gemini(), token, undefined);
  const mode = (key: string) => many.identify(asked({ 'x-goog-api-key': key })).mode;
  for (let at = 0; at < 1_000; at += 1) expect(mode(`key-${at}`)).toBeUndefined();
  expect([mode('one-more'), mode('one-more'), mode('key-0')]).toEqual(['bypass', 'bypass', undefined]);
  const scopes = ['x', 'y'].map((key) => many.identify(asked({ 'x-goog-api-key': key })).scope);
  expect(new Set(scopes).size).toBe(1);
});

test('who invents keys takes nothing from those who have the token', () => {
  const many = new Callers(gemini(), token, 'own-key');
  for (let at = 0; at < 1_001; at += 1) many.identify(asked({ 'x-goog-api-key': `key-${at}` }));
  expect(many.identify(asked({ 'x-goog-api-key': token.text }))).toMatchObject({
    scope: 'gateway',
    mode: undefined,
  });
  const named = (name: string) =>
    many.identify(asked({ 'x-goog-api-key': 'a', 'holdfast-scope': name, 'holdfast-token': token.text }));
  expect(named('team')).toMatchObject({ scope: 'named-team', mode: undefined });
  for (let at = 0; at < 1_000; at += 1) named(`team-${at}`);
  expect([named('one-more').mode, named('team').mode]).toEqual(['bypass', undefined]);
});
