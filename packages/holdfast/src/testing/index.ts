export * from './fake-gemini/index.ts';
export { HeldGenerator, type HeldRun } from './held-generator.ts';
export { assertInvariants } from './invariants.ts';
export { ManualClock, settled } from './manual-clock.ts';
export { MemoryFiles } from './memory-files.ts';
export { createTestCache, type TestCache } from './test-cache.ts';
