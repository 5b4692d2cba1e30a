import type { LabSide } from '../api.ts';
import { counted } from '../counted.ts';
import { CellGrid } from './cell-grid.ts';
import { callersPerCell } from './cell-layout.ts';
import { element, say } from './element.ts';
import { count, dollars, duration } from './format.ts';
import { callersOf, endsOf, HerdCells } from './herd-cells.ts';
import { LabGuardView } from './lab-guard.ts';

const latencies = ['p50', 'p99', 'max'] as const;
const answers = {
  fresh: 'fresh',
  stale: 'stale',
  refused: 'told when',
  failed: 'failed',
  waiting: 'waiting',
} as const;
type Answer = keyof typeof answers;

/** What both sides share, so that their pictures can be compared: cells and bars are drawn to the same measure. */
export interface SharedScale {
  readonly cells: number;
  /** Milliseconds. */
  readonly latency: number;
}

/** One side of the lab: what became of the callers, and what reached the provider. */
export class LabSideView {
  readonly #herd = new HerdCells();
  readonly #root: HTMLElement;
  readonly #calls = element('strong', { class: 'numeral', 'data-figure': 'calls' }, '0');
  readonly #callsLabel = element('span', { class: 'numeral-label' }, 'provider calls');
  readonly #cost = element('strong', { class: 'numeral minor', 'data-figure': 'cost' }, '$0');
  readonly #herdCaption = element('figcaption');
  readonly #callCaption = element('figcaption');
  readonly #herdGrid: CellGrid;
  readonly #callGrid: CellGrid;
  readonly #answers = new Map<Answer, HTMLElement>();
  readonly #guard = new LabGuardView();
  readonly #latencies = new Map<string, { text: HTMLElement; bar: HTMLElement }>();

  constructor(root: HTMLElement) {
    this.#root = root;
    const herdCanvas = element('canvas', { 'aria-hidden': 'true' });
    const callCanvas = element('canvas', { 'aria-hidden': 'true' });
    root.append(
      element(
        'p',
        { class: 'figures' },
        element('span', { class: 'figure-calls' }, this.#calls, this.#callsLabel),
        element(
          'span',
          { class: 'figure-cost' },
          this.#cost,
          element('span', { class: 'numeral-label' }, 'simulated'),
        ),
      ),
      element(
        'div',
        { class: 'grids' },
        element('figure', {}, herdCanvas, this.#herdCaption),
        element('span', { class: 'flow', 'aria-hidden': 'true' }),
        element('figure', {}, callCanvas, this.#callCaption),
      ),
      element('div', { class: 'readings' }, this.#answerList(), this.#latencyList()),
      this.#guard.root,
    );
    this.#herdGrid = new CellGrid(herdCanvas);
    this.#callGrid = new CellGrid(callCanvas);
  }

  show(side: LabSide, scale: SharedScale): void {
    const callers = callersOf(side);
    this.#herd.update(side);
    this.#herdGrid.show(this.#herd.cells, scale.cells);
    this.#callGrid.show(new Array<'call'>(side.providerCalls).fill('call'), scale.cells);
    say(this.#calls, count(side.providerCalls));
    say(this.#callsLabel, side.providerCalls === 1 ? 'provider call' : 'provider calls');
    say(this.#cost, dollars(side.usd));
    const per = callersPerCell(scale.cells);
    say(this.#herdCaption, counted(callers, 'caller') + (per > 1 ? `; one cell = ${per} callers` : ''));
    say(
      this.#callCaption,
      counted(side.providerCalls, 'provider call') + (per > 1 ? `; one cell = ${per} calls` : ''),
    );
    this.#root.dataset.waiting = String(side.waiting > 0);
    const figures: Readonly<Record<Answer, number>> = { ...endsOf(side), waiting: side.waiting };
    for (const [name, target] of this.#answers) {
      say(target, count(figures[name]));
      target.parentElement?.classList.toggle('none', figures[name] === 0);
    }
    this.#guard.show(side);
    for (const name of latencies) {
      const target = this.#latencies.get(name);
      if (target === undefined) continue;
      const measured = callersOf(side) > side.waiting;
      say(target.text, measured ? duration(side.latency[name]) : '–');
      // Through the object model: the page's policy forbids style attributes.
      target.bar.style.inlineSize = `${measured && scale.latency > 0 ? Math.max(0.5, (100 * side.latency[name]) / scale.latency) : 0}%`;
    }
  }

  #answerList(): HTMLElement {
    const list = element('dl', { class: 'answers' });
    for (const [name, label] of Object.entries(answers) as [Answer, string][]) {
      const value = element('dd', { 'data-figure': name }, '0');
      this.#answers.set(name, value);
      list.append(
        element(
          'div',
          {
            class: `answer ${name}`,
            ...(name === 'refused' && { title: 'Told when to come back, in place of an answer' }),
          },
          element('dt', {}, element('span', { class: `swatch ${name}`, 'aria-hidden': 'true' }), label),
          value,
        ),
      );
    }
    return list;
  }

  #latencyList(): HTMLElement {
    const list = element('dl', { class: 'latencies' });
    for (const name of latencies) {
      const text = element('span', { class: 'time', 'data-figure': name }, '–');
      const bar = element('span', { class: 'bar' });
      this.#latencies.set(name, { text, bar });
      const track = element('span', { class: 'track', 'aria-hidden': 'true' }, bar);
      list.append(element('div', {}, element('dt', {}, name), element('dd', {}, track, text)));
    }
    return list;
  }
}
