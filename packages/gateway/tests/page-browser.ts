import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Long enough to install a browser where there is none. */
export const browserLimit = 300_000;

/** A browser of this machine, without a window. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findBrowser() ?? installBrowser();
  // Chromium refuses to put root's pages in a sandbox.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({
    executablePath,
    args: [
      ...args,
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function findBrowser(): string | undefined {
  const given = process.env.CHROME_PATH;
  if (given !== undefined && given !== '') {
    if (isProgram(given)) return given;
    throw new Error(`CHROME_PATH is '${given}', which is no program: name a Chromium, or unset it`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places].find(isProgram);
}

function isProgram(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // There, but not ours to run.
    return false;
  }
}

function installBrowser(): string {
  if (process.getuid?.() === 0 && isProgram('/usr/bin/apt-get')) {
    console.log('the page is tested in a browser, and this machine has none: apt-get installs chromium');
    const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    execFileSync('/usr/bin/apt-get', ['update', '-q'], options);
    execFileSync('/usr/bin/apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], options);
    const installed = findBrowser();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'the page is tested in a browser, and this machine has none: install Chromium or Chrome, or set CHROME_PATH',
  );
}

export interface OpenPage {
  readonly page: Page;
  /** What the browser complained of so far: errors of the console and of scripts, and breaches of the page's policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens a page in a session of its own. */
export async function openPage(browser: Browser, url: string): Promise<OpenPage> {
  // Without motion there are fewer frames to draw, and what is waited for is there at once.
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const complaints: string[] = [];
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.exposeFunction('complain', (text: string) => complaints.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // This runs in the page, which has it from `exposeFunction`.
      (globalThis as unknown as { complain(text: string): void }).complain(
        `policy: ${event.violatedDirective} ${event.blockedURI}`,
      );
    });
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Waits until the element shows exactly this text. */
export async function shows(page: Page, selector: string, text: string | RegExp): Promise<void> {
  const exact = typeof text === 'string' ? new RegExp(`^\\s*${literal(text)}\\s*$`) : text;
  await page.locator(selector).filter({ hasText: exact }).first().waitFor();
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
