import { expect, test } from 'vitest';
import type { Watching } from './api/index.ts';
import { watchingLine } from './watching-line.ts';

const live: Watching = { state: 'LIVE', files: 560, directories: 84, polled: 0 };

test.each<[Partial<Watching>, string]>([
  [{}, 'Watching 560 files in 84 directories, live'],
  [{ files: 1, directories: 1 }, 'Watching 1 file in 1 directory, live'],
  [{ polled: 2 }, 'Watching 560 files in 84 directories, live; 2 directories cannot be watched: polled'],
  [{ state: 'SCANNING' }, 'Watching 560 files in 84 directories: looking at all of them first'],
  [{ state: 'DEGRADED', reason: 'polling was asked for' }, 'Polling 560 files: polling was asked for'],
  [{ state: 'UNKNOWN', reason: 'it broke down' }, 'Not watching at the moment: it broke down'],
  [{ state: 'OFF' }, 'Not watching: a change is seen when somebody asks'],
])('%j is told in words', (status, line) => {
  expect(watchingLine({ ...live, ...status })).toBe(line);
});
