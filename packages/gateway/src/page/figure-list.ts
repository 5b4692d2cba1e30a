import { element, say } from './element.ts';
import { count } from './format.ts';

/** What became of the callers: a number each, and the mark that stands for it in the picture. */
export class FigureList<Name extends string> {
  readonly root = element('dl', { class: 'answers' });
  readonly #values = new Map<Name, HTMLElement>();

  /** @param labels in their order, by the name of the mark */
  constructor(labels: Readonly<Record<Name, string>>, titles?: Readonly<Partial<Record<Name, string>>>) {
    for (const [name, label] of Object.entries(labels) as [Name, string][]) {
      const value = element('dd', { 'data-figure': name }, '0');
      const title = titles?.[name];
      const swatch = element('span', { class: `swatch ${name}`, 'aria-hidden': 'true' });
      this.#values.set(name, value);
      this.root.append(
        element(
          'div',
          { class: `answer ${name}`, ...(title !== undefined && { title }) },
          element('dt', {}, swatch, label),
          value,
        ),
      );
    }
  }

  show(figures: Readonly<Record<Name, number>>): void {
    for (const [name, target] of this.#values) {
      say(target, count(figures[name]));
      target.parentElement?.classList.toggle('none', figures[name] === 0);
    }
  }
}
