import { type CellLayout, callersPerCell, layoutCells } from './cell-layout.ts';
import { Drawing } from './drawing.ts';
import type { Palette } from './palette.ts';

/** What a cell shows. */
export interface Cell {
  readonly mark: keyof Palette;
  /** How far it is filled, from below, 0 to 1; all of it unless said. */
  readonly level?: number;
}

const fadeMs = 260;
const empty: Cell = { mark: 'empty' };
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** A grid of cells on a canvas. A cell that changes fades to what it became, unless the reader wants no motion. */
export class CellGrid {
  readonly #drawing: Drawing;
  #cells: readonly Cell[] = [];
  #capacity = 0;
  /** When each cell got its mark, in the time of animation frames. */
  #since: number[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#drawing = new Drawing(canvas, (now) => this.#draw(now));
  }

  /**
   * @param cells only those whose mark differs from what is shown are animated
   * @param capacity the number of cells to make room for: those beyond the given ones are drawn empty
   */
  show(cells: readonly Cell[], capacity: number): void {
    const per = callersPerCell(Math.max(capacity, cells.length));
    const shown = per === 1 ? cells : cells.filter((_, index) => index % per === 0);
    const now = performance.now();
    const since = shown.map(({ mark }, index) =>
      this.#cells[index]?.mark === mark ? (this.#since[index] ?? -fadeMs) : now,
    );
    this.#since = since;
    this.#cells = shown;
    this.#capacity = Math.max(shown.length, Math.ceil(capacity / per));
    this.#drawing.request();
  }

  /** Where the cells lie: in pixels of the screen, with `top` above the first row. */
  get layout(): CellLayout & { readonly top: number } {
    const { width, height, scale } = this.#drawing;
    const layout = layoutCells(this.#capacity, Math.max(1, width), Math.max(1, height), scale);
    return { ...layout, top: Math.round((height - layout.rows * layout.pitch.y) / 2) };
  }

  /** @returns whether something is still on its way */
  #draw(now: number): boolean {
    const { context } = this.#drawing;
    const layout = this.layout;
    context.translate(0, layout.top);
    let moving = false;
    for (let index = 0; index < this.#capacity; index += 1) {
      const cell = this.#cells[index] ?? empty;
      const age = still.matches ? 1 : Math.min(1, (now - (this.#since[index] ?? -fadeMs)) / fadeMs);
      if (cell.mark !== 'empty' && age < 1) moving = true;
      context.globalAlpha = cell.mark === 'empty' ? 1 : 0.15 + 0.85 * Math.max(0, age);
      this.#cell(cell, index, layout);
    }
    context.globalAlpha = 1;
    return moving;
  }

  /** Each mark has a shape of its own, so that nothing hangs on telling colours apart. */
  #cell({ mark, level = 1 }: Cell, index: number, { columns, pitch, size }: CellLayout): void {
    const { context, palette } = this.#drawing;
    const x = (index % columns) * pitch.x;
    const y = Math.floor(index / columns) * pitch.y;
    const side = Math.min(size.x, size.y);
    context.fillStyle = palette[mark];
    if (mark === 'waiting') {
      const inset = Math.round(side * 0.3);
      context.fillRect(x + inset, y + inset, size.x - 2 * inset, size.y - 2 * inset);
    } else if (mark === 'failed' && side >= 3) {
      const line = Math.max(1, Math.round(side * 0.2));
      context.lineWidth = line;
      context.strokeStyle = palette.failed;
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
    } else if (level < 1) {
      const height = Math.round(size.y * level);
      context.fillRect(x, y + size.y - height, size.x, height);
      context.fillStyle = palette[mark === 'left' ? 'gone' : 'unread'];
      context.fillRect(x, y, size.x, size.y - height);
    } else {
      context.fillRect(x, y, size.x, size.y);
    }
  }
}
