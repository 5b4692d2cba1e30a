import type { SymbolAnswer, SymbolPlace } from '../api/index.ts';
import { counted } from '../counted.ts';
import { element, find, say } from './element.ts';
import { count } from './format.ts';
import type { Server } from './server.ts';

/** So long nobody has typed when the server is asked. */
const pauseMs = 120;
const most = 30;

/** Where a symbol of the folder is defined: a field, and under it what is found while it is typed. */
export class SymbolSearch {
  readonly #root = find('symbol-search', HTMLElement);
  readonly #input = find('symbol-name', HTMLInputElement);
  readonly #popup = find('symbol-popup', HTMLElement);
  readonly #results = find('symbol-results', HTMLElement);
  readonly #foot = find('symbol-foot', HTMLElement);
  readonly #server: Server;
  readonly #onChoose: (place: SymbolPlace) => void;
  #found: readonly SymbolPlace[] = [];
  /** The name that `#found` belongs to. */
  #asked = '';
  #active = -1;
  #timer = 0;
  #request = new AbortController();

  constructor(server: Server, onChoose: (place: SymbolPlace) => void) {
    this.#server = server;
    this.#onChoose = onChoose;
    this.#input.addEventListener('input', () => this.#typed());
    this.#input.addEventListener('focus', () => this.#open(this.#asked !== ''));
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#root.addEventListener('focusout', (event) => {
      if (!this.#root.contains(event.relatedTarget as Node | null)) this.#open(false);
    });
    // Without this a press would take the focus out of the field, and the list away, before the click comes.
    this.#popup.addEventListener('mousedown', (event) => event.preventDefault());
    this.#results.addEventListener('click', (event) => {
      const row = (event.target as Element).closest('[role=option]');
      if (row !== null) this.#choose([...this.#results.children].indexOf(row));
    });
  }

  get #name(): string {
    return this.#input.value.trim();
  }

  #typed(): void {
    clearTimeout(this.#timer);
    this.#request.abort();
    if (this.#name === '') this.#show('', [], '');
    else this.#timer = setTimeout(() => void this.#ask(), pauseMs);
  }

  async #ask(): Promise<void> {
    const request = new AbortController();
    this.#request.abort();
    this.#request = request;
    const name = this.#name;
    try {
      const answer = await this.#server.symbol(name, most, request.signal);
      if (!request.signal.aborted) this.#show(name, answer.matches, footOf(answer));
    } catch (error) {
      if (!request.signal.aborted) this.#show(name, [], (error as Error).message);
    }
  }

  #show(name: string, found: readonly SymbolPlace[], foot: string): void {
    this.#asked = name;
    this.#found = found;
    this.#results.replaceChildren(...found.map(row));
    this.#results.hidden = found.length === 0;
    this.#results.scrollTop = 0;
    say(this.#foot, foot);
    this.#activate(-1);
    this.#open(name !== '');
  }

  #open(open: boolean): void {
    this.#popup.hidden = !open;
    this.#input.setAttribute('aria-expanded', String(open && this.#found.length > 0));
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const act = this.#actions()[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #actions(): Readonly<Record<string, () => void>> {
    return {
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
      Enter: () => this.#enter(),
      Escape: () => {
        if (!this.#popup.hidden) this.#open(false);
        else if (this.#input.value !== '') {
          this.#input.value = '';
          this.#typed();
        }
      },
    };
  }

  /** Past the last is the field itself, and past that the first again. */
  #move(by: 1 | -1): void {
    if (this.#popup.hidden) {
      this.#open(this.#asked !== '');
      return;
    }
    const places = this.#found.length + 1;
    this.#activate(((this.#active + 1 + by + places) % places) - 1);
  }

  #activate(index: number): void {
    this.#results.children[this.#active]?.setAttribute('aria-selected', 'false');
    this.#active = index;
    const active = this.#results.children[index];
    if (active === undefined) {
      this.#input.removeAttribute('aria-activedescendant');
      return;
    }
    active.setAttribute('aria-selected', 'true');
    active.scrollIntoView({ block: 'nearest' });
    this.#input.setAttribute('aria-activedescendant', active.id);
  }

  /** Opens what is chosen, or the first of what is found; what is not asked for yet is asked for now. */
  #enter(): void {
    if (this.#name === this.#asked && !this.#popup.hidden) this.#choose(Math.max(0, this.#active));
    else if (this.#name !== '') {
      clearTimeout(this.#timer);
      void this.#ask();
    }
  }

  #choose(index: number): void {
    const place = this.#found[index];
    if (place === undefined) return;
    this.#open(false);
    this.#onChoose(place);
  }
}

function row({ name, kind, path, startLine, parent, signature }: SymbolPlace, index: number): HTMLElement {
  const qualified = parent === undefined ? [] : [element('span', { class: 'parent' }, `${parent}.`)];
  return element(
    'div',
    {
      class: 'symbol-result',
      role: 'option',
      id: `symbol-${index}`,
      'aria-selected': 'false',
      ...(signature !== undefined && { title: signature }),
    },
    element('span', { class: 'found-name' }, ...qualified, name),
    element('span', { class: 'found-kind' }, kind),
    element('span', { class: 'found-place' }, path, element('span', { class: 'line' }, `:${startLine}`)),
  );
}

function footOf({ matches, total, symbols, files, leftOut }: SymbolAnswer): string {
  const searched = `${counted(symbols, 'symbol')} in ${counted(files, 'file')}`;
  const missing = leftOut.length === 0 ? '' : `; ${counted(leftOut.length, 'file')} could not be outlined`;
  if (total === 0) return `No symbol of this name, and none that begins with it, among ${searched}${missing}`;
  const cut = total > matches.length ? `The first ${count(matches.length)} of ` : '';
  return `${cut}${count(total)} among ${searched}${missing}`;
}
