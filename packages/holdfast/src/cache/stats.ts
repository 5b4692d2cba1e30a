import { Account } from '../ledger/account.ts';
import { type Stats, type StatsLine, statsLine } from '../ledger/stats.ts';
import type { Engine } from './engine.ts';
import type { Partition } from './partition.ts';

/** The ledger of one scope, or of all. */
export function collectStats(engine: Engine, scope: string | undefined): Stats {
  const { table } = engine;
  const bytes = new Map<Partition, number>();
  for (const slot of table) {
    table.fold(slot);
    const partition = table.owner(slot) as Partition;
    bytes.set(partition, (bytes.get(partition) ?? 0) + table.weight(slot));
  }
  const total = new Line();
  const kinds = new Map<string, Line>();
  for (const partition of engine.partitions(scope)) {
    const line = kinds.get(partition.kind) ?? new Line();
    kinds.set(partition.kind, line);
    for (const one of [total, line]) one.add(partition, bytes.get(partition) ?? 0);
  }
  return {
    ...total.toJSON(),
    kinds: Object.fromEntries([...kinds].map(([kind, line]) => [kind, line.toJSON()])),
  };
}

class Line {
  readonly #account = new Account();
  #entries = 0;
  #bytes = 0;

  add(partition: Partition, bytes: number): void {
    this.#account.add(partition.account);
    this.#entries += partition.strings.size + partition.compounds.size;
    this.#bytes += bytes;
  }

  toJSON(): StatsLine {
    return statsLine(this.#account, this.#entries, this.#bytes);
  }
}
