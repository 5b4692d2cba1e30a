import { describe, expect, it } from 'vitest';
import { Ghosts } from './ghosts.ts';

/** Spread over 32 bits, with bit 0 clear, as the policy's fingerprints are. */
const fingerprint = (index: number): number => Math.imul(index + 1, 0x9e3779b1) & ~1;

describe('ghosts', () => {
  it('tell, once, that a fingerprint was added', () => {
    const ghosts = new Ghosts();
    ghosts.resize(100);
    expect(ghosts.take(fingerprint(1), 10)).toBe(false);
    ghosts.add(fingerprint(1));
    expect(ghosts.take(fingerprint(2), 10)).toBe(false);
    expect(ghosts.take(fingerprint(1), 10)).toBe(true);
    expect(ghosts.take(fingerprint(1), 10)).toBe(false);
  });

  it('forget what was added longer ago than the span', () => {
    const ghosts = new Ghosts();
    ghosts.resize(1_000);
    for (let index = 0; index < 5; index += 1) ghosts.add(fingerprint(index));
    expect(ghosts.take(fingerprint(0), 4)).toBe(false);
    expect(ghosts.take(fingerprint(1), 4)).toBe(true);
    expect(ghosts.take(fingerprint(4), 0)).toBe(false);
  });

  it.each([100, 1_000, 1_024, 1_025, 10_000, 50_000])(
    'remember nine of ten for a memory of %i entries',
    (capacity) => {
      const ghosts = new Ghosts();
      ghosts.resize(capacity);
      const count = Math.floor(capacity * 0.9);
      for (let index = 0; index < 3 * count; index += 1) ghosts.add(fingerprint(index));
      let known = 0;
      for (let index = 2 * count; index < 3 * count; index += 1) {
        if (ghosts.take(fingerprint(index), count + 1)) known += 1;
      }
      expect(known / count).toBeGreaterThan(0.9);
    },
  );

  it('know a fingerprint that is 0, or negative', () => {
    const ghosts = new Ghosts();
    ghosts.resize(10);
    for (const print of [0, -2, -(2 ** 31)]) {
      expect(ghosts.take(print, 10)).toBe(false);
      ghosts.add(print);
      expect(ghosts.take(print, 10)).toBe(true);
    }
  });
});
