export { geminiGuard } from './gemini-guard.ts';
export { geminiProxy } from './gemini-proxy.ts';
export { LimitsError, type ModelLimits, parseLimits } from './limits.ts';
export type { ProviderProxy } from './provider-proxy.ts';
export { isProxied, proxyPath } from './target.ts';
