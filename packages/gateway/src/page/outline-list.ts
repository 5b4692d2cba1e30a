import type { OutlineLine } from '../api/index.ts';
import { counted } from '../counted.ts';
import { element, find, say } from './element.ts';
import { count } from './format.ts';
import { rowsInSight, scrollToRow } from './list-window.ts';
import { filterLines } from './path-filter.ts';

/** The files of the folder. Only the rows in sight are in the document, so the size of the folder does not matter. */
export class OutlineList {
  readonly #list = find('list', HTMLElement);
  readonly #space = find('list-space', HTMLElement);
  readonly #filter = find('filter', HTMLInputElement);
  readonly #language = find('language', HTMLSelectElement);
  readonly #count = find('list-count', HTMLElement);
  readonly #onChoose: (path: string) => void;
  readonly #lines = new Map<string, OutlineLine>();
  #languages = '';
  #sorted: OutlineLine[] = [];
  #shown: OutlineLine[] = [];
  #chosen: string | undefined;
  #drawn = '';
  #frame = 0;

  constructor(onChoose: (path: string) => void) {
    this.#onChoose = onChoose;
    this.#filter.addEventListener('input', () => this.#fromTop());
    this.#language.addEventListener('change', () => this.#fromTop());
    this.#list.addEventListener('scroll', () => this.#request());
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.#filter.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.#list.focus();
      this.#move(this.#at() < 0 ? 0 : this.#at());
    });
    this.#space.addEventListener('click', (event) => {
      const row = (event.target as Element).closest<HTMLElement>('[data-path]');
      if (row?.dataset.path !== undefined) this.#choose(row.dataset.path);
    });
    new ResizeObserver(() => this.#request()).observe(this.#list);
  }

  get size(): number {
    return this.#lines.size;
  }

  replace(lines: readonly OutlineLine[]): void {
    this.#lines.clear();
    for (const line of lines) this.#lines.set(line.path, line);
    this.#sorted = [...lines];
    this.#select();
  }

  /** One file's line, new or again. */
  put(line: OutlineLine): void {
    this.#lines.set(line.path, line);
    this.#sorted = [];
    this.#request();
  }

  #fromTop(): void {
    this.#list.scrollTop = 0;
    this.#select();
  }

  #select(): void {
    if (this.#sorted.length !== this.#lines.size || this.#sorted.length === 0) {
      this.#sorted = [...this.#lines.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    }
    this.#offerLanguages();
    this.#shown = filterLines(this.#sorted, this.#filter.value, this.#language.value);
    const all = counted(this.#sorted.length, 'outline');
    say(
      this.#count,
      this.#shown.length === this.#sorted.length ? all : `${count(this.#shown.length)} of ${all}`,
    );
    this.#request();
  }

  #offerLanguages(): void {
    const languages = [...new Set(this.#sorted.map((line) => line.language))].sort();
    if (languages.join() === this.#languages) return;
    this.#languages = languages.join();
    const { value } = this.#language;
    this.#language.replaceChildren(
      element('option', { value: '' }, 'All languages'),
      ...languages.map((language) => element('option', { value: language }, language)),
    );
    this.#language.value = languages.includes(value) ? value : '';
  }

  #request(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#sorted.length !== this.#lines.size) this.#select();
      this.#draw();
    });
  }

  #draw(): void {
    const rowHeight = this.#rowHeight();
    const { scrollTop, clientHeight: height } = this.#list;
    const rows = this.#shown.length;
    this.#space.style.blockSize = `${rows * rowHeight}px`;
    const { first, end } = rowsInSight({ scrollTop, height, rowHeight, rows });
    const lines = this.#shown.slice(first, end);
    // Rows that are drawn anew between the press of a button and its release would swallow the click.
    const drawn = JSON.stringify([first, rows, rowHeight, this.#chosen, lines]);
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      this.#space.replaceChildren(...lines.map((line, index) => this.#row(line, first + index, rowHeight)));
    }
    const active = this.#at();
    if (active >= first && active < end) this.#list.setAttribute('aria-activedescendant', `file-${active}`);
    else this.#list.removeAttribute('aria-activedescendant');
  }

  #row(line: OutlineLine, index: number, rowHeight: number): HTMLElement {
    const cut = line.path.lastIndexOf('/') + 1;
    const row = element(
      'div',
      {
        class: 'row',
        role: 'option',
        id: `file-${index}`,
        title: line.path,
        'data-path': line.path,
        'aria-selected': String(line.path === this.#chosen),
        'aria-posinset': String(index + 1),
        'aria-setsize': String(this.#shown.length),
      },
      element(
        'span',
        { class: 'path' },
        element('span', { class: 'directory' }, line.path.slice(0, cut)),
        element('span', { class: 'name' }, line.path.slice(cut)),
      ),
      element('span', { class: 'symbols' }, counted(line.symbols, 'symbol')),
    );
    if (line.generations > 1) {
      row.append(
        element(
          'span',
          { class: 'generations', title: 'generations since the start' },
          element('span', { 'aria-hidden': 'true' }, `×${line.generations}`),
          element('span', { class: 'visually-hidden' }, `made ${line.generations} times`),
        ),
      );
    }
    row.style.insetBlockStart = `${index * rowHeight}px`;
    return row;
  }

  #key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#list.clientHeight / this.#rowHeight()) - 1);
    const at = this.#at();
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#shown.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#move(target);
  }

  #move(target: number): void {
    const row = Math.max(0, Math.min(target, this.#shown.length - 1));
    const line = this.#shown[row];
    if (line === undefined) return;
    const { scrollTop, clientHeight } = this.#list;
    this.#list.scrollTop = scrollToRow(row, scrollTop, clientHeight, this.#rowHeight());
    this.#choose(line.path);
  }

  #choose(path: string): void {
    this.#chosen = path;
    this.#request();
    this.#onChoose(path);
  }

  /** Shows a file as the chosen one that was chosen elsewhere, if the filter leaves it in. */
  mark(path: string): void {
    this.#chosen = path;
    const row = this.#at();
    if (row >= 0) {
      const { scrollTop, clientHeight } = this.#list;
      this.#list.scrollTop = scrollToRow(row, scrollTop, clientHeight, this.#rowHeight());
    }
    this.#request();
  }

  #at(): number {
    return this.#shown.findIndex((line) => line.path === this.#chosen);
  }

  #rowHeight(): number {
    return Number.parseFloat(getComputedStyle(this.#list).getPropertyValue('--row-height'));
  }
}
