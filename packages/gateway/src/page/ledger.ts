import type { StatsAnswer } from '../api/index.ts';
import { element, find, makeScrollable, say } from './element.ts';
import { count, dollars, seconds, share } from './format.ts';
import { hasPrice, type LedgerRow, ledgerTable } from './ledger-rows.ts';
import { savers, savingsRows } from './savings-rows.ts';

/** The ledger, as it grows. */
export class Ledger {
  readonly #tiles = find('tiles', HTMLElement);
  readonly #table = find('ledger', HTMLTableElement);
  readonly #savings = find('savings', HTMLTableElement);
  readonly #drawn = new Map<HTMLTableElement, string>();

  constructor() {
    makeScrollable(find('ledger-scroll', HTMLElement));
  }

  show(stats: StatsAnswer): void {
    this.#tile('hits', count(stats.outcomes.hit + stats.outcomes.stored));
    this.#tile('hit ratio', stats.calls === 0 ? '–' : share(stats.hitRatio));
    for (const name of ['spent', 'saved'] as const) {
      this.#tile(name, hasPrice(stats) ? dollars(stats[name].usd) : seconds(stats[name].seconds));
    }
    const { kinds, rows } = ledgerTable(stats);
    this.#draw(this.#table, '', kinds, rows);
    const savings = savingsRows(stats);
    this.#savings.hidden = savings.length === 0;
    this.#draw(this.#savings, 'saved by', savers, savings);
  }

  #draw(
    table: HTMLTableElement,
    corner: string,
    columns: readonly string[],
    rows: readonly LedgerRow[],
  ): void {
    const drawn = JSON.stringify([columns, rows]);
    if (drawn === this.#drawn.get(table)) return;
    this.#drawn.set(table, drawn);
    table.tHead?.replaceChildren(
      element(
        'tr',
        {},
        element('td', {}, corner),
        ...columns.map((column) => element('th', { scope: 'col' }, ...breakable(column))),
      ),
    );
    table.tBodies[0]?.replaceChildren(
      ...rows.map(({ name, cells, sum }) =>
        element(
          'tr',
          { 'data-row': name, ...(sum && { class: 'sum' }) },
          element('th', { scope: 'row' }, name),
          ...cells.map((cell) => element('td', nothing.has(cell) ? { class: 'none' } : {}, cell)),
        ),
      ),
    );
  }

  #tile(name: string, value: string): void {
    const found = this.#tiles.querySelector(`[data-figure="${name}"]`);
    if (found !== null) say(found, value);
    else
      this.#tiles.append(
        element('div', {}, element('dt', {}, name), element('dd', { 'data-figure': name }, value)),
      );
  }
}

/** A name in two lines, where it must be: `symbol_` over `index`. */
function breakable(name: string): (Node | string)[] {
  return name.split(/(?<=_)/).flatMap((part, at) => (at === 0 ? [part] : [element('wbr'), part]));
}

const nothing: ReadonlySet<string> = new Set(['0', '$0', '–']);
