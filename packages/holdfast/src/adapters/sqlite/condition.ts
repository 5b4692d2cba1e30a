import type { StoreStatus } from '../../stores/store.ts';
import type { WriterReport } from './order.ts';

const mostWarnings = 16;

/** What is known of a store's file: what is in it, whether it may be written, what is amiss, and what has happened to it. */
export class Condition {
  /** As they were counted last. */
  totals: { readonly records: number; readonly bytes: number } = { records: 0, bytes: 0 };
  #warnings: readonly string[] = [];
  #amiss: string | undefined;
  #lack: string | undefined;
  #writable = false;

  get status(): StoreStatus {
    const state = this.#writable && this.#lack === undefined ? 'open' : 'readonly';
    const now = [this.#amiss, this.#lack].filter((word) => word !== undefined);
    return { state, ...this.totals, warnings: [...this.#warnings, ...now] };
  }

  warn(...words: readonly string[]): void {
    this.#warnings = [...new Set([...this.#warnings, ...words])].slice(-mostWarnings);
  }

  hear(report: WriterReport): void {
    switch (report.type) {
      case 'opened':
        this.#writable = !report.readOnly;
        this.#amiss = report.readOnly ? report.warnings[0] : undefined;
        if (!report.readOnly) this.warn(...report.warnings);
        break;
      case 'lost':
        this.#writable = false;
        this.#amiss = report.message;
        break;
      case 'room':
        this.#lack = report.lack;
        break;
      case 'closed':
        this.totals = { records: report.records, bytes: report.bytes };
    }
  }
}
