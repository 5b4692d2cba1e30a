import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LabState, OutlineLine } from '../src/api/index.ts';
import { Command, makeFolder, Server, startServe } from './command.ts';
import { browserLimit, type OpenPage, openPage, shows, startBrowser } from './page-browser.ts';

const sources = {
  'src/a.ts': "import { b } from './b.ts';\n\nexport function a() {\n  return b();\n}\n",
  'src/b.ts': 'export function b() {\n  return 1;\n}\n',
  'tool.py': 'import os\n\n\nclass Tool:\n    def run(self):\n        return os\n',
};

/** A page and a herd or two, on a machine that does other work as well. */
const testLimit = 20_000;

let browser: Browser;
/** Serves the tests that change nothing in the folder; the lab is reset before each test. */
let shared: Server;
let sharedFolder: string;
let sharedPage: OpenPage;

beforeAll(async () => {
  browser = await startBrowser();
  sharedFolder = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
  writeSources(sharedFolder);
  const command = new Command(['serve', sharedFolder, '--port', '0']);
  const [, port, token] = await command.line(/^open http:\/\/127\.0\.0\.1:(\d+)\/#token=(\S+)$/);
  await command.line(/^ready: /);
  shared = new Server(command, Number(port), String(token));
  sharedPage = await openPage(browser, urlOf(shared));
  await shows(sharedPage.page, '#connection', 'Live');
}, browserLimit);

// After a failed start there is no page, and that start is the failure to tell.
afterEach(() => expect(sharedPage?.complaints ?? []).toEqual([]));

afterAll(async () => {
  await browser?.close();
  await shared?.stop();
  if (sharedFolder !== undefined) rmSync(sharedFolder, { recursive: true, force: true });
});

function writeSources(folder: string): void {
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const urlOf = ({ port, token }: Server) => `http://127.0.0.1:${port}/#token=${token}`;

/** A page of the test's own, which must not make the browser complain. */
async function open(url: string): Promise<OpenPage> {
  const opened = await openPage(browser, url);
  onTestFinished(async () => {
    await opened.close();
    expect(opened.complaints).toEqual([]);
  });
  return opened;
}

/** A server and a page for a test that edits files or stops the server. */
async function openOwn(...args: readonly string[]) {
  const folder = makeFolder(sources);
  const server = await startServe(folder, ['--port', '0', ...args]);
  const opened = await open(urlOf(server));
  await shows(opened.page, '#connection', 'Live');
  return { ...opened, folder, server };
}

/** Sends a herd of ten and waits until both sides have answered all of it. */
async function sendTen(page: Page, callersThen: number): Promise<void> {
  await page.getByRole('button', { name: '10 callers', exact: true }).click();
  for (const side of ['#protected', '#unprotected']) {
    await shows(page, `${side} figcaption`, `${callersThen} callers`);
    await shows(page, `${side} [data-figure=waiting]`, '0');
  }
  await page.locator('#lab[data-running=false]').waitFor();
}

describe('the lab', { timeout: testLimit }, () => {
  beforeEach(async () => {
    await shared.json('/api/lab/reset', null);
    await shared.json('/api/lab/mood', { mood: 'normal' });
    // Else a test could take what the one before left on the page for its own.
    await shows(sharedPage.page, '#verdict', 'Nobody has called yet. Send a herd or play a scene.');
    await sharedPage.page.locator('[data-mood=normal][aria-pressed=true]').waitFor();
  });

  it('shows one provider call against ten for a herd of ten, and that the provider is simulated', async () => {
    const { page } = sharedPage;
    await shows(page, '#lab .badge', 'Simulated provider');

    await sendTen(page, 10);
    await shows(page, '#protected [data-figure=calls]', '1');
    await shows(page, '#unprotected [data-figure=calls]', '10');
    await shows(page, '#protected [data-figure=fresh]', '10');
    await shows(page, '#unprotected [data-figure=fresh]', '10');
    await shows(page, '#verdict', /^1 provider call instead of 10: \$0\.\d+ not spent\.$/);
    await shows(page, '#unprotected [data-figure=p99]', /^[\d.]+ m?s$/);
  });

  it('draws a cell for every caller and every provider call', async () => {
    const { page } = sharedPage;
    await sendTen(page, 10);
    // Of ten cells, which lie in full rows, the first and the last: the centre of each, as it is on the screen.
    const ends = (side: string, figure: number) =>
      page.locator(`${side} figure:nth-of-type(${figure}) canvas`).evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
        if (context === null) throw new Error('no canvas');
        context.drawImage(canvas as HTMLCanvasElement, 0, 0);
        const columns = 5;
        const x = Math.floor(width / columns);
        const y = Math.floor(Math.min(height / 2, 1.25 * x));
        const top = (height - 2 * y) / 2;
        const at = (column: number, row: number) =>
          [...context.getImageData((column + 0.4) * x, top + (row + 0.4) * y, 1, 1).data].join();
        return { first: at(0, 0), last: at(4, 1) };
      });
    // The last frame of the fade is drawn some time after the count has come.
    const same = async (side: string) => {
      const { first, last } = await ends(side, 2);
      return first === last;
    };
    await expect.poll(() => same('#unprotected'), { timeout: 5_000 }).toBe(true);
    expect(await same('#protected')).toBe(false);
    expect((await ends('#protected', 2)).first).toBe((await ends('#unprotected', 2)).first);
    expect((await ends('#protected', 1)).first).not.toBe((await ends('#protected', 2)).first);
  });

  it('lets a cell stand for several callers where there are too many to tell apart, and says so', async () => {
    const { page } = sharedPage;
    const side = {
      ...{ providerCalls: 1, usd: 0, rateLimited: 0, answered: 10_000, stale: 0, failures: 0, waiting: 0 },
      ...{ refused: 0, comeBackIn: 0 },
      latency: { p50: 1, p99: 1, max: 1 },
    };
    const state = await shared.json<LabState>('/api/lab');
    const json = {
      ...state,
      callers: 10_000,
      protected: side,
      unprotected: { ...side, providerCalls: 10_000 },
    };
    await page.route('**/api/lab/expire', (route) => route.fulfill({ json }), { times: 1 });
    await page.getByRole('button', { name: 'Expire' }).click();
    await shows(page, '#protected figure:nth-of-type(1) figcaption', '10,000 callers; one cell = 4 callers');
    await shows(
      page,
      '#unprotected figure:nth-of-type(2) figcaption',
      '10,000 provider calls; one cell = 4 calls',
    );
  });

  it('shows stale answers, marked so, where the unprotected callers fail', async () => {
    const { page } = sharedPage;
    await sendTen(page, 10);
    await page.getByRole('button', { name: 'Fail' }).click();
    await page.locator('[data-mood=fail][aria-pressed=true]').waitFor();
    await page.getByRole('button', { name: 'Expire' }).click();
    await sendTen(page, 20);
    await shows(page, '#protected [data-figure=stale]', '10');
    await shows(page, '#protected [data-figure=failed]', '0');
    await shows(page, '#unprotected [data-figure=failed]', '10');
    await shows(page, '#verdict', /; 0 failures instead of 10; 10 answers stale, and marked so\.$/);

    await page.getByRole('button', { name: 'Reset' }).click();
    await shows(page, '#unprotected [data-figure=calls]', '0');
    await shows(page, '#verdict', 'Nobody has called yet. Send a herd or play a scene.');
  });

  it('shows of a 429 storm who was answered, who was told when to come back, and the full minute', async () => {
    const { page } = sharedPage;
    const storm = page.getByRole('button', { name: '429 storm' });
    await storm.focus();
    await page.keyboard.press('Enter');
    await shows(
      page,
      '#verdict',
      /^No 429 instead of \d+: 60 answered, 940 told when to come back \(in \d+ s\)\.$/,
    );
    await shows(page, '#protected [data-figure=refused]', '940');
    await shows(page, '#protected [data-figure=fresh]', '60');
    await shows(page, '#protected [data-figure=rateLimited]', '0');
    await shows(page, '#protected [data-figure=minute]', '60 of 60');
    await shows(page, '#protected [data-figure=breaker]', 'closed');
    await shows(page, '#unprotected [data-figure=rateLimited]', /^[89]\d\d$/);
    expect(await page.locator('#unprotected [data-figure=minute]').isVisible()).toBe(false);
    expect(await storm.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  it('tells each stage of an illness, and the breaker that opens; a reset ends it', async () => {
    const { page } = sharedPage;
    const box = () => page.locator('#protected').boundingBox();
    const before = await box();
    await page.getByRole('button', { name: 'Sick provider' }).click();
    await shows(page, '#verdict', 'The provider is well…');
    await shows(page, '#verdict', 'One call in four fails: retries make up for it…');
    await shows(page, '#verdict', /^Every call fails: /);
    await shows(page, '#protected [data-figure=breaker]', 'open: left alone');
    await shows(page, '#protected [data-figure=stale]', /^[1-9]/);
    await shows(page, '#unprotected [data-figure=failed]', /^[1-9]/);
    expect(await box()).toEqual(before);
    await page.getByRole('button', { name: 'Reset' }).click();
    await shows(page, '#verdict', 'Nobody has called yet. Send a herd or play a scene.');
    await shows(page, '#protected [data-figure=breaker]', 'closed');
  });

  it('shows one stream that a thousand follow, its text as it grows, and a stream each beside it; a reset ends it', async () => {
    const { page } = sharedPage;
    const text = async () => (await page.locator('.answer-text').innerText()).length;
    await page.getByRole('button', { name: 'One stream' }).click();
    await shows(page, '#verdict', /^\d+ read one stream, \d+ have left…$/);
    await shows(page, '#protected figure:nth-of-type(2) figcaption', '1 stream, open');
    // A scene has a provider of its own: no mood is in force, and none can be chosen.
    expect(await page.locator('[data-mood][aria-disabled=true][aria-pressed=false]').count()).toBe(5);
    const before = await text();
    // A browser in a process of its own tells nobody that it has drawn: it can only be looked at.
    await expect.poll(text, { timeout: 5_000 }).toBeGreaterThan(before);
    expect(await page.locator('.answer-text').innerText()).toMatch(
      /^How can a thousand people read one answer/,
    );
    await shows(page, '#protected .of-stream [data-figure=replayed]', /^[1-9]\d\d$/);
    await shows(page, '#protected .of-stream [data-figure=left]', /^[1-9]/);
    await shows(page, '#protected [data-figure=calls]', '1');
    await shows(page, '#unprotected [data-figure=calls]', /^\d{2,3}$|^1,000$/);
    await shows(page, '#unprotected .of-stream [data-figure=replayed]', '0');
    expect(await page.locator('.of-herd').filter({ visible: true }).count()).toBe(0);
    const size = page.viewportSize() ?? { width: 1280, height: 720 };
    for (const width of [1024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    }
    await page.setViewportSize(size);
    await page.getByRole('button', { name: 'Reset' }).click();
    await shows(page, '#verdict', 'Nobody has called yet. Send a herd or play a scene.');
    expect(await page.locator('.of-stream').filter({ visible: true }).count()).toBe(0);
    expect(await page.locator('[data-mood][aria-pressed=true]').innerText()).toBe('Normal');
  });

  it('fills the cell of a caller as far as it has read, from below', async () => {
    const { page } = sharedPage;
    const state = await shared.json<LabState>('/api/lab');
    const stream = {
      ...{ streams: 1, underWay: 1, usd: 0, waiting: 1, reading: 1, whole: 1, left: 1, failed: 0 },
      ...{ late: 0, replayed: 0, slow: 0, firstWord: { p50: 1, p99: 1, max: 1 }, text: 'so far', memory: 0 },
      progress: '-MYm',
    };
    const side = { ...state.protected, stream };
    const json = { ...state, scene: 'stream', running: true, callers: 4, protected: side, unprotected: side };
    await page.route('**/api/lab/expire', (route) => route.fulfill({ json }), { times: 1 });
    await page.getByRole('button', { name: 'Expire' }).click();
    await shows(page, '#protected figure:nth-of-type(1) figcaption', '4 callers');
    // How many pixels have each colour.
    const colours = () =>
      page.locator('#protected figure:nth-of-type(1) canvas').evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
        if (context === null) throw new Error('no canvas');
        context.drawImage(canvas as HTMLCanvasElement, 0, 0);
        const { data } = context.getImageData(0, 0, width, height);
        const style = getComputedStyle(document.documentElement);
        const names = ['cell-waiting', 'call', 'cell-unread', 'fresh', 'cell-gone'];
        const areas: Record<string, number> = {};
        for (const name of names) {
          const hex = style.getPropertyValue(`--${name}`).trim();
          const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
          let area = 0;
          for (let at = 0; at < data.length; at += 4) {
            if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) area += 1;
          }
          areas[name] = area;
        }
        return areas;
      });
    // Here, too, the last frame is drawn some time after the counts have come.
    await expect.poll(async () => (await colours()).fresh, { timeout: 5_000 }).toBeGreaterThan(100);
    const { call = 0, fresh = 0, ...areas } = await colours();
    expect(call / fresh).toBeCloseTo(0.5, 1);
    expect(Number(areas['cell-unread']) / fresh).toBeCloseTo(0.5, 1);
    expect(Number(areas['cell-gone']) / fresh).toBeCloseTo(0.5, 1);
    expect(Number(areas['cell-waiting']) / fresh).toBeGreaterThan(0.55);
  });

  it('lets nobody send a herd while one is under way, and says what the server refuses', async () => {
    const { page, complaints } = sharedPage;
    await page.getByRole('button', { name: '10 callers', exact: true }).click();
    // Taken in one look, as the herd may end at any time.
    const busy = await page.waitForFunction(() => {
      const lab = document.querySelector<HTMLElement>('#lab');
      const button = lab?.querySelector('[data-callers="10"]');
      if (lab?.dataset.running !== 'true' || !lab.querySelector('#verdict')?.textContent?.endsWith('…'))
        return undefined;
      return { disabled: button?.getAttribute('aria-disabled'), focused: button === document.activeElement };
    });
    expect(await busy.jsonValue()).toEqual({ disabled: 'true', focused: true });
    await page.locator('#lab[data-running=false]').waitFor();
    await page.locator('[data-callers="10"][aria-disabled=false]').waitFor();

    const json = { error: { code: 'E_LAB_BUSY', message: 'a herd is running' } };
    await page.route('**/api/lab/expire', (route) => route.fulfill({ status: 409, json }), { times: 1 });
    await page.getByRole('button', { name: 'Expire' }).click();
    await shows(page, '#lab-problem', 'Expire: a herd is running');
    expect(complaints.splice(0)).toEqual([expect.stringContaining('409')]);
  });
});

describe('the folder', { timeout: testLimit }, () => {
  it('tells what an edit cost, and shows the edited file as it is now', async () => {
    const { page, folder, server } = await openOwn();
    await shows(page, '#folder-state', /^3 files outlined, ready in [\d.]+ s$/);
    await page.getByRole('option', { name: /a\.ts/ }).click();
    await shows(page, '#outline h4', '1 symbol');

    appendFileSync(join(folder, 'src/a.ts'), 'export const added = 1;\n');
    await page.getByRole('button', { name: 'Look again now' }).click();
    await shows(
      page,
      '#edit-cost',
      /^src\/a\.ts changed → 1 of 3 outlines, symbol index made again \(\d+ ms\)$/,
    );
    await shows(page, '#edit-time', /^\d\d:\d\d:\d\d$/);
    await shows(page, '#outline h4', '2 symbols');
    await shows(page, '#outline .symbol-name', /^added/);
    await shows(page, '#events li', /outlined again\s*src\/a\.ts/);
    await shows(page, '.row .generations', /^×2/);

    appendFileSync(join(folder, 'src/a.ts'), '// a remark\n');
    await shows(
      page,
      '#edit-cost',
      /^src\/a\.ts changed → 1 of 3 outlines, symbol index unchanged: early cutoff \(\d+ ms\)$/,
    );
    const later = await open(urlOf(server));
    await shows(later.page, '#edit-cost', /symbol index unchanged/);
  });

  it('tells how the folder is watched, and an edit that nobody looked for', async () => {
    const { page, folder } = await openOwn();
    await shows(page, '#folder-watching[data-state=LIVE]', 'Watching 3 files in 2 directories, live');
    appendFileSync(join(folder, 'src/a.ts'), '// a remark\n');
    await shows(
      page,
      '#edit-cost',
      /^src\/a\.ts changed → 1 of 3 outlines, symbol index unchanged: early cutoff/,
    );
    await shows(page, '#events li', /edit found\s*src\/a\.ts changed/);
  });

  it('says that it polls, and why', async () => {
    const { page } = await openOwn('--poll');
    await shows(page, '#folder-watching[data-state=DEGRADED]', 'Polling 3 files: polling was asked for');
  });

  it('finds by itself a file that was added', async () => {
    const { page, folder } = await openOwn();
    writeFileSync(join(folder, 'new.ts'), 'export const fresh = 1;\n');
    await shows(page, '#edit-cost', /^new\.ts new → 1 of 4 outlines, symbol index made again \(\d+ ms\)$/);
    await shows(page, '#list-count', '4 outlines');
  });

  it('tells in one line what the store holds, and after a restart that nothing had to be made', async () => {
    const { page, folder, server } = await openOwn();
    const holds = String.raw`^Store: \.holdfast/store\.sqlite, 7 entries, [\d.]+ KiB; `;
    await shows(page, '#folder-store', new RegExp(`${holds}cold: 0 of 3 outlines were stored$`));
    await shows(page, '#ledger [data-row=stored] td', '0');
    await page.close();
    await server.stop();
    const warm = await open(urlOf(await startServe(folder)));
    await shows(warm.page, '#folder-store', new RegExp(`${holds}warm: 3 of 3 outlines were stored$`));
    await shows(warm.page, '#ledger [data-row=stored] td', '3');
    await shows(warm.page, '#ledger [data-row=generated] td', '0');
  });

  it('says where there is no store', async () => {
    const { page } = await openOwn('--no-store');
    await shows(page, '#folder-store', /^No store: /);
  });

  it('opens its warnings when the folder is gone', async () => {
    const { page, folder } = await openOwn('--no-store');
    renameSync(folder, `${folder}-away`);
    onTestFinished(() => renameSync(`${folder}-away`, folder));
    await page.locator('#warnings[open]').waitFor();
    await shows(page, '#warnings li', /^the folder is gone/);
    await shows(page, '#events li', /folder gone/);
    await shows(page, '#folder-watching[data-state=UNKNOWN]', /^Not watching at the moment: /);
  });

  it('shows the outline of a chosen file, and counts the hit that this was', async () => {
    const { page } = await openOwn();
    await shows(page, '#ledger [data-row=hit] td', '0');
    await shows(page, '#ledger [data-row=generated] td', '3');
    await page.getByRole('option', { name: /tool\.py/ }).click();
    await shows(page, '#outline .outline-path', 'tool.py');
    await shows(page, '#outline .outcome', /^hit made/);
    await shows(page, '#outline .facts', /python/);
    expect(await page.locator('#outline .symbol-list li').allInnerTexts()).toEqual([
      expect.stringMatching(/^class\s+Tool\s*exported\s+4–6$/),
      expect.stringMatching(/^method\s+run\s*(exported\s+)?5–6$/),
    ]);
    await shows(page, '#outline .import-list', /os/);
    await shows(page, '#ledger [data-row=hit] td', '1');
    await shows(page, '#tiles [data-figure="hit ratio"]', '12.5 %');
  });

  it('filters by words and language, and is walked by the keyboard', async () => {
    const { page } = sharedPage;
    const filter = page.getByRole('searchbox');
    await filter.fill('TS src');
    await shows(page, '#list-count', '2 of 3 outlines');
    await filter.press('ArrowDown');
    await shows(page, '#outline .outline-path', 'src/a.ts');
    await page.keyboard.press('ArrowDown');
    await shows(page, '#outline .outline-path', 'src/b.ts');
    await page.locator('#list[aria-activedescendant=file-1]').waitFor();
    await filter.fill('');
    await page.locator('#language').selectOption('python');
    await shows(page, '#list-count', '1 of 3 outlines');
  });

  it('finds a symbol while its name is typed, and opens the file at it', async () => {
    const { page } = await openOwn();
    const field = page.getByRole('combobox', { name: 'Find a symbol' });
    await field.fill('ru');
    await shows(page, '.symbol-result', /^Tool\.run\s*method\s*tool\.py:5$/);
    await shows(page, '#symbol-foot', '1 among 4 symbols in 3 files');
    await page.locator('.symbol-result').click();
    await shows(page, '#outline .outline-path', 'tool.py');
    await shows(page, '#outline [aria-current] .symbol-name', /^run/);
    await page.locator('.row[data-path="tool.py"][aria-selected=true]').waitFor();
    expect(await page.locator('#symbol-popup').isHidden()).toBe(true);
  });

  it('lets the keyboard walk what was found, and says where nothing was', async () => {
    const { page } = await openOwn();
    const field = page.getByRole('combobox', { name: 'Find a symbol' });
    await field.fill('t');
    await field.press('Enter');
    await shows(page, '#symbol-foot', '1 among 4 symbols in 3 files');
    await field.press('ArrowUp');
    await page.locator('#symbol-name[aria-activedescendant=symbol-0][aria-expanded=true]').waitFor();
    await field.press('Enter');
    await shows(page, '#outline [aria-current] .symbol-name', /^Tool/);
    await field.press('Escape');
    expect(await field.inputValue()).toBe('');
    await field.fill('nowhere');
    await shows(
      page,
      '#symbol-foot',
      /^No symbol of this name, and none that begins with it, among 4 symbols/,
    );
    await field.press('Escape');
    expect(await page.locator('#symbol-popup').isHidden()).toBe(true);
  });

  it('keeps few rows in the document however many files there are', async () => {
    const many = Array.from(
      { length: 6_000 },
      (_, index): OutlineLine => ({
        path: `src/${String(index).padStart(4, '0')}.ts`,
        language: 'typescript',
        lines: 1,
        symbols: 0,
        estimatedTokens: 1,
        generations: 1,
      }),
    );
    const { page, complaints } = await open('about:blank');
    await page.route('**/api/outlines', (route) => route.fulfill({ json: many }));
    await page.goto(urlOf(shared));
    await shows(page, '#list-count', '6,000 outlines');
    await page.locator('#list').press('End');
    await page.locator('.row[data-path="src/5999.ts"][aria-selected=true]').waitFor();
    expect(await page.locator('.row').count()).toBeLessThan(60);
    await shows(page, '#outline .problem', /no source file of this folder/);
    expect(complaints.splice(0)).toEqual([expect.stringContaining('404')]);
  });
});

describe('names', { timeout: testLimit }, () => {
  it('shows what cannot be seen in a name, and nothing of it turns the rest round', async () => {
    const path = 'src/\u001b[31m\u202egnp.ts';
    const line = { path, language: 'typescript', lines: 1, symbols: 1, estimatedTokens: 1, generations: 6 };
    const outline = {
      path,
      language: 'typescript',
      bytes: 1,
      lines: 1,
      estimatedTokens: 1,
      symbols: [{ name: 'a\u2066b', kind: 'function', startLine: 1, endLine: 1, signature: 'a\u2066b()' }],
      imports: [],
      parser: 'lines',
    };
    const { page } = await open('about:blank');
    await page.route('**/api/outlines', (route) => route.fulfill({ json: [line] }));
    await page.route('**/api/outline?*', (route) =>
      route.fulfill({ json: { outline, outcome: 'hit', ageMs: 1, stale: false } }),
    );
    const summary = {
      path,
      text: 'It reads \u202ednuor.',
      by: 'gemini',
      model: 'm',
      outcome: 'hit',
      ageMs: 1,
    };
    await page.route('**/api/summary?*', (route) => route.fulfill({ json: { ...summary, stale: false } }));
    const match = { ...outline.symbols[0], path, parent: '\u001b]0;x' };
    await page.route('**/api/symbol?*', (route) =>
      route.fulfill({ json: { matches: [match], total: 1, symbols: 1, files: 1, leftOut: [] } }),
    );
    await page.goto(urlOf(shared));
    const row = page.locator('.row');
    await shows(page, '.row .name', '\\x1b[31m\\u202egnp.ts');
    expect(await row.getAttribute('title')).toBe('src/\\x1b[31m\\u202egnp.ts');
    await shows(page, '.row .generations', '×6made 6 times');
    await row.click();
    await shows(page, '#outline .outline-path', 'src/\\x1b[31m\\u202egnp.ts');
    await shows(page, '#outline .summary-text', 'It reads \\u202ednuor.');
    await shows(page, '#outline .symbol-name', 'a\\u2066b');
    expect(await page.locator('#outline .symbol-list li').getAttribute('title')).toBe('a\\u2066b()');
    await page.getByRole('combobox', { name: 'Find a symbol' }).fill('a');
    await shows(page, '.symbol-result .found-name', '\\x1b]0;x.a\\u2066b');
    await shows(page, '.symbol-result .found-place', 'src/\\x1b[31m\\u202egnp.ts:1');
    expect(await page.locator('.symbol-result').getAttribute('title')).toBe('a\\u2066b()');
  });
});

describe('the connection', { timeout: testLimit }, () => {
  it('takes the token out of the address and keeps it for this tab alone', async () => {
    const { page } = await open(urlOf(shared));
    await shows(page, '#connection', 'Live');
    expect(page.url()).toBe(`http://127.0.0.1:${shared.port}/`);
    await page.reload();
    await shows(page, '#connection', 'Live');

    const other = await open(`http://127.0.0.1:${shared.port}/#token=of-another-start`);
    await shows(other.page, '#connection', 'Refused');
    await shows(other.page, '#banner', /open the address that it printed/);
    for (const text of other.complaints.splice(0)) expect(text).toContain('401');
  });

  it('opened without its token it says so, and asks the server for nothing', async () => {
    const { page } = await open('about:blank');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`http://127.0.0.1:${shared.port}/`);
    await shows(page, '#connection', 'No token');
    await shows(
      page,
      '#banner',
      'This page was opened without its token: use the address that holdfast serve printed.',
    );
    expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([]);
  });

  it('says that the server is gone, and takes no orders meanwhile', async () => {
    const { page, server, complaints } = await openOwn();
    await server.stop();
    await shows(page, '#connection', 'Server gone');
    await shows(page, '#banner', /^The server does not answer/);
    await page.locator('[data-callers="10"][aria-disabled=true]').waitFor();
    await shows(page, '#events li', /server gone/);
    for (const text of complaints.splice(0)) expect(text).toMatch(/net::ERR_/);
  });

  it('comes back by itself when the server does', async () => {
    const { page, complaints } = await open('about:blank');
    let gone = true;
    await page.route('**/api/events', (route) =>
      gone ? route.abort('connectionrefused') : route.continue(),
    );
    await page.goto(urlOf(shared));
    await shows(page, '#connection', 'Server gone');
    gone = false;
    await shows(page, '#connection', 'Live');
    await page.locator('[data-callers="10"][aria-disabled=false]').waitFor();
    await shows(page, '#list-count', '3 outlines');
    expect(await page.locator('#banner').isHidden()).toBe(true);
    for (const text of complaints.splice(0)) expect(text).toContain('net::ERR_CONNECTION_REFUSED');
  });
});

describe('the document', { timeout: testLimit }, () => {
  it('fits every width without scrolling sideways, in light and dark', async () => {
    const { page } = sharedPage;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1440, 1024, 390]) {
        await page.setViewportSize({ width, height: 900 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBe(0);
      }
    }
  });

  it('is served under a policy that lets nothing in but its own files', async () => {
    const { page } = sharedPage;
    const { origin } = new URL(page.url());
    const response = await page.request.get(`${origin}/`);
    const policy = response.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/default-src '(self|none)'/);
    expect(policy).not.toContain('unsafe');
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !name.startsWith(`http://127.0.0.1:${shared.port}/`))).toEqual([]);
    expect(asked.filter((name) => name.includes(shared.token))).toEqual([]);
  });
});
