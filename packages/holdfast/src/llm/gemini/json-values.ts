import { endOfString } from './json-string.ts';

/**
 * Whether a JSON text has more values than so many, found out without reading it: by the commas, braces and brackets outside of
 * its strings. An empty object or list counts twice.
 */
export function hasMoreValues(text: string, most: number): boolean {
  let values = 1;
  for (let at = 0; at < text.length && values <= most; at += 1) {
    switch (text.charCodeAt(at)) {
      case comma:
      case brace:
      case bracket:
        values += 1;
        break;
      case quote:
        at = endOfString(text, at) - 1;
        break;
    }
  }
  return values > most;
}

const [quote, comma, bracket, brace] = [0x22, 0x2c, 0x5b, 0x7b];
