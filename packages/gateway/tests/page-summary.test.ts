import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeGemini, startFakeGemini } from 'holdfast/testing';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { makeFolder, type Server, startServe } from './command.ts';
import { browserLimit, openPage, shows, startBrowser } from './page-browser.ts';
import { generate, prompt, send } from './proxied.ts';

const text = 'export const a = 1;\n';
const answer = 'It holds a number, and nothing else.';

let browser: Browser;
let fake: FakeGemini;
beforeAll(async () => {
  browser = await startBrowser();
}, browserLimit);
afterAll(() => browser?.close());
beforeEach(async () => {
  fake = await startFakeGemini({ reply: answer });
});
afterEach(() => fake.close());

async function serve(folder: string, key = 'any'): Promise<Server> {
  const env = { GEMINI_API_KEY: key, GOOGLE_API_KEY: '', HOLDFAST_GEMINI_UPSTREAM: fake.url };
  return startServe(folder, ['--port', '0'], { env });
}

/** The page with a.ts chosen. */
async function choose({ port, token }: Server) {
  const { page, complaints, close } = await openPage(browser, `http://127.0.0.1:${port}/#token=${token}`);
  onTestFinished(async () => {
    await close();
    expect(complaints).toEqual([]);
  });
  await page.locator('[data-path="a.ts"]').click();
  return page;
}

test('choosing a file sends nothing; its button asks Gemini once, and what came is there the next time', async () => {
  const folder = makeFolder({ 'a.ts': text, 'b.ts': text });
  const server = await serve(folder);
  const page = await choose(server);
  const button = page.locator('.summary button');
  await shows(page, '.summary button', 'Summarise with Gemini');
  await shows(page, '.summary-ask span', `sends it to ${new URL(fake.url).host}, about 6 tokens`);
  expect(fake.stats().requests).toBe(0);

  const gate = fake.hold();
  await button.click();
  await shows(page, '.summary button', 'Asking gemini-2.5-flash …');
  await button.press('Enter');
  await fake.received(1);
  gate.release();
  await shows(page, '.summary-text', answer);
  await shows(
    page,
    '.summary-source',
    /^generated just now by gemini-2\.5-flash, \d+ tokens read, \d+ written, \$[\d.]+ simulated$/,
  );
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('summary');
  expect(fake.stats().requests).toBe(1);
  await shows(page, '#ledger thead', /summary/);

  await page.locator('[data-path="b.ts"]').click();
  await shows(page, '.summary button', 'Summarise with Gemini');
  await page.locator('[data-path="a.ts"]').click();
  await shows(page, '.summary-text', answer);
  await shows(page, '.summary-source', /^hit made .+ ago by gemini-2\.5-flash, /);
  expect(fake.stats().requests).toBe(1);
});

test('after an edit the summary is told as that of an earlier state, and is there again when the edit is undone', async () => {
  const folder = makeFolder({ 'a.ts': text });
  const page = await choose(await serve(folder));
  await page.locator('.summary button').click();
  await shows(page, '.summary-text', answer);
  writeFileSync(join(folder, 'a.ts'), `// edited\n${text}`);
  await shows(page, '.summary-source', 'the file has changed since gemini-2.5-flash summarised it');
  await shows(page, '.summary button', 'Summarise again');
  await shows(page, '.summary-text.is-old', answer);
  writeFileSync(join(folder, 'a.ts'), text);
  await shows(page, '.summary-source', /^hit made /);
  expect(fake.stats().requests).toBe(1);
});

test('when Gemini fails the outline answers, and the page says why', async () => {
  const page = await choose(await serve(makeFolder({ 'a.ts': text })));
  fake.next({ fail: '403' });
  await page.locator('.summary button').click();
  await shows(page, '.summary-text', /^typescript, 1 line, about 6 tokens/);
  await shows(page, '.summary-source', /^by the outline: Gemini refused the request \(403\)/);
  await page.getByRole('button', { name: 'Ask again' }).click();
  await shows(page, '.summary-text', answer);
});

test('of a file whose name holds secrets it says that it is not sent, and has no button', async () => {
  const page = await choose(await serve(makeFolder({ 'a.ts': text, '.env': 'A=1\n' })));
  await page.locator('[data-path=".env"]').click();
  await shows(page, '.summary-source', /^by the outline: by its name it may hold secrets, so it is not sent/);
  expect(await page.locator('.summary button').count()).toBe(0);
});

test('without a key the page says how to come by summaries, and has no button', async () => {
  const page = await choose(await serve(makeFolder({ 'a.ts': text }), ''));
  await shows(page, '.summary', /^No summary: there is no key for Gemini\. Start with GEMINI_API_KEY set/);
  expect(await page.locator('.summary button').count()).toBe(0);
});

test('what clients and summaries came to is in sight without scrolling, and the names of the rows stay', async () => {
  const server = await serve(makeFolder({ 'a.ts': text }));
  const page = await choose(server);
  await page.locator('.summary button').click();
  await shows(page, '.summary-text', answer);
  const { status } = await send(server.port, generate, prompt('Why?'), { 'x-goog-api-key': 'any' });
  expect(status).toBe(200);
  await shows(page, '#ledger thead', /exchange/);
  const places = (selector: string) =>
    page.evaluate((selector) => {
      const box = document.querySelector('#ledger-scroll')?.getBoundingClientRect();
      return [...document.querySelectorAll(selector)].map((cell) => {
        const { left, right } = cell.getBoundingClientRect();
        const isSeen = box !== undefined && left >= box.left - 1 && right <= box.right + 1;
        return [cell.textContent, isSeen] as const;
      });
    }, selector);
  const seen = async () => (await places('#ledger thead th')).slice(0, 2);
  const first = [
    ['summary', true],
    ['exchange', true],
  ];
  expect(await seen()).toEqual(first);
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await seen()).toEqual(first);
  await page.locator('#ledger-scroll').evaluate((area) => area.scrollTo(1_000, 0));
  const rows = await places('#ledger tbody th');
  expect(rows.length).toBeGreaterThan(5);
  expect(rows).toEqual(rows.map(([name]) => [name, true]));
});
