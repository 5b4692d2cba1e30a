export { home, makeHome, writeNew } from './home.ts';
export { LedgerBook } from './ledger-book.ts';
export { hasStore, inMemory, type OpenedStore, openStore, type StoreChoice } from './open-store.ts';
export { StoreHealth } from './store-health.ts';
export type { KindTotals } from './totals.ts';
