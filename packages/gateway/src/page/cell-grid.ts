import { type CellLayout, callersPerCell, layoutCells } from './cell-layout.ts';
import { onPaletteChange, type Palette, readPalette } from './palette.ts';

export type CellMark = keyof Palette;

const fadeMs = 260;
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** A grid of cells on a canvas. A cell that changes fades to what it became, unless the reader wants no motion. */
export class CellGrid {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #palette: Palette = readPalette();
  #marks: readonly CellMark[] = [];
  #capacity = 0;
  /** When each cell got its mark, in the time of animation frames. */
  #since: number[] = [];
  #frame = 0;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser draws no canvas');
    this.#canvas = canvas;
    this.#context = context;
    new ResizeObserver(() => this.#draw(performance.now())).observe(canvas);
    onPaletteChange(() => {
      this.#palette = readPalette();
      this.#draw(performance.now());
    });
  }

  /**
   * @param marks a mark for each cell; only those that differ from what is shown are animated
   * @param capacity the number of cells to make room for: those beyond the marks are drawn empty
   */
  show(marks: readonly CellMark[], capacity: number): void {
    const per = callersPerCell(Math.max(capacity, marks.length));
    const shown = per === 1 ? marks : marks.filter((_, index) => index % per === 0);
    const now = performance.now();
    const since = shown.map((mark, index) =>
      this.#marks[index] === mark ? (this.#since[index] ?? -fadeMs) : now,
    );
    this.#since = since;
    this.#marks = [...shown];
    this.#capacity = Math.max(shown.length, Math.ceil(capacity / per));
    this.#request();
  }

  #request(): void {
    this.#frame ||= requestAnimationFrame((now) => {
      this.#frame = 0;
      if (this.#draw(now)) this.#request();
    });
  }

  /** @returns whether something is still on its way */
  #draw(now: number): boolean {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio;
    const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#canvas.width !== pixelWidth) this.#canvas.width = pixelWidth;
    if (this.#canvas.height !== pixelHeight) this.#canvas.height = pixelHeight;
    const layout = layoutCells(this.#capacity, pixelWidth, pixelHeight, scale);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, pixelWidth, pixelHeight);
    context.translate(0, Math.round((pixelHeight - layout.rows * layout.pitch.y) / 2));
    let moving = false;
    for (let index = 0; index < this.#capacity; index += 1) {
      const mark = this.#marks[index] ?? 'empty';
      const age = still.matches ? 1 : Math.min(1, (now - (this.#since[index] ?? -fadeMs)) / fadeMs);
      if (mark !== 'empty' && age < 1) moving = true;
      context.globalAlpha = mark === 'empty' ? 1 : 0.15 + 0.85 * Math.max(0, age);
      this.#cell(mark, index, layout);
    }
    context.globalAlpha = 1;
    return moving;
  }

  /** Each mark has a shape of its own, so that nothing hangs on telling colours apart. */
  #cell(mark: CellMark, index: number, { columns, pitch, size }: CellLayout): void {
    const context = this.#context;
    const x = (index % columns) * pitch.x;
    const y = Math.floor(index / columns) * pitch.y;
    const side = Math.min(size.x, size.y);
    context.fillStyle = this.#palette[mark];
    if (mark === 'waiting') {
      const inset = Math.round(side * 0.3);
      context.fillRect(x + inset, y + inset, size.x - 2 * inset, size.y - 2 * inset);
    } else if (mark === 'failed' && side >= 3) {
      const line = Math.max(1, Math.round(side * 0.2));
      context.lineWidth = line;
      context.strokeStyle = this.#palette.failed;
      context.strokeRect(x + line / 2, y + line / 2, size.x - line, size.y - line);
    } else if (mark === 'stale' && side >= 3) {
      context.beginPath();
      context.moveTo(x, y + size.y);
      context.lineTo(x + size.x, y);
      context.lineTo(x + size.x, y + size.y);
      context.fill();
    } else if (mark === 'refused' && side >= 3) {
      const height = Math.max(1, Math.round(size.y * 0.4));
      context.fillRect(x, y + size.y - height, size.x, height);
    } else {
      context.fillRect(x, y, size.x, size.y);
    }
  }
}
