import type { ExchangeRequest } from '../exchange.ts';
import type { JsonObject } from '../json-object.ts';
import type { Question } from '../provider.ts';
import { parseAddress } from './address.ts';
import { contentsOf } from './contents.ts';
import { type Expectation, expectationOf } from './expectation.ts';
import { isImmutable } from './files.ts';
import { type ContentDigest, type Identity, identityOf } from './identity.ts';
import { parseBody } from './request-body.ts';
import { type Tools, toolsOf } from './tools.ts';

/** What a request asks a model for; undefined for one that is passed on as it is. Never throws. */
export function read(
  request: ExchangeRequest,
  contentDigest: ContentDigest | undefined,
): Question | undefined {
  const address = parseAddress(request.method, request.target);
  const body = address && parseBody(request.body);
  if (address === undefined || body === undefined) return undefined;
  const identity = attempt(() => identityOf(address, body, contentDigest));
  if (identity === undefined) return undefined;

  const tools = toolsOf(identity.body);
  const { tokens, files } = contentsOf(identity.body);
  return {
    model: address.model,
    form: address.form,
    identity: identity.text,
    unkept: reason(identity, tools, files),
    // Counting is free of the quota of tokens.
    estimatedTokens: address.family === 'countTokens' ? 0 : tokens,
    expectation: expectationOf(address.family, identity.body, tools) satisfies Expectation,
  };
}

/** Too deep for a canonical text, or for the stack. */
function attempt(make: () => Identity | undefined): Identity | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function reason(identity: Identity, tools: Tools, files: readonly string[]): string | undefined {
  if (identity.namesPrefixCache) return 'names a prefix cache';
  if (tools.outside !== undefined) return tools.outside;
  if (!files.every(isImmutable)) return 'names a file that can change';
  if (hasContinuation(identity.body)) return 'goes on with an answer that the provider holds';
  return undefined;
}

const hasContinuation = ({ continuationToken }: JsonObject) => continuationToken !== undefined;
