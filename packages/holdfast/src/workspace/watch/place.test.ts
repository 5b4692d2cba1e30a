import { expect, test } from 'vitest';
import { Place } from './place.ts';

const file = { type: 'file', path: 'f', digest: 'x' } as const;

test('places forget what was known of them when all do, whatever is done with them next', () => {
  const forgetting = { at: 0 };
  const known = (): Place => {
    const place = new Place(file, 'x', forgetting);
    place.touch(2);
    place.digest = 'x';
    place.astray = false;
    return place;
  };
  const places = [known(), known(), known(), known()] as const;
  forgetting.at = 7;
  const [asked, touched, led, found] = places;
  expect(asked).toMatchObject({ digest: undefined, touchedAt: 7, astray: true, known: 'x' });
  touched.touch(9);
  expect(touched).toMatchObject({ digest: undefined, touchedAt: 9, astray: true });
  led.astray = false;
  expect(led).toMatchObject({ digest: undefined, touchedAt: 7, astray: false });
  found.digest = 'y';
  expect(found).toMatchObject({ digest: 'y', touchedAt: 7, astray: true });
});

test('a place that is new has nothing to forget', () => {
  const place = new Place(file, 'x', { at: 7 });
  expect(place).toMatchObject({ touchedAt: 0, astray: true });
});
