import type { LabGuard, LabSide } from '../api/index.ts';
import { element, say } from './element.ts';
import { count } from './format.ts';

const breakers: Readonly<Record<LabGuard['breaker'], string>> = {
  closed: 'closed',
  open: 'open: left alone',
  'half-open': 'half-open: trying',
};

const labels = {
  rateLimited: '429 answers',
  minute: 'This minute',
  queue: 'Under way + waiting',
  retries: 'Retries',
  breaker: 'Breaker',
} as const;
type Gauge = keyof typeof labels;

/** Before the first order no guard has been made; unprotected callers never have one, and it is not shown. */
const idle: LabGuard = {
  minute: { used: 0, limit: null },
  waiting: 0,
  underWay: 0,
  breaker: 'closed',
  opened: 0,
  retries: 0,
};

/** What stands between the callers and the provider, and what got past it. */
export class LabGuardView {
  readonly root = element('dl', { class: 'gauges of-herd' });
  readonly #values = new Map<Gauge, HTMLElement>();
  readonly #meter = element('span', { class: 'meter-fill' });

  constructor() {
    for (const [name, label] of Object.entries(labels) as [Gauge, string][]) {
      const value = element('dd', { 'data-figure': name });
      this.#values.set(name, value);
      const gauge = element('div', { class: `gauge ${name}` }, element('dt', {}, label), value);
      if (name === 'minute') {
        gauge.append(element('span', { class: 'meter', 'aria-hidden': 'true' }, this.#meter));
      }
      this.root.append(gauge);
    }
  }

  show({ guard = idle, rateLimited }: LabSide): void {
    this.#say('rateLimited', count(rateLimited), rateLimited > 0 ? 'bad' : '');
    const { minute, underWay, waiting, retries, breaker } = guard;
    const { used, limit } = minute;
    if (limit === null) this.#say('minute', 'no limit', 'unlimited');
    else this.#say('minute', `${count(used)} of ${count(limit)}`);
    this.#say('queue', `${count(underWay)} + ${count(waiting)}`);
    this.#say('retries', count(retries));
    this.#say('breaker', breakers[breaker], breaker);
    // Through the object model: the page's policy forbids style attributes.
    this.#meter.style.inlineSize = `${limit === null ? 0 : Math.min(100, (100 * used) / limit)}%`;
  }

  #say(name: Gauge, text: string, state = ''): void {
    const value = this.#values.get(name);
    if (value === undefined) return;
    say(value, text);
    value.dataset.state = state;
  }
}
