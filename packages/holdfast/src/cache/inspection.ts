import type { Account } from '../ledger/account.ts';
import { type Tally, tallyNames } from '../ledger/tally.ts';
import type { EntryTable } from '../memory/entry-table.ts';
import { engineOf } from './engines.ts';
import { mostVariants, variantsOf, weightOfAll } from './variants.ts';

/**
 * The invariant walk over a whole cache: what is wrong, in words; empty when all is well.
 * @param quiet nothing may be under way
 */
export function inconsistencies(cache: object, quiet: boolean): string[] {
  const engine = engineOf(cache);
  const wrong = engine.table.inconsistencies();
  for (const slot of engine.table) {
    wrong.push(...wrongVariants(engine.table, slot));
    const note = engine.table.note(slot);
    const proven = note?.trace !== undefined && engine.table.freshUntil(slot) > Number.NEGATIVE_INFINITY;
    if (proven && !engine.watched?.lists(slot, note)) {
      wrong.push(`slot ${slot} is served without a look, and nothing would end that`);
    }
  }
  let attached = 0;
  for (const partition of engine.partitions()) {
    const where = `${partition.kind} in scope '${partition.scope}'`;
    for (const [id, flight] of partition.flights) {
      attached += 1;
      if (flight.id !== id || !flight.attached || flight.landed)
        wrong.push(`${where}: a flight is registered wrongly`);
      if (!engine.flights.has(flight)) wrong.push(`${where}: an attached flight is not in the air`);
      if (!flight.wanted) wrong.push(`${where}: a flight that nobody wants is still attached`);
    }
    const { started, succeeded, failed, abandoned, running } = partition.account.generations;
    if (started !== succeeded + failed + abandoned + running) {
      wrong.push(
        `${where}: ${started} generations started, and ${succeeded}+${failed}+${abandoned}+${running} accounted for`,
      );
    }
    if (partition.leftRunning < 0 || partition.leftRunning > abandoned) {
      wrong.push(`${where}: ${partition.leftRunning} generators are said to be left running`);
    }
    wrong.push(...wrongWorth(partition.account).map((what) => `${where}: ${what}`));
    if (quiet && running > 0) wrong.push(`${where}: ${running} generations are running`);
  }
  if (attached > engine.flights.size)
    wrong.push(`${attached} flights attached, ${engine.flights.size} in the air`);
  if (quiet && engine.flights.size > 0) wrong.push(`${engine.flights.size} flights are in the air`);
  if (quiet && engine.calls.size > 0) wrong.push(`${engine.calls.size} calls have not ended`);
  return wrong;
}

function wrongWorth(account: Account): string[] {
  const wrong: string[] = [];
  const { hit, stored, stale, coalesced } = account.outcomes;
  for (const worths of [account.real, account.simulated]) {
    const { spent, saved, savedBy } = worths.toJSON();
    for (const tally of [spent, saved, savedBy.hit, savedBy.coalesced]) {
      if (Object.values(tally).some((value) => !(value >= 0))) wrong.push('a tally is negative or NaN');
    }
    for (const name of tallyNames) {
      const parts = savedBy.hit[name] + savedBy.coalesced[name];
      if (saved[name] !== parts)
        wrong.push(`${saved[name]} ${name} are saved, ${parts} by hits and followers`);
    }
    if (hit + stored + stale === 0 && !isEmptyTally(savedBy.hit))
      wrong.push('hits saved something without any');
    if (coalesced === 0 && !isEmptyTally(savedBy.coalesced))
      wrong.push('followers saved something without any');
  }
  return wrong;
}

function isEmptyTally(tally: Tally): boolean {
  return Object.values(tally).every((value) => value === 0);
}

function wrongVariants(table: EntryTable, slot: number): string[] {
  const variants = variantsOf(table, slot);
  const wrong: string[] = [];
  if (variants.length > mostVariants) wrong.push(`slot ${slot} holds ${variants.length} values`);
  if (variants.some(({ weight }) => weight < 0)) wrong.push(`slot ${slot} holds a value of negative weight`);
  if (variants.length > 0 && weightOfAll(variants) !== table.weight(slot)) {
    wrong.push(`slot ${slot} weighs ${table.weight(slot)}, its values ${weightOfAll(variants)}`);
  }
  for (const { note } of variants.slice(1)) {
    if (note.trace === undefined)
      wrong.push(`slot ${slot} keeps a value that was made from nothing beside others`);
    if (note.others.length > 0) wrong.push(`slot ${slot} keeps values below the first`);
  }
  return wrong;
}
