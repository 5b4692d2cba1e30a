import type { LabSceneName, LabState, ProviderMood } from '../api/index.ts';
import { element, find, say } from './element.ts';
import { callersOf } from './herd-cells.ts';
import { LabSideView, type SharedScale } from './lab-side.ts';
import { verdict } from './lab-verdict.ts';
import type { Server } from './server.ts';

/** The empty instrument has room for the larger herd. */
const cellsAtRest = 1_000;

/** The lab: sends herds, plays scenes, sets the provider's mood, and shows both sides as the server counts. */
export class Lab {
  readonly #server: Server;
  readonly #root = find('lab', HTMLElement);
  readonly #verdict = find('verdict', HTMLElement);
  readonly #problem = find('lab-problem', HTMLElement);
  readonly #model = find('lab-model', HTMLElement);
  readonly #protected = new LabSideView(find('protected', HTMLElement), true);
  readonly #unprotected = new LabSideView(find('unprotected', HTMLElement), false);

  #enabled = false;
  #running = false;
  /** The provider is as the scene wants it, whatever mood was chosen. */
  #isScene = false;

  constructor(server: Server) {
    this.#server = server;
    for (const button of this.#buttons()) button.addEventListener('click', () => void this.#press(button));
  }

  show(lab: LabState): void {
    say(
      this.#model,
      `Dollars are what list prices of ${lab.model} would make of it (${placeOf(lab.prices.source)}, ${lab.prices.date}).`,
    );
    const scale = scaleOf(lab);
    // Before the cells are drawn: it decides on what there is room for.
    this.#root.dataset.scene = lab.scene;
    this.#protected.show(lab.protected, lab.scene, scale);
    this.#unprotected.show(lab.unprotected, lab.scene, scale);
    this.#running = lab.running;
    this.#isScene = lab.running && lab.scene !== 'herd';
    for (const button of this.#buttons()) {
      if (button.dataset.mood !== undefined) {
        button.setAttribute('aria-pressed', String(!this.#isScene && button.dataset.mood === lab.mood));
      }
    }
    this.#allow();
    this.#root.dataset.running = String(lab.running);
    this.#root.dataset.mood = lab.mood;
    say(this.#verdict, verdict(lab));
  }

  /** Without a server there is nobody to ask. */
  enable(enabled: boolean): void {
    this.#enabled = enabled;
    this.#allow();
  }

  /** While a herd or a scene runs, another one has to wait, and a scene takes no mood. Not `disabled`: that would take the focus away. */
  #allow(): void {
    for (const button of this.#buttons()) {
      const { callers, scene, mood } = button.dataset;
      const waits =
        (this.#running && (callers !== undefined || scene !== undefined)) ||
        (this.#isScene && mood !== undefined);
      button.setAttribute('aria-disabled', String(waits || !this.#enabled));
    }
  }

  async #press(button: HTMLButtonElement): Promise<void> {
    if (button.getAttribute('aria-disabled') === 'true') return;
    this.#problem.hidden = true;
    try {
      this.show(await this.#ask(button));
    } catch (error) {
      this.#problem.hidden = false;
      this.#problem.replaceChildren(
        element('strong', {}, `${button.textContent}: `),
        element('span', {}, (error as Error).message),
      );
    }
  }

  #ask(button: HTMLButtonElement): Promise<LabState> {
    const { callers, scene, mood } = button.dataset;
    if (callers !== undefined) return this.#server.herd({ callers: Number(callers) });
    if (scene !== undefined) return this.#server.scene({ scene: scene as LabSceneName });
    if (mood !== undefined) return this.#server.mood({ mood: mood as ProviderMood });
    return button.id === 'expire' ? this.#server.expire() : this.#server.reset();
  }

  #buttons(): NodeListOf<HTMLButtonElement> {
    return this.#root.querySelectorAll<HTMLButtonElement>('button');
  }
}

/** The callers of a stream are known from the start; a herd adds to those before it. */
function scaleOf({ scene, callers, protected: cached, unprotected: bare }: LabState): SharedScale {
  const sides = [cached, bare];
  if (scene === 'stream') {
    return { cells: callers, latency: Math.max(...sides.map(({ stream }) => stream?.firstWord.max ?? 0)) };
  }
  const most = Math.max(...sides.flatMap((side) => [callersOf(side), side.providerCalls]));
  return {
    cells: most === 0 ? cellsAtRest : most,
    latency: Math.max(cached.latency.max, bare.latency.max),
  };
}

/** `https://example.com/prices` → `example.com`; a source that is no address as it is. */
function placeOf(source: string): string {
  return URL.canParse(source) ? new URL(source).host : source;
}
