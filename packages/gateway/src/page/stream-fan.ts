import { Drawing } from './drawing.ts';

/** What flows between the streams and their callers, along their rows (or columns, where the callers stand above). */
export interface Flow {
  /** The ends of the lines at the callers, in pixels of the screen, and whether something flows there. */
  readonly lines: readonly { readonly at: number; readonly flows: boolean }[];
  /** All of them come from one stream, and not each from its own. */
  readonly isShared: boolean;
}

const still = matchMedia('(prefers-reduced-motion: reduce)');
/** In CSS pixels: a piece of a stream, the gap to the next, and how far they go in a second. */
const [piece, gap, speed] = [4, 8, 30];

/** The lines between streams and callers: one stream that spreads to all of them, or one for each. */
export class StreamFan {
  readonly #drawing: Drawing;
  #flow: (isUpright: boolean) => Flow = () => ({ lines: [], isShared: false });

  constructor(canvas: HTMLCanvasElement) {
    this.#drawing = new Drawing(canvas, (now) => this.#draw(now));
  }

  /** @param flow is asked at each frame, with whether the callers stand above the streams, and not beside them */
  show(flow: (isUpright: boolean) => Flow): void {
    this.#flow = flow;
    this.#drawing.request();
  }

  /** @returns whether something flows */
  #draw(now: number): boolean {
    const { context, palette, scale, width, height } = this.#drawing;
    const isUpright = width > height;
    const { lines, isShared } = this.#flow(isUpright);
    const across = isUpright ? width : height;
    const path = ({ at }: Flow['lines'][number]) => this.#path(isShared ? across / 2 : at, at, isUpright);
    context.lineWidth = scale;
    context.setLineDash([]);
    context.strokeStyle = palette.line;
    for (const line of lines) context.stroke(path(line));
    context.setLineDash([piece * scale, gap * scale]);
    context.strokeStyle = palette.call;
    for (const [index, line] of lines.entries()) {
      if (!line.flows) continue;
      // What comes of one stream comes at the same time; what comes of many does not.
      const phase = isShared ? 0 : (index * 0.618) % 1;
      context.lineDashOffset = -scale * ((now / 1_000) * speed + phase * (piece + gap));
      context.stroke(path(line));
    }
    return !still.matches && lines.some(({ flows }) => flows);
  }

  /** From a stream, at the right or below, to a row or column of callers, at the left or above. */
  #path(from: number, to: number, isUpright: boolean): Path2D {
    const { width, height } = this.#drawing;
    const path = new Path2D();
    if (isUpright) {
      path.moveTo(from, height);
      path.bezierCurveTo(from, height * 0.45, to, height * 0.55, to, 0);
    } else {
      path.moveTo(width, from);
      path.bezierCurveTo(width * 0.45, from, width * 0.55, to, 0, to);
    }
    return path;
  }
}
