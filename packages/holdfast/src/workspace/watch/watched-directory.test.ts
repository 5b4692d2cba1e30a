import { expect, test } from 'vitest';
import { Place } from './place.ts';
import { WatchedDirectory } from './watched-directory.ts';

test('a directory that is not armed is disarmed without going through everything below it', () => {
  const root = new WatchedDirectory('/r', undefined, 'r', false);
  const inner = new WatchedDirectory('/r/d', root, 'd', false);
  root.below.set('d', inner);
  const place = new Place('file:d/f', { type: 'file', path: 'd/f', digest: 'x' }, 'x');
  inner.add('f', place);
  let visits = 0;
  Object.defineProperty(inner, 'places', {
    value: () => {
      visits += 1;
      return [place];
    },
  });
  root.disarm();
  expect(visits).toBe(0);
  root.armedAt = 3;
  place.armedAt = 3;
  root.disarm();
  expect(visits).toBe(1);
  expect([root.isArmed, place.armedAt]).toEqual([false, Number.POSITIVE_INFINITY]);
});
