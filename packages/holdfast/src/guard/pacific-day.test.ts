import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextPacificMidnight } from './pacific-day.ts';

const utc = (text: string) => Date.parse(text);

test.each([
  ['in winter', '2026-01-01T20:00:00Z', '2026-01-02T08:00:00Z'],
  ['in summer', '2026-07-01T20:00:00Z', '2026-07-02T07:00:00Z'],
  ['at midnight itself, a day later', '2026-01-02T08:00:00Z', '2026-01-03T08:00:00Z'],
  ['a moment before midnight', '2026-01-02T07:59:59.999Z', '2026-01-02T08:00:00Z'],
  ['before the clocks go forward, in a day of 23 hours', '2026-03-08T08:30:00Z', '2026-03-09T07:00:00Z'],
  ['after the clocks went forward', '2026-03-08T12:00:00Z', '2026-03-09T07:00:00Z'],
  ['before the clocks go back, in a day of 25 hours', '2026-11-01T07:30:00Z', '2026-11-02T08:00:00Z'],
  ['over the end of a year', '2026-12-31T23:00:00Z', '2027-01-01T08:00:00Z'],
])('the next midnight in Los Angeles: %s', (_, from, to) => {
  expect(nextPacificMidnight(utc(from))).toBe(utc(to));
});

test('it is midnight there, and no other midnight comes before', () => {
  const hour = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'America/Los_Angeles',
    timeStyle: 'medium',
  });
  fc.assert(
    fc.property(
      fc.integer({ min: utc('2020-01-01T00:00:00Z'), max: utc('2040-01-01T00:00:00Z') }),
      (wall) => {
        const next = nextPacificMidnight(wall);
        expect(hour.format(next)).toBe('00:00:00');
        expect(next).toBeGreaterThan(wall);
        expect(next - wall).toBeLessThanOrEqual(25 * 3_600_000);
        if (next - wall > 23 * 3_600_000)
          expect(nextPacificMidnight(wall - 2 * 3_600_000)).toBeLessThanOrEqual(next);
        expect(nextPacificMidnight(next - 1)).toBe(next);
      },
    ),
  );
});
