import type { StatsAnswer } from '../api.ts';
import { element, find, makeScrollable, say } from './element.ts';
import { count, seconds, share } from './format.ts';
import { ledgerTable } from './ledger-rows.ts';

/** The ledger, as it grows. */
export class Ledger {
  readonly #tiles = find('tiles', HTMLElement);
  readonly #table = find('ledger', HTMLTableElement);
  #drawn = '';

  constructor() {
    makeScrollable(find('ledger-scroll', HTMLElement));
  }

  show(stats: StatsAnswer): void {
    this.#tile('hits', count(stats.outcomes.hit + stats.outcomes.stored));
    this.#tile('hit ratio', stats.calls === 0 ? '–' : share(stats.hitRatio));
    this.#tile('spent', seconds(stats.spent.seconds));
    this.#tile('saved', seconds(stats.saved.seconds));
    const { kinds, rows } = ledgerTable(stats);
    const drawn = JSON.stringify([kinds, rows]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#table.tHead?.replaceChildren(
      element('tr', {}, element('td'), ...kinds.map((kind) => element('th', { scope: 'col' }, kind))),
    );
    this.#table.tBodies[0]?.replaceChildren(
      ...rows.map(({ name, cells, sum }) =>
        element(
          'tr',
          { 'data-row': name, ...(sum && { class: 'sum' }) },
          element('th', { scope: 'row' }, name),
          ...cells.map((cell) => element('td', cell === '0' ? { class: 'none' } : {}, cell)),
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
