import type { LabSide, LabState, LabStream } from '../api/index.ts';
import { counted } from '../counted.ts';
import { CellGrid } from './cell-grid.ts';
import { callersPerCell } from './cell-layout.ts';
import { element, say } from './element.ts';
import { FigureList } from './figure-list.ts';
import { count, dollars } from './format.ts';
import { callersOf, endsOf, HerdCells } from './herd-cells.ts';
import { LabGuardView } from './lab-guard.ts';
import { LabStreamView } from './lab-stream.ts';
import { LatencyBars } from './latency-bars.ts';
import { noStream, readerCells } from './reader-cells.ts';

const answers = {
  fresh: 'fresh',
  stale: 'stale',
  refused: 'told when',
  failed: 'failed',
  waiting: 'waiting',
} as const;

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
  readonly #isShared: boolean;
  readonly #calls = element('strong', { class: 'numeral', 'data-figure': 'calls' }, '0');
  readonly #callsLabel = element('span', { class: 'numeral-label' }, 'provider calls');
  readonly #cost = element('strong', { class: 'numeral minor', 'data-figure': 'cost' }, '$0');
  readonly #herdCaption = element('figcaption');
  readonly #callCaption = element('figcaption');
  readonly #herdGrid: CellGrid;
  readonly #callGrid: CellGrid;
  readonly #answers = new FigureList(answers, { refused: 'Told when to come back, in place of an answer' });
  readonly #latency = new LatencyBars('Until the answer');
  readonly #guard = new LabGuardView();
  readonly #stream = new LabStreamView();

  /** @param isShared the callers of a stream share it */
  constructor(root: HTMLElement, isShared: boolean) {
    this.#root = root;
    this.#isShared = isShared;
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
        element('span', { class: 'flow', 'aria-hidden': 'true' }, this.#stream.fan),
        element('figure', {}, callCanvas, ...(isShared ? [this.#stream.text.root] : []), this.#callCaption),
      ),
      element('div', { class: 'readings of-herd' }, this.#answers.root, this.#latency.root),
      this.#guard.root,
      this.#stream.readings,
      this.#stream.gauges,
    );
    this.#herdGrid = new CellGrid(herdCanvas);
    this.#callGrid = new CellGrid(callCanvas);
  }

  show(side: LabSide, scene: LabState['scene'], scale: SharedScale): void {
    if (scene === 'stream') this.#showStream(side, scale);
    else this.#showHerd(side, scale);
  }

  #showHerd(side: LabSide, scale: SharedScale): void {
    const callers = callersOf(side);
    this.#herd.update(side);
    const cells = this.#herd.cells.map((mark) => ({ mark }));
    this.#herdGrid.show(cells, scale.cells);
    this.#showCalls(side.providerCalls, side.usd, scale);
    const per = callersPerCell(scale.cells);
    say(this.#herdCaption, counted(callers, 'caller') + (per > 1 ? `; one cell = ${per} callers` : ''));
    say(
      this.#callCaption,
      counted(side.providerCalls, 'provider call') + (per > 1 ? `; one cell = ${per} calls` : ''),
    );
    this.#root.dataset.waiting = String(side.waiting > 0);
    this.#answers.show({ ...endsOf(side), waiting: side.waiting });
    this.#guard.show(side);
    this.#latency.show(callers > side.waiting ? side.latency : undefined, scale.latency);
  }

  #showStream({ stream = noStream }: LabSide, scale: SharedScale): void {
    const cells = readerCells(stream.progress);
    this.#herdGrid.show(cells, scale.cells);
    this.#showCalls(stream.streams, stream.usd, scale);
    this.#stream.show(stream, scale.latency);
    this.#stream.flow(cells, this.#herdGrid, this.#isShared);
    this.#root.dataset.waiting = String(stream.waiting + stream.reading > 0);
    say(this.#herdCaption, counted(cells.length, 'caller'));
    say(this.#callCaption, streamsIn(stream));
  }

  #showCalls(calls: number, usd: number, { cells }: SharedScale): void {
    this.#callGrid.show(new Array(calls).fill({ mark: 'call' }), cells);
    say(this.#calls, count(calls));
    say(this.#callsLabel, calls === 1 ? 'provider call' : 'provider calls');
    say(this.#cost, dollars(usd));
  }
}

/** `1 stream, open`; `1,000 streams, 12 open` */
function streamsIn({ streams, underWay }: LabStream): string {
  const all = counted(streams, 'stream');
  if (streams === 0) return all;
  if (underWay === 0) return `${all}, ended`;
  return underWay === streams ? `${all}, open` : `${all}, ${count(underWay)} open`;
}
