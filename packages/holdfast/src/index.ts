export { detached } from './cache/ambient.ts';
export type { BulkGenerator } from './cache/bulk.ts';
export { Cache, createCache, type KindName, ScopedCache, type ValueOf } from './cache/cache.ts';
export type { CallOptions, Mode } from './cache/call-options.ts';
export type { Definition, DefinitionOptions } from './cache/definition.ts';
export type { EntryFilter, EntryListing } from './cache/entries.ts';
export type { Explanation } from './cache/explain.ts';
export type {
  Awaitable,
  Generated,
  GenerationContext,
  Generator,
  NotModified,
  Skipped,
  StaleValue,
} from './cache/generator.ts';
export type { Handle, Peek } from './cache/handle.ts';
export { type Freshness, type KindDefinition, type KindOptions, kind } from './cache/kind.ts';
export type { CacheOptions, Kinds, RefreshBudget } from './cache/options.ts';
export type { Acknowledgement, SetOptions } from './cache/write.ts';
export { channelName, type Subscription } from './events/emitter.ts';
export type {
  EventName,
  EventOf,
  HoldfastEvent,
  Listener,
  RefreshedEntry,
  SourceChange,
  WatchState,
  WorkspaceEvent,
} from './events/event.ts';
export type { GenerationCounts, OutcomeCounts } from './ledger/account.ts';
export type { Stats, StatsLine } from './ledger/stats.ts';
export type { Tally } from './ledger/tally.ts';
export type { Worth } from './ledger/worth.ts';
export type { Size } from './lib/bytes.ts';
export type { Clock, Timer } from './lib/clock.ts';
export type { Duration } from './lib/duration.ts';
export {
  type ErrorCode,
  HoldfastBulkError,
  HoldfastCycleError,
  HoldfastError,
  HoldfastProviderError,
  HoldfastProviderTimeoutError,
  HoldfastRefusedError,
  HoldfastRememberedError,
  HoldfastSharedError,
  type RefusalCode,
  type SharedFailure,
  type TimeLimit,
} from './lib/errors.ts';
export type { JsonValue } from './lib/json.ts';
export type { StandardSchema } from './lib/standard-schema.ts';
export type { EvictionName } from './memory/eviction.ts';
export type { Cost, ReportedCost } from './model/cost.ts';
export type {
  Dependency,
  Digest,
  DirectoryDependency,
  EnvironmentDependency,
  ExistsDependency,
  FileDependency,
  GlobDependency,
  GlobOptions,
  KeyDependency,
  SourceDependency,
} from './model/dependency.ts';
export { Key, type KeyContent, type KeyInput } from './model/key.ts';
export type { Origin } from './model/origin.ts';
export {
  type Outcome,
  outcomes,
  type Resolution,
  type StaleMark,
  type StaleReason,
} from './model/outcome.ts';
export type { Selector } from './model/selector.ts';
export type { Verdict } from './model/trace.ts';
export type {
  Claim,
  Fence,
  NewRecord,
  Store,
  StoreChange,
  StoredRecord,
  StoreFilter,
  StoreSelector,
  StoreStatus,
  StoreTable,
} from './stores/store.ts';
export type { DependencySource, Reading, Watch } from './trace/source.ts';
