import { expect, test } from 'vitest';
import { ByName } from './by-name.ts';

test('what is kept by name is made once, and forgotten at rest when there are many', () => {
  const made: string[] = [];
  const resting = new Set<string>();
  let looks = 0;
  const names = new ByName(
    (name) => {
      made.push(name);
      return { name };
    },
    ({ name }) => {
      looks += 1;
      return resting.has(name);
    },
  );
  for (let index = 0; index < 1_500; index += 1) names.of(`busy ${index}`);
  expect(names.of('busy 0')).toBe(names.of('busy 0'));
  expect([made.length, names.size]).toEqual([1_500, 1_500]);
  for (let index = 0; index < 20_000; index += 1) {
    resting.add(`once ${index}`);
    names.of(`once ${index}`);
    expect(names.size).toBeLessThanOrEqual(3_000);
  }
  // Not all of them for each that is new.
  expect(looks).toBeLessThanOrEqual(3 * made.length);
  const kept = new Set([...names].map(([name]) => name));
  for (let index = 0; index < 1_500; index += 1) expect(kept.has(`busy ${index}`)).toBe(true);
});
