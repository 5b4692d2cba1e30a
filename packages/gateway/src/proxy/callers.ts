import { type ExchangeRequest, type Provider, scopeOfKey } from 'holdfast/llm';
import type { Token } from '../server/access.ts';
import { Refusal } from '../server/refusal.ts';

/** Who asks, as far as it decides which key is sent and with whom answers are shared. */
export interface Caller {
  /** Sent to the provider. */
  readonly key: string;
  /** Callers of one scope share answers. */
  readonly scope: string;
  /** `bypass`: nothing is shared with anybody. */
  readonly mode: 'bypass' | undefined;
  /** Without the key. */
  readonly request: ExchangeRequest;
}

const scopeHeader = 'holdfast-scope';
const tokenHeader = 'holdfast-token';

/** Of those who have the gateway's key put in. */
const gatewayScope = 'gateway';
/** Of those who are too many, and share nothing. */
const restScope = 'rest';
const scopeName = /^[\w.-]{1,64}$/;

/**
 * Each scope has a line in the ledger as long as the gateway runs, and clients could invent keys without end. Those who have shown
 * the token are counted apart, so that nobody can drive them out.
 */
const maxScopes = 1_000;

/**
 * Tells callers apart by their keys: those with one key share answers, and nobody else does, unless both have named a scope
 * and shown the gateway's token. A scope is made of a key by a hash, so that the key stands nowhere.
 */
export class Callers {
  readonly #provider: Provider;
  readonly #token: Token;
  readonly #ownKey: string | undefined;
  readonly #ofKeys = new Set<string>();
  readonly #ofToken = new Set<string>();

  /** @param ownKey the gateway's own, sent for those who have its token in the place of a key */
  constructor(provider: Provider, token: Token, ownKey: string | undefined) {
    this.#provider = provider;
    this.#token = token;
    this.#ownKey = ownKey;
  }

  /** @throws Refusal 400, 401, 403 */
  identify(asked: ExchangeRequest): Caller {
    const { key, request } = this.#provider.takeKey(asked);
    if (key === undefined || key === '') {
      throw new Refusal(
        401,
        'E_API_KEY',
        'send your own key as x-goog-api-key, or, where the gateway has a key, its token in the place of one',
      );
    }
    const isToken = this.#token.equals(key.replace(/^Bearer /i, ''));
    const sent = isToken ? this.#own() : key;
    // It goes on at an address of Google's, where clients send what they have for a key: the token is for nobody but us.
    if (isToken && request.target.startsWith('/upload/')) {
      throw new Refusal(403, 'E_API_KEY', 'uploads go to Google itself, and need a key of your own');
    }
    const trusted = this.#named(asked) ?? (isToken ? gatewayScope : undefined);
    const scope = trusted ?? scopeOfKey(key);
    return isAdmitted(trusted === undefined ? this.#ofKeys : this.#ofToken, scope)
      ? { key: sent, scope, mode: undefined, request }
      : { key: sent, scope: restScope, mode: 'bypass', request };
  }

  #own(): string {
    if (this.#ownKey !== undefined) return this.#ownKey;
    throw new Refusal(
      401,
      'E_API_KEY',
      'this gateway has no key of its own: start it with GEMINI_API_KEY, GOOGLE_API_KEY or --api-key-file, or send your own key',
    );
  }

  #named({ headers }: ExchangeRequest): string | undefined {
    const name = headers[scopeHeader];
    if (name === undefined) return undefined;
    if (!this.#token.equals(headers[tokenHeader] ?? '')) {
      throw new Refusal(401, 'E_TOKEN', `${scopeHeader} needs ${tokenHeader}: the token of this gateway`);
    }
    if (scopeName.test(name)) return `named-${name}`;
    throw new Refusal(
      400,
      'E_SCOPE',
      `${scopeHeader} must have 1 to 64 letters, digits, dots, dashes or underscores`,
    );
  }
}

function isAdmitted(scopes: Set<string>, scope: string): boolean {
  if (scopes.size < maxScopes) scopes.add(scope);
  return scopes.has(scope);
}
