const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1234` → `1,234` */
export function count(value: number): string {
  return whole.format(value);
}

/** Dollars to three significant digits below one, to the cent from there: `$0`, `$0.00123`, `$0.4`, `$1,234.50`. */
export function dollars(value: number): string {
  if (value === 0) return '$0';
  const small = Math.abs(value) < 1;
  return `$${value.toLocaleString('en-US', small ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** A time in milliseconds with the unit that suits it: `0.4 ms`, `87 ms`, `1.24 s`, `12.4 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9.95) return `${trimmed(milliseconds, 1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${trimmed(milliseconds / 1000, milliseconds < 9_995 ? 2 : 1)} s`;
  const all = Math.round(milliseconds / 1000);
  if (all < 3600) return `${Math.floor(all / 60)} min ${all % 60} s`;
  return `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
}

/** Seconds as the ledger and the log tell them, never less than two digits after the point below a minute: `0.01 s`. */
export function seconds(value: number): string {
  if (value > 0 && value < 0.005) return '< 0.01 s';
  return value < 59.995 ? `${value.toFixed(2)} s` : duration(value * 1000);
}

/** A share of one: `0.9534` → `95.3 %`; never rounded up to all of it. */
export function share(ratio: number): string {
  const percent = Math.floor(ratio * 1000) / 10;
  return `${percent === 100 || percent === 0 ? percent : percent.toFixed(1)} %`;
}

/** Bytes in binary units: `512 B`, `1.5 KiB`, `20 MiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [rest, unit] = [value, 0];
  while (rest >= 1024 && unit < units.length - 1) [rest, unit] = [rest / 1024, unit + 1];
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : trimmed(rest, 1)} ${units[unit]}`;
}

/** The time of day, to the second: `14:05:09`. */
export function timeOfDay(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
