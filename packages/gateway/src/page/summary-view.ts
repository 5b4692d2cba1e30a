import type { OutlineAnswer, SummaryAnswer, SummaryOffer } from '../api/index.ts';
import { counted } from '../counted.ts';
import { summaryCost, summaryPart, summaryStaleness } from '../summary-line.ts';
import { element, say } from './element.ts';
import { duration } from './format.ts';
import type { Server } from './server.ts';

type Outline = OutlineAnswer['outline'];
type Children = readonly (Node | string)[];

/** The summary of the chosen file: what is kept of it, and a button that asks Gemini, as only a reader may spend money. */
export class SummaryView {
  readonly root = element('section', { class: 'summary', 'aria-label': 'Summary', tabindex: '-1' });
  readonly #server: Server;
  #offer: SummaryOffer = { model: '', hasKey: false, recipient: '' };
  #outline: Outline | undefined;
  /** The last one by Gemini of the chosen file: of an earlier state of it, perhaps. */
  #known: SummaryAnswer | undefined;
  #isAsking = false;
  #request = new AbortController();

  constructor(server: Server) {
    this.#server = server;
  }

  offered(offer: SummaryOffer): void {
    this.#offer = offer;
  }

  /** Looks for what is kept of a file. Never rejects. */
  async show(outline: Outline): Promise<void> {
    const isOther = outline.path !== this.#outline?.path;
    this.#outline = outline;
    // What was asked for comes by itself, of the file as it is then.
    if (!isOther && this.#isAsking) return;
    if (isOther) {
      this.#known = undefined;
      this.#isAsking = false;
      this.root.replaceChildren();
    }
    await this.#get('cached', (answer) => this.#draw(answer));
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const path = this.#outline?.path;
    this.#drawBusy();
    await this.#get(undefined, (answer) => {
      this.#isAsking = false;
      this.#draw(answer);
    });
    if (path === this.#outline?.path) this.#isAsking = false;
  }

  /** A later request ends an earlier one here; the server goes on with it, as it is paid for. */
  async #get(mode: 'cached' | undefined, done: (answer: SummaryAnswer) => void): Promise<void> {
    const path = this.#outline?.path;
    if (path === undefined) return;
    this.#request.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      done(await this.#server.summary(path, mode, request.signal));
    } catch (error) {
      if (request.signal.aborted) return;
      this.#isAsking = false;
      this.#replace([element('p', { class: 'problem' }, (error as Error).message)]);
    }
  }

  #draw(answer: SummaryAnswer): void {
    if (answer.by === 'gemini') {
      this.#known = answer;
      this.#replace(
        [element('p', { class: 'summary-text' }, answer.text), sourceLine(answer)],
        answer.stale === false ? undefined : 'Ask again',
      );
    } else if (answer.because === 'not asked') this.#drawUnasked();
    else {
      const because = element('em', {}, answer.explanation ?? answer.because ?? '');
      const source = element('p', { class: 'summary-source' }, 'by the outline: ', because);
      const isFinal = answer.because === 'secret' || answer.because === 'E_NO_TEXT';
      this.#replace(
        [element('p', { class: 'summary-text' }, answer.text), source],
        isFinal ? undefined : 'Ask again',
      );
    }
  }

  #drawUnasked(): void {
    const known = this.#known;
    if (known !== undefined) {
      const source = element('p', { class: 'summary-source' });
      source.append(element('em', {}, 'the file has changed since'), ` ${known.model ?? ''} summarised it`);
      this.#replace([element('p', { class: 'summary-text is-old' }, known.text), source], 'Summarise again');
      return;
    }
    if (this.#offer.hasKey) this.#replace([], 'Summarise with Gemini');
    else
      this.#replace([
        element(
          'p',
          { class: 'summary-source' },
          'No summary: there is no key for Gemini. Start with ',
          element('code', {}, 'GEMINI_API_KEY'),
          ' set to have one made.',
        ),
      ]);
  }

  /** The same button, which keeps the focus. */
  #drawBusy(): void {
    const button = this.root.querySelector('button');
    if (button === null) return;
    button.setAttribute('aria-disabled', 'true');
    say(button, `Asking ${this.#offer.model} …`);
  }

  #replace(children: Children, label?: string): void {
    const hadFocus = this.root.contains(document.activeElement);
    this.root.replaceChildren(...children, ...(label === undefined ? [] : [this.#button(label)]));
    if (hadFocus) (this.root.querySelector('button') ?? this.root).focus();
  }

  #button(label: string): HTMLElement {
    const button = element('button', { type: 'button' }, label);
    button.addEventListener('click', () => void this.#ask());
    const tokens = counted(this.#outline?.estimatedTokens ?? 0, 'token');
    const price = `sends it to ${this.#offer.recipient}, about ${tokens}`;
    return element('div', { class: 'summary-ask' }, button, element('span', {}, price));
  }
}

/** Who made it, what it took to come by it, and what that had cost. */
function sourceLine(answer: SummaryAnswer): HTMLElement {
  const { outcome, ageMs, model = '', stale } = answer;
  const when = outcome === 'generated' ? 'just now' : `made ${duration(ageMs)} ago`;
  const facts = [summaryCost(answer), summaryPart(answer)].filter((fact) => fact !== '');
  return element(
    'p',
    { class: 'summary-source', 'data-outcome': outcome },
    element('strong', {}, outcome),
    ...(stale === false ? [] : [' ', element('em', {}, summaryStaleness(answer)), ',']),
    ` ${when} by ${model}`,
    ...facts.map((fact) => `, ${fact}`),
  );
}
