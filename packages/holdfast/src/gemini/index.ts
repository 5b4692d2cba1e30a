export { exchange } from '../llm/exchange-kind.ts';
export { type GuardedGemini, type GuardGeminiOptions, guardGemini } from './guard-gemini.ts';
