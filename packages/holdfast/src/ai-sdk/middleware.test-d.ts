import type { LanguageModelV4 } from '@ai-sdk/provider';
import { type LanguageModelMiddleware, wrapLanguageModel } from 'ai';
import { expectTypeOf } from 'vitest';
import { type Cache, createCache } from '../cache/cache.ts';
import type { Kinds } from '../cache/options.ts';
import { exchange } from '../llm/exchange-kind.ts';
import { holdfastMiddleware } from './middleware.ts';

declare const model: LanguageModelV4;

// It is a middleware of the AI SDK as it stands.
const middleware = holdfastMiddleware();
expectTypeOf(middleware).toExtend<LanguageModelMiddleware>();
expectTypeOf(wrapLanguageModel({ model, middleware })).toEqualTypeOf<LanguageModelV4>();
expectTypeOf(middleware.cache).toEqualTypeOf<Cache<Kinds>>();

// It knows the kinds of the cache that it is given.
const kinds = { exchange: exchange({ ttl: '7d' }) };
const cache = createCache({ kinds });
expectTypeOf(holdfastMiddleware({ cache }).cache).toEqualTypeOf<Cache<typeof kinds>>();

// @ts-expect-error: an option that there is not
holdfastMiddleware({ provider: 'gemini' });
