/**
 * A fake Gemini: a real HTTP server on 127.0.0.1 that speaks enough of the Gemini API for the official client, with
 * scripted latency and failures, real limits, and an exact count of what it was asked. Nothing leaves the machine.
 *
 *     await using fake = await startFakeGemini({ latency: '200ms' });
 *     const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url } });
 *     fake.next({ fail: '429', retryDelay: '53s' }, { hang: true });
 *
 * It is faithful to
 * - the paths `POST /v1|v1beta/models/{model}:generateContent`, `:streamGenerateContent` (server-sent events with
 *   `?alt=sse`, else one growing JSON array, errors in an array too) and `:countTokens`; anything else is a 404;
 * - the errors' shape (`error.code`, `message`, `status`, `details`), and for 429 the `QuotaFailure` with its
 *   `quotaMetric`, `quotaId` (`PerMinute` or `PerDay`), `quotaDimensions` and `quotaValue` beside the `RetryInfo`;
 *   503 is the overloaded model; a missing `x-goog-api-key` or a missing cached content is a 403; a body that is no
 *   JSON object, has no contents or is too large is a 400;
 * - `usageMetadata`, where the prompt includes the cached tokens, and in a stream every chunk has the counts so far;
 * - quotas of requests and input tokens by the minute and of requests by the day (Pacific time), for each model.
 *
 * It is not faithful to the wording or length of answers (a digest of the request picks words), to the exact number
 * of tokens (four characters make one), to response schemas, tools, safety, unknown fields (let pass), files, cached
 * contents (there never are any), or the shape of an unknown path's page. A call whose client leaves
 * before an answer in one piece costs nothing here; Google may bill it. The API key must be there and may be
 * anything; it is never kept, counted or shown.
 *
 * Sources: ai.google.dev/api/generate-content, /api/tokens, /gemini-api/docs/rate-limits and /docs/troubleshooting;
 * google/rpc/error_details.proto; the behaviour of `@google/genai` 3.1.
 */

export type { FailureKind, FakeGeminiStats, ModelStats } from './account.ts';
export type { GeminiMethod } from './address.ts';
export type { FailureStatus, GeminiErrorBody, GeminiErrorDetail, ProtobufDuration } from './errors.ts';
export { Gate } from './gate.ts';
export type { JsonObject } from './json-object.ts';
export type { FakeGeminiLimits } from './limits.ts';
export type { ListPrice, PriceTable, TokenCounts } from './price.ts';
export type { FakeGeminiReply, Reply, ReplyFunction } from './reply.ts';
export type { FakeGeminiRequest } from './request.ts';
export type { Latency, ScriptedStep } from './script.ts';
export { type FakeGemini, type FakeGeminiOptions, startFakeGemini } from './server.ts';
export { estimateTokens, type UsageMetadata, type UsageOverride } from './usage.ts';
