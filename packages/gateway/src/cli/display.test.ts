import { expect, test } from 'vitest';
import { BarDisplay, displayFor, PlainDisplay } from './display.ts';

function terminal(columns?: number) {
  const written: string[] = [];
  return { isTTY: true, columns, written, write: (text: string) => written.push(text) };
}

/** What a terminal shows in the end: a carriage return and an erase start the line anew. */
const shown = (written: readonly string[]) =>
  written
    .join('')
    .split('\n')
    .map((line) => line.split('\r\x1b[K').at(-1));

test('in a pipe, in CI and on a dumb terminal there are plain lines', () => {
  expect(displayFor({ isTTY: false, write: () => true }, {})).toBeInstanceOf(PlainDisplay);
  expect(displayFor(terminal(), { CI: 'true' })).toBeInstanceOf(PlainDisplay);
  expect(displayFor(terminal(), { TERM: 'dumb' })).toBeInstanceOf(PlainDisplay);
  expect(displayFor(terminal(), { TERM: 'xterm', CI: '' })).toBeInstanceOf(BarDisplay);
});

test('plain progress is a line a second at most, and the last one always, once', () => {
  const out = terminal();
  let now = 0;
  const display = new PlainDisplay(out, () => now);
  for (let done = 1; done <= 100; done += 1) {
    now += 25;
    display.progress(done, 100);
  }
  display.progress(100, 100);
  expect(out.written).toEqual(['outlined 40 of 100\n', 'outlined 80 of 100\n', 'outlined 100 of 100\n']);
});

test('of a few files there is the last line alone, however long they take', () => {
  const out = terminal();
  let now = 0;
  const display = new PlainDisplay(out, () => now);
  for (let done = 0; done <= 19; done += 1) {
    display.progress(done, 19);
    now += 60_000;
  }
  expect(out.written).toEqual(['outlined 19 of 19\n']);
});

test('a bar is drawn over itself, gives way to lines, and is gone in the end', () => {
  const out = terminal(80);
  let now = 0;
  const display = new BarDisplay(out, false, () => now);
  display.progress(1, 4);
  now += 10;
  display.progress(2, 4);
  expect(shown(out.written)).toEqual([`${'█'.repeat(7)}${'░'.repeat(23)} 1 of 4 outlined`]);
  display.line('a warning');
  expect(shown(out.written).slice(0, -1)).toEqual(['a warning']);
  expect(shown(out.written).at(-1)).toContain('1 of 4');
  display.progress(4, 4);
  display.line('ready');
  expect(shown(out.written)).toEqual(['a warning', 'ready', '']);
});

test('a narrow terminal gets the numbers alone, and NO_COLOR no colours', () => {
  const narrow = terminal(20);
  new BarDisplay(narrow, true, () => 0).progress(1, 4);
  expect(narrow.written).toEqual(['\r\x1b[K1 of 4 outlined']);
  const unknown = terminal(0);
  new BarDisplay(unknown, false, () => 0).progress(1, 4);
  expect(shown(unknown.written).at(-1)).toMatch(/░ 1 of 4 outlined$/);
  const plain = terminal(80);
  displayFor(plain, { NO_COLOR: '1' }).progress(1, 4);
  expect(plain.written.join('')).not.toContain('\x1b[36m');
  const colored = terminal(80);
  displayFor(colored, {}).progress(1, 4);
  expect(colored.written.join('')).toContain('\x1b[36m');
});
