import { element, find, makeScrollable } from './element.ts';
import { timeOfDay } from './format.ts';

const kept = 60;

/** The latest events, newest first. Many at once are drawn once. */
export class EventLog {
  readonly #list = find('events', HTMLOListElement);
  #events: { at: Date; what: string; detail: string }[] = [];
  #frame = 0;

  constructor() {
    makeScrollable(this.#list);
  }

  add(what: string, detail = ''): void {
    this.#events.unshift({ at: new Date(), what, detail });
    this.#events.length = Math.min(this.#events.length, kept);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#list.replaceChildren(
        ...this.#events.map((event) =>
          element(
            'li',
            {},
            element('time', { datetime: event.at.toISOString() }, timeOfDay(event.at)),
            element('span', { class: 'event-what' }, event.what),
            element('span', { class: 'event-detail', title: event.detail }, event.detail),
          ),
        ),
      );
    });
  }
}
