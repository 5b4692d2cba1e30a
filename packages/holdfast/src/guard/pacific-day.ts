/**
 * The day of Gemini's quotas: it begins at midnight in Los Angeles, which has 23 or 25 hours twice a year.
 */
const parts = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

/** The next midnight in Los Angeles after a time; both milliseconds since 1970. */
export function nextPacificMidnight(wall: number): number {
  const { year, month, day } = local(wall);
  const midnight = Date.UTC(year, month - 1, day + 1);
  // The clocks change at two in the morning, so the offset in force at a time near midnight is that of midnight.
  const near = midnight - offset(wall);
  return midnight - offset(near);
}

/** Milliseconds that local time is ahead of UTC; negative here. */
function offset(wall: number): number {
  const { year, month, day, hour, minute, second } = local(wall);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(wall / 1_000) * 1_000;
}

type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

function local(wall: number): Record<Field, number> {
  const fields = parts.formatToParts(wall).map(({ type, value }) => [type, Number(value)]);
  return Object.fromEntries(fields) as Record<Field, number>;
}
