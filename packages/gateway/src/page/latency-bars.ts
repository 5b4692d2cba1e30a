import type { LabSide } from '../api/index.ts';
import { element, say } from './element.ts';
import { duration } from './format.ts';

const names = ['p50', 'p99', 'max'] as const;

/** How long callers waited: bars that are drawn to the measure of both sides. */
export class LatencyBars {
  readonly root: HTMLElement;
  readonly #rows = new Map<(typeof names)[number], { text: HTMLElement; bar: HTMLElement }>();

  /** @param until what they waited for @param title what is to be known of it */
  constructor(until: string, title = '') {
    const list = element('dl', { class: 'latencies' });
    for (const name of names) {
      const text = element('span', { class: 'time', 'data-figure': name }, '–');
      const bar = element('span', { class: 'bar' });
      this.#rows.set(name, { text, bar });
      const track = element('span', { class: 'track', 'aria-hidden': 'true' }, bar);
      list.append(element('div', {}, element('dt', {}, name), element('dd', {}, track, text)));
    }
    this.root = element(
      'div',
      {},
      element('p', { class: 'until', ...(title !== '' && { title }) }, until),
      list,
    );
  }

  /** @param latency undefined before anybody was served @param longest milliseconds of the longest bar */
  show(latency: LabSide['latency'] | undefined, longest: number): void {
    for (const [name, { text, bar }] of this.#rows) {
      say(text, latency === undefined ? '–' : duration(latency[name]));
      const share =
        latency === undefined || longest === 0 ? 0 : Math.max(0.5, (100 * latency[name]) / longest);
      // Through the object model: the page's policy forbids style attributes.
      bar.style.inlineSize = `${share}%`;
    }
  }
}
