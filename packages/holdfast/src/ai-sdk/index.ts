export { exchange } from '../llm/exchange-kind.ts';
export { type HoldfastMiddleware, holdfastMiddleware } from './middleware.ts';
export type { MiddlewareOptions } from './options.ts';
