export {
  Admission,
  type AdmissionOptions,
  type AdmissionRequest,
  type AdmissionStatus,
  type Slot,
} from '../guard/admission.ts';
export type { Attempt } from '../guard/attempt.ts';
export { type BodyLimits, type BodyOptions, guardBody } from '../guard/body.ts';
export {
  Breaker,
  type BreakerOptions,
  type BreakerState,
  type ParsedBreaker,
  type Passage,
  parseBreaker,
} from '../guard/breaker.ts';
export type { Usage, Work } from '../guard/call.ts';
export { Deadline, runWithin, type Within } from '../guard/deadline.ts';
export { type GuardEvent, type GuardListener, guardChannelName } from '../guard/event.ts';
export { checkResponse, type Failure, failureOf, healthIn, isWorthRetrying } from '../guard/failure.ts';
export { type Guard, type GuardedCallOptions, type GuardOptions, guard } from '../guard/guard.ts';
export { MemoryQuota } from '../guard/memory-quota.ts';
export { nextPacificMidnight } from '../guard/pacific-day.ts';
export type { Permit, PermitRequest } from '../guard/permit.ts';
export type {
  Ahead,
  Grant,
  LimitedBy,
  Quota,
  QuotaLine,
  QuotaStatus,
  RateLimits,
  Taken,
  Wait,
} from '../guard/quota.ts';
export { type LineStatus, RateLimiter, type RateLimiterOptions } from '../guard/rate-limiter.ts';
export {
  type BackOff,
  type ParsedBackOff,
  parseBackOff,
  type RetryDecision,
  type RetryOptions,
  retry,
} from '../guard/retry.ts';
export { RetryBudget, type RetryBudgetOptions } from '../guard/retry-budget.ts';
export { type Reservation, type ScopeSpending, SpendingCap } from '../guard/spending-cap.ts';
export type { BreakerStatus, GuardStatus } from '../guard/status.ts';
export { SystemClock } from '../lib/clock.ts';
export type { Exchange, ExchangeRequest, Form, Recording, TokenUsage } from './exchange.ts';
export type { ExchangeAnswer } from './exchange-answer.ts';
export { exchange } from './exchange-kind.ts';
export { type AskOptions, Exchanges, type ExchangesOptions } from './exchanges.ts';
export { type ContentDigest, type GeminiOptions, gemini } from './gemini/index.ts';
export { type GuardedFetch, guardedFetch } from './guarded-fetch.ts';
export { checkPriceList } from './price-check.ts';
export {
  type DatedPrice,
  type ExchangePrice,
  findPrice,
  type ModelPrices,
  type Price,
  type PriceList,
  type PriceSource,
  priceOf,
} from './price-list.ts';
export { geminiPrices } from './prices/gemini-2026-09-23.ts';
export type { Allowances, Judgement, Provider, ProviderFailure, Question } from './provider.ts';
export { scopeOfKey } from './scope-name.ts';
