import type { OutlineAnswer, SummaryOffer } from '../api/index.ts';
import { counted } from '../counted.ts';
import { element, find, makeScrollable } from './element.ts';
import { bytes, count, duration } from './format.ts';
import type { Server } from './server.ts';
import { SummaryView } from './summary-view.ts';

type Outline = OutlineAnswer['outline'];

/** The outline of the chosen file, and what it took the cache to come by it. */
export class OutlineView {
  readonly #root = find('outline', HTMLElement);
  readonly #server: Server;
  readonly #summary: SummaryView;
  #path: string | undefined;
  #line: number | undefined;
  #request = new AbortController();

  constructor(server: Server) {
    this.#server = server;
    this.#summary = new SummaryView(server);
    makeScrollable(this.#root);
  }

  get path(): string | undefined {
    return this.#path;
  }

  offered(offer: SummaryOffer): void {
    this.#summary.offered(offer);
  }

  /** @param line of a symbol that is to be in sight, and marked */
  async show(path: string, line?: number): Promise<void> {
    this.#request.abort();
    const request = new AbortController();
    this.#request = request;
    const other = path !== this.#path;
    this.#path = path;
    if (other || line !== undefined) this.#line = line;
    try {
      const answer = await this.#server.outline(path, request.signal);
      this.#draw(answer, other);
      if (line !== undefined)
        this.#root.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      if (request.signal.aborted) return;
      this.#root.replaceChildren(
        element('h3', { class: 'outline-path' }, path),
        element('p', { class: 'problem' }, (error as Error).message),
      );
    }
  }

  #draw(answer: OutlineAnswer, other: boolean): void {
    const { outline } = answer;
    this.#root.replaceChildren(
      element('h3', { class: 'outline-path' }, outline.path),
      element('p', { class: 'outcome', 'data-outcome': answer.outcome }, ...outcomeOf(answer)),
      this.#summary.root,
      facts(outline),
      ...(outline.note === undefined ? [] : [element('p', { class: 'note' }, outline.note)]),
      element('h4', {}, counted(outline.symbols.length, 'symbol')),
      symbols(outline, this.#line),
      element('h4', {}, counted(outline.imports.length, 'import')),
      imports(outline),
    );
    if (other) this.#root.scrollTop = 0;
    void this.#summary.show(outline);
  }
}

function outcomeOf({ outcome, ageMs, stale }: OutlineAnswer): (Node | string)[] {
  const told: (Node | string)[] = [element('strong', {}, outcome)];
  told.push(outcome === 'generated' ? ' just now' : ` made ${duration(ageMs)} ago`);
  if (stale !== false) told.push(element('em', {}, ` stale: ${stale}`));
  return told;
}

function facts(outline: Outline): HTMLElement {
  const pairs = [
    ['language', outline.language],
    ['lines', count(outline.lines)],
    ['size', bytes(outline.bytes)],
    ['tokens, estimated', count(outline.estimatedTokens)],
    ['read by', outline.parser === 'lines' ? 'lines' : 'tree-sitter'],
  ] as const;
  return element(
    'dl',
    { class: 'facts' },
    ...pairs.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

function symbols({ symbols: all }: Outline, marked: number | undefined): HTMLElement {
  return element(
    'ul',
    { class: 'symbol-list' },
    ...all.map((symbol) => {
      const depth = symbol.parent === undefined ? 0 : symbol.parent.split('.').length;
      const lines =
        symbol.startLine === symbol.endLine ? `${symbol.startLine}` : `${symbol.startLine}–${symbol.endLine}`;
      const name = element('span', { class: 'symbol-name' }, symbol.name);
      if (symbol.exported) name.append(element('span', { class: 'exported' }, 'exported'));
      return element(
        'li',
        {
          'data-depth': String(Math.min(depth, 4)),
          ...(symbol.signature !== undefined && { title: symbol.signature }),
          ...(symbol.startLine === marked && { 'aria-current': 'true' }),
        },
        element('span', { class: 'symbol-kind' }, symbol.kind),
        name,
        element('span', { class: 'symbol-lines' }, lines),
      );
    }),
  );
}

function imports({ imports: all }: Outline): HTMLElement {
  return element(
    'ul',
    { class: 'import-list' },
    ...all.map((one) =>
      element(
        'li',
        {},
        element('code', {}, one.from),
        element('span', { class: 'import-names' }, one.names?.join(', ') ?? ''),
        element('span', { class: 'symbol-lines' }, String(one.line)),
      ),
    ),
  );
}
