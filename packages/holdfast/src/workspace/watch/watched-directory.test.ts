import { expect, test } from 'vitest';
import { Place } from './place.ts';
import { WatchedDirectory } from './watched-directory.ts';

test('what a directory is the way to is not armed once that one is not, and nothing below is gone through for it', () => {
  const root = new WatchedDirectory('/r', undefined, 'r', false);
  const inner = new WatchedDirectory('/r/d', root, 'd', false);
  root.below.set('d', inner);
  const place = new Place({ type: 'file', path: 'd/f', digest: 'x' }, 'x');
  inner.add('f', place);
  place.spots = [{ directory: inner, name: 'f' }];
  place.astray = false;
  let visits = 0;
  Object.defineProperty(inner, 'places', {
    value: () => {
      visits += 1;
      return [place];
    },
  });
  [root.armedAt, inner.armedAt] = [3, 2];
  expect(place.armedSince()).toBe(3);
  root.disarm();
  expect([root.isArmed, inner.isArmed, place.isArmed]).toEqual([false, true, false]);
  root.armedAt = 5;
  expect(place.armedSince()).toBe(5);
  expect(visits).toBe(0);
});
