export { MemoryBackend, type MemoryBackendOptions } from '../stores/memory-backend.ts';
export { MemoryStore } from '../stores/memory-store.ts';
export * from './fake-gemini/index.ts';
export {
  type Fault,
  type Faults,
  type FaultyCall,
  type RandomFaults,
  randomFaults,
  scriptedFaults,
} from './faults.ts';
export { FaultyStore, type FaultyStoreOptions } from './faulty-store.ts';
export { HeldGenerator, type HeldRun } from './held-generator.ts';
export { assertInvariants } from './invariants.ts';
export { ManualClock, settled } from './manual-clock.ts';
export { MemoryFiles } from './memory-files.ts';
export {
  describeStore,
  describeStoreUnderFaults,
  type FaultRounds,
  type StoreBench,
  type TestFramework,
} from './store-conformance.ts';
export { createTestCache, type TestCache } from './test-cache.ts';
