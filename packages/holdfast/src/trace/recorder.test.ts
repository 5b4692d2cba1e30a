import { describe, expect, it } from 'vitest';
import type { FileDependency, KeyDependency } from '../model/dependency.ts';
import { Key } from '../model/key.ts';
import { nameOf } from './place.ts';
import { emptyTrace, isEmpty, Recorder } from './recorder.ts';

const file = (path: string, digest = 'd'): FileDependency => ({ type: 'file', path, digest });
const key = (id: string, digest = 'd'): KeyDependency => ({
  type: 'key',
  key: new Key('', 'default', id),
  digest,
});
const groupsOf = (recorder: Recorder) =>
  recorder.trace().groups.map((group) => group.map((dependency) => dependency.key.id));

describe('the recorder', () => {
  it('writes down each file once, by its first reading', () => {
    const recorder = new Recorder();
    recorder.leaf(file('a', 'first'));
    recorder.leaf(file('b'));
    recorder.leaf(file('a', 'second'));
    expect(recorder.trace()).toEqual({ ...emptyTrace, sources: [file('a', 'first'), file('b')] });
    expect([recorder.reads('a'), recorder.reads('c')]).toEqual([true, false]);
  });

  it('puts uses one after another in groups of their own', () => {
    const recorder = new Recorder();
    for (const id of ['a', 'b', 'c']) recorder.use()(key(id));
    expect(groupsOf(recorder)).toEqual([['a'], ['b'], ['c']]);
  });

  it('puts uses begun before an earlier one settled in one group, in the order of their ends', () => {
    const recorder = new Recorder();
    const [a, b] = [recorder.use(), recorder.use()];
    b(key('b'));
    const c = recorder.use();
    a(key('a'));
    c(key('c'));
    recorder.use()(key('d'));
    expect(groupsOf(recorder)).toEqual([['b', 'a', 'c'], ['d']]);
  });

  it('leaves out uses that failed, and groups of nothing else', () => {
    const recorder = new Recorder();
    recorder.use()();
    const [a, b] = [recorder.use(), recorder.use()];
    a();
    b(key('b'));
    expect(groupsOf(recorder)).toEqual([['b']]);
  });

  it('writes one use of the same value once in a group, and two values of one key both', () => {
    const recorder = new Recorder();
    const [a, b, c] = [recorder.use(), recorder.use(), recorder.use()];
    a(key('a', '1'));
    b(key('a', '1'));
    c(key('a', '2'));
    expect(groupsOf(recorder)).toEqual([['a', 'a']]);
  });

  it('knows a trace of nothing', () => {
    expect(isEmpty(emptyTrace)).toBe(true);
    expect(isEmpty(new Recorder().trace())).toBe(true);
    const recorder = new Recorder();
    recorder.leaf(file('a'));
    expect(isEmpty(recorder.trace())).toBe(false);
    expect(nameOf(file('a'))).toBe('a');
    expect(String(nameOf(key('a')))).toMatch(/^default:/);
  });
});
