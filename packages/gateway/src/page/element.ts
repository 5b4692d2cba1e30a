import { printable } from '../printable.ts';

/** Children of an element; text is set as text, never parsed, and nothing of it is invisible or turns the rest round. */
type Child = Node | string;

/** Makes an element with attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, name === 'title' ? printable(value) : value);
  }
  made.append(...children.map((child) => (typeof child === 'string' ? printable(child) : child)));
  return made;
}

/** The element of this id, which the page must have, as the type it must be. */
export function find<E extends Element>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} with the id '${id}'`);
}

/** Sets text only where it differs, so that nothing is laid out or announced again without need. */
export function say(target: Element, text: string): void {
  const shown = printable(text);
  if (target.textContent !== shown) target.textContent = shown;
}

/** Lets the keyboard reach what scrolls: not every browser does that by itself. */
export function makeScrollable(target: HTMLElement): void {
  target.tabIndex = 0;
}
