/**
 * SQLite keeps text as UTF-8, in which two strings with different halves of a surrogate pair are one, and a NUL may end it.
 * Names that could be mistaken are escaped; all others are kept as they are.
 */
const mark = '\uffff';
const unsafe = /[\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const escaped = /\uffff([0-9a-f]{4})/g;

export function toText(name: string): string {
  if (name.isWellFormed() && !name.includes('\0') && !name.includes(mark)) return name;
  return name
    .replace(unsafe, (unit) => mark + unit.charCodeAt(0).toString(16).padStart(4, '0'))
    .replaceAll('\0', `${mark}0000`);
}

export function fromText(text: string): string {
  return text.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
