import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** Modules that the page shares with the server: of the folder above, which for a browser at the root is the root. */
const shared = ['counted.js', 'printable.js', 'summary-line.js', 'watching-line.js'];

/** What a page is made of; anything else in its folder (type declarations, source maps) is not served. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/**
 * The files of the page by the path they are asked under; `/` is `index.html`. All of them are read here and then
 * served from memory, so that no request ever names a file of the machine.
 *
 * @param folder a file URL with a slash at its end; a folder that is not there has no files
 */
export function readPageFiles(folder: URL): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  const entries = entriesOf(folder);
  for (const entry of entries) {
    const type = types[extname(entry)];
    if (type === undefined) continue;
    const name = entry.replaceAll('\\', '/');
    files.set(`/${name}`, { type, body: readFileSync(new URL(name, folder)) });
  }
  for (const name of entries.length > 0 ? shared : []) {
    files.set(`/${name}`, {
      type: types['.js'] as string,
      body: readFileSync(new URL(`../${name}`, folder)),
    });
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

function entriesOf(folder: URL): string[] {
  try {
    return readdirSync(fileURLToPath(folder), { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
