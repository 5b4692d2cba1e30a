import type { LabStream } from '../api/index.ts';
import { AnswerText } from './answer-text.ts';
import type { Cell, CellGrid } from './cell-grid.ts';
import { element, say } from './element.ts';
import { FigureList } from './figure-list.ts';
import { bytes, count } from './format.ts';
import { LatencyBars } from './latency-bars.ts';
import { StreamFan } from './stream-fan.ts';

const readers = {
  reading: 'reading now',
  whole: 'read it all',
  left: 'left early',
  failed: 'failed',
  waiting: 'waiting',
} as const;

const gauges = {
  late: ['Came late', 'Came when the first ones were there already'],
  replayed: [
    'Replayed at once',
    'Of these, those who had at once what had come, and then read on with the others',
  ],
  slow: ['Read slowly', 'Take half as long again for each piece as the answer does'],
  memory: [
    'Memory for all',
    'What the heap of this side holds more when all have come: callers and provider, no garbage',
  ],
} as const;
type Gauge = keyof typeof gauges;

/** What the stream scene shows of one side, beside the grids that every scene has. */
export class LabStreamView {
  readonly #figures = new FigureList(readers);
  readonly #latency = new LatencyBars(
    'Until the first word',
    'The callers of a side and its provider share one thread of this machine, which a thousand streams keep busy',
  );
  readonly #gauges = new Map<Gauge, HTMLElement>();
  readonly #fan: StreamFan;
  readonly text = new AnswerText();
  readonly fan = element('canvas', { class: 'fan', 'aria-hidden': 'true' });
  readonly readings = element('div', { class: 'readings of-stream' }, this.#figures.root, this.#latency.root);
  readonly gauges = element('dl', { class: 'gauges of-stream' });

  constructor() {
    this.#fan = new StreamFan(this.fan);
    for (const [name, [label, title]] of Object.entries(gauges) as [Gauge, readonly [string, string]][]) {
      const value = element('dd', { 'data-figure': name });
      this.#gauges.set(name, value);
      this.gauges.append(element('div', { class: 'gauge', title }, element('dt', {}, label), value));
    }
  }

  /** @param longest milliseconds of the longest bar of both sides */
  show(stream: LabStream, longest: number): void {
    this.#figures.show(stream);
    this.#latency.show(stream.waiting === stream.progress.length ? undefined : stream.firstWord, longest);
    this.text.show(stream.text, stream.underWay > 0);
    this.#say('late', count(stream.late));
    this.#say('replayed', count(stream.replayed));
    this.#say('slow', count(stream.slow));
    this.#say('memory', stream.memory === 0 ? '–' : `+ ${bytes(stream.memory)}`);
  }

  /** @param isShared the callers share a stream, or have one each */
  flow(cells: readonly Cell[], grid: CellGrid, isShared: boolean): void {
    this.#fan.show((isUpright) => {
      const { columns, rows, pitch, size, top } = grid.layout;
      const lineOf = (index: number) => (isUpright ? index % columns : Math.floor(index / columns));
      const flowing = new Set(
        cells.flatMap(({ mark }, index) => (mark === 'reading' ? [lineOf(index)] : [])),
      );
      const lines = Array.from({ length: isUpright ? columns : rows }, (_, line) => ({
        at: isUpright ? line * pitch.x + size.x / 2 : top + line * pitch.y + size.y / 2,
        flows: flowing.has(line),
      }));
      return { isShared, lines };
    });
  }

  #say(name: Gauge, text: string): void {
    const value = this.#gauges.get(name);
    if (value !== undefined) say(value, text);
  }
}
