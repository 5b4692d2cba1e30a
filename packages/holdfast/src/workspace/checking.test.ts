import { describe, expect, it } from 'vitest';
import type { FileDependency, GlobDependency, SourceDependency } from '../model/dependency.ts';
import { Checking, type Look } from './checking.ts';
import type { Sight } from './refusal.ts';
import { Turns } from './turns.ts';

const file = (path: string, digest = 'd'): FileDependency => ({ type: 'file', path, digest });
const files = (count: number, prefix = 'f') =>
  Array.from({ length: count }, (_, index) => file(`${prefix}${index}`));
const pathOf = (dependency: SourceDependency) =>
  dependency.type === 'glob' ? dependency.pattern : dependency.path;
const turn = () => new Promise((resolve) => setImmediate(resolve));

function setup(answer: Look = () => ({ digest: 'd' })) {
  const looks: string[] = [];
  let refreshed = 0;
  const look: Look = (dependency) => {
    looks.push(pathOf(dependency));
    return answer(dependency);
  };
  const checking = new Checking(look, new Turns(), () => {
    refreshed += 1;
  });
  return { checking, looks, refreshed: () => refreshed };
}

describe('checking', () => {
  it('looks only after the call, and once for all calls of one tick', async () => {
    const { checking, looks } = setup();
    const checks = Array.from({ length: 1_000 }, () => checking.check([file('a'), file('b')]));
    expect(looks).toEqual([]);
    for (const verdict of await Promise.all(checks)) expect(verdict.state).toBe('same');
    expect(looks).toEqual(['a', 'b']);
  });

  it('gives a call that comes after the first look a look of its own', async () => {
    const late: Promise<unknown>[] = [];
    const { checking, looks } = setup((dependency) => {
      if (pathOf(dependency) === 'a' && late.length === 0)
        late.push(checking.check([file('a')]), checking.check([file('a')]));
      return { digest: 'd' };
    });
    await checking.check([file('a')]);
    await Promise.all(late);
    expect(looks).toEqual(['a', 'a']);
  });

  it('stops at the first dependency that does not hold, and says which and what it saw', async () => {
    const { checking, looks } = setup((dependency) => ({
      digest: pathOf(dependency) === 'b' ? 'other' : 'd',
    }));
    const verdict = await checking.check([file('a'), file('b'), file('c')]);
    expect(verdict).toEqual({ state: 'changed', dependency: file('b'), seen: 'other' });
    expect(looks).toEqual(['a', 'b']);
  });

  it('makes unknown of what cannot be looked at', async () => {
    const cause = new Error('EIO');
    const { checking } = setup(() => ({ cause }));
    expect(await checking.check([file('a')])).toEqual({ state: 'unknown', dependency: file('a'), cause });
  });

  it('lets the event loop go round after 64 looks, and forgets the folders it has seen', async () => {
    const { checking, looks, refreshed } = setup();
    const check = checking.check(files(200));
    const seen: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      seen.push(looks.length);
      await turn();
    }
    expect(seen).toEqual([0, 64, 128, 192]);
    expect((await check).state).toBe('same');
    expect(refreshed()).toBe(4);
  });

  it('holds up a short check by no more than a turn of a long one', async () => {
    const { checking, looks } = setup();
    const long = checking.check(files(10_000));
    await checking.check([file('short')]);
    expect(looks.length).toBeLessThanOrEqual(130);
    expect((await long).state).toBe('same');
    expect(looks.length).toBe(10_001);
  });

  it('goes on with other checks while one waits for a large file', async () => {
    const large = Promise.withResolvers<Sight>();
    const { checking, looks } = setup((dependency) =>
      pathOf(dependency) === 'large' ? large.promise : { digest: 'd' },
    );
    const waiting = [checking.check([file('large'), file('x')]), checking.check([file('y'), file('large')])];
    expect((await checking.check([file('z')])).state).toBe('same');
    large.resolve({ digest: 'd' });
    for (const verdict of await Promise.all(waiting)) expect(verdict.state).toBe('same');
    expect(looks.sort()).toEqual(['large', 'x', 'y', 'z']);
  });

  it('holds without dependencies', async () => {
    expect((await setup().checking.check([])).state).toBe('same');
  });

  it('takes the same path for another look when another kind of thing is asked of it', async () => {
    const { checking, looks } = setup();
    const glob = (options: GlobDependency['options']): GlobDependency => ({
      type: 'glob',
      pattern: 'a',
      options,
      ignoreFiles: [],
      digest: 'd',
    });
    const different: SourceDependency[] = [
      file('a'),
      { type: 'exists', path: 'a', digest: 'd' },
      { type: 'dir', path: 'a', digest: 'd' },
      glob({}),
      glob({ dot: true }),
      glob({ ignore: ['a'] }),
      glob({ ignore: ['a', ''] }),
      glob({ unreadable: 'leave out' }),
    ];
    const equal = [glob({ dot: false }), glob({ ignore: [] }), glob({ unreadable: 'refuse' })];
    const checks = [...different, ...equal].map((dependency) => checking.check([dependency]));
    for (const verdict of await Promise.all(checks)) expect(verdict.state).toBe('same');
    expect(looks).toHaveLength(different.length);
  });
});
