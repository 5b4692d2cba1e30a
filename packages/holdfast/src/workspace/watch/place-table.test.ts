import { expect, test } from 'vitest';
import type { SourceDependency } from '../../model/dependency.ts';
import { Place } from './place.ts';
import { PlaceTable } from './place-table.ts';

const search = { type: 'glob', pattern: 'a', ignoreFiles: [], digest: 'x' } as const;
const apart: readonly SourceDependency[] = [
  { type: 'file', path: 'a', digest: 'x' },
  { type: 'file', path: 'b', digest: 'x' },
  { type: 'exists', path: 'a', digest: 'x' },
  { type: 'dir', path: 'a', digest: 'x' },
  { ...search, options: {} },
  { ...search, options: { dot: true } },
];

test('what is asked of one path or pattern in different ways are places apart, whatever their digests are', () => {
  const table = new PlaceTable();
  const places = apart.map((dependency) => new Place(dependency, undefined));
  for (const place of places) table.add(place);
  expect(apart.map((dependency) => table.get({ ...dependency, digest: 'another' }))).toEqual(places);
  expect(table.get({ ...search, options: { dot: false } })).toBe(places[4]);
  expect(table.get({ type: 'dir', path: 'b', digest: 'x' })).toBeUndefined();
  expect(table.size).toBe(places.length);
  expect(new Set(table.values())).toEqual(new Set(places));
});

test('a place that is taken out is the only one that is gone', () => {
  const table = new PlaceTable();
  const places = apart.map((dependency) => new Place(dependency, undefined));
  for (const place of places) table.add(place);
  table.delete(places[2] as Place);
  expect(apart.map((dependency) => table.get(dependency))).toEqual(
    places.map((place, index) => (index === 2 ? undefined : place)),
  );
  expect(table.size).toBe(places.length - 1);
});
