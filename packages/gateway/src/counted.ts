/** `counted(1, 'file')` → `1 file`; `counted(2_000, 'file')` → `2,000 files` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : many}`;
}
