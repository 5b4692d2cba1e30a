import { onPaletteChange, type Palette, readPalette } from './palette.ts';

/**
 * Milliseconds from one frame to the next. As often as a screen can would take as much of the machine as what is shown;
 * a screen's own frames come a little early or late.
 */
const frameMs = 50 - 4;

/** A canvas that is drawn when that is asked for, and when its size or the colours have changed. */
export class Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly #canvas: HTMLCanvasElement;
  readonly #draw: (now: number) => boolean;
  #palette: Palette = readPalette();
  /** In pixels of the screen; 0 before it is laid out, and while it is hidden. */
  #width = 0;
  #height = 0;
  #frame = 0;
  #drawnAt = 0;

  /** @param draw is given the time of the frame. @returns whether something is still on its way */
  constructor(canvas: HTMLCanvasElement, draw: (now: number) => boolean) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser draws no canvas');
    this.context = context;
    this.#canvas = canvas;
    this.#draw = draw;
    new ResizeObserver(() => this.#measure()).observe(canvas);
    onPaletteChange(() => {
      this.#palette = readPalette();
      this.#run(performance.now());
    });
  }

  get palette(): Palette {
    return this.#palette;
  }

  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  /** Pixels of the screen to a CSS pixel. */
  get scale(): number {
    return devicePixelRatio;
  }

  request(): void {
    this.#frame ||= requestAnimationFrame((now) => {
      this.#frame = 0;
      if (now - this.#drawnAt < frameMs) this.request();
      else this.#run(now);
    });
  }

  #measure(): void {
    this.#width = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    this.#height = Math.round(this.#canvas.clientHeight * devicePixelRatio);
    // This empties it, so it is drawn before the browser shows it.
    if (this.#canvas.width !== this.#width) this.#canvas.width = this.#width;
    if (this.#canvas.height !== this.#height) this.#canvas.height = this.#height;
    this.#run(performance.now());
  }

  #run(now: number): void {
    this.#drawnAt = now;
    if (this.#width === 0 || this.#height === 0) return;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.#width, this.#height);
    if (this.#draw(now)) this.request();
  }
}
