import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CommandError, exitCode } from './exit-code.ts';
import { unreadable } from './unreadable.ts';

/** The gateway's own key for Gemini. It is never printed, stored, or a part of any error. */
export interface ApiKey {
  readonly key: string;
  /** Where it comes from, for people: `GOOGLE_API_KEY`, `GEMINI_API_KEY`, or the file in quotes. */
  readonly from: string;
  /** What is to be told to whoever started the program; one sentence. */
  readonly warning?: string;
}

/** In the order of the official SDK, so that a program and its gateway use the same one. */
const names = ['GOOGLE_API_KEY', 'GEMINI_API_KEY'] as const;
/** Far longer than any key, and short enough that a file given by mistake is not read to its end. */
const maxBytes = 4_096;

/**
 * The key of the file if one is named, else of the environment; there is no option for a key, as command lines are seen by
 * others. White space around it is no part of it, and a variable without anything else is as good as none.
 *
 * @throws CommandError where the file has no key, or cannot be read, or what is in either place cannot be a key
 */
export function findApiKey(where: {
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}): ApiKey | undefined {
  if (where.file !== undefined) return fromFile(where.file);
  const found = names.flatMap((from) => {
    const key = where.env[from]?.trim() ?? '';
    return key === '' ? [] : [{ key: checked(key, from), from }];
  });
  const [first, second] = found;
  if (first === undefined || second === undefined || first.key === second.key) return first;
  return { ...first, warning: `${first.from} and ${second.from} are both set: ${first.from} is used` };
}

function fromFile(file: string): ApiKey {
  const from = JSON.stringify(file);
  const { text, isPrivate } = read(file);
  const key = text.trim();
  if (key === '') throw failed(`the API key file ${from} is empty`);
  const found = { key: checked(key, `the API key file ${from}`), from };
  return isPrivate
    ? found
    : { ...found, warning: `others can read the API key file ${from}: chmod 600 keeps it yours` };
}

/** Follows links, as secrets of containers are, and reads pipes. */
function read(file: string): { readonly text: string; readonly isPrivate: boolean } {
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  let isPrivate: boolean;
  try {
    const descriptor = openSync(file, 'r');
    try {
      const stats = fstatSync(descriptor);
      isPrivate = process.platform === 'win32' || !stats.isFile() || (stats.mode & 0o077) === 0;
      for (let more = -1; more !== 0 && length < bytes.length; length += more) {
        more = readSync(descriptor, bytes, length, bytes.length - length, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw failed(`the API key file ${JSON.stringify(file)} ${unreadable(error)}`);
  }
  if (length > maxBytes) throw failed(`the API key file ${JSON.stringify(file)} is too long for a key`);
  return { text: bytes.toString('utf8', 0, length), isPrivate };
}

/** A key is sent as a header, where a line end or another letter could not stand. */
function checked(key: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw failed(`${where} holds what is no API key: it must be one word of ASCII characters`);
}

function failed(problem: string): CommandError {
  return new CommandError(exitCode.failed, problem);
}
