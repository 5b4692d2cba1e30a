import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../lib/errors.ts';
import { Gate } from './gate.ts';
import { parseLatency, Script, type ScriptedStep } from './script.ts';

describe('a script', () => {
  test('gives its steps in order, one for each call, and then what always holds', () => {
    const script = new Script();
    script.always({ fail: '503' });
    script.next([{ fail: 'reset' }, { hang: true }, { latency: '2s' }]);
    expect(script.take().mishap?.kind).toBe('reset');
    expect(script.take().mishap?.kind).toBe('hang');
    expect(script.take()).toMatchObject({ pace: { first: 2000, perChunk: 0 }, mishap: undefined });
    expect(script.take().mishap).toMatchObject({ kind: 'status', status: '503' });
    expect(script.take().mishap).toMatchObject({ kind: 'status', status: '503' });
    script.always(undefined);
    expect(script.take().mishap).toBeUndefined();
  });

  test('forgets everything when it is cleared', () => {
    const script = new Script();
    script.next([{ hang: true }]);
    script.always({ hang: true });
    script.clear();
    expect(script.take().mishap).toBeUndefined();
  });

  test('adds none of the steps when one of them is bad', () => {
    const script = new Script();
    expect(() => script.next([{ hang: true }, { latency: -1 }])).toThrow('step 2 of next()');
    expect(script.take().mishap).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['an unknown failure', { fail: '418' }, 'not 418'],
    ['a failure as a number', { fail: 503 }, 'as strings'],
    ['two mishaps at once', { fail: '503', hang: true }, 'only one of fail, hang and hold'],
    ['afterChunks of nothing', { afterChunks: 1 }, 'needs one of fail, hang and hold'],
    ['a negative afterChunks', { hang: true, afterChunks: -1 }, 'not -1'],
    ['a retryDelay in minutes', { fail: '429', retryDelay: '1m' }, "not '1m'"],
    ['a broken quota', { fail: '429', quotaValue: 1.5 }, 'not 1.5'],
    ['a gate that is none', { hold: {} }, 'must be a Gate'],
  ])('refuses %s and says what is wrong', (_, step, message) => {
    const script = new Script();
    const add = () => script.next([step as ScriptedStep]);
    expect(add).toThrow(HoldfastError);
    expect(add).toThrow(message);
  });

  test.each(['cut', 'garbage'] as const)('begins to answer before the answer is %s', (fail) => {
    const script = new Script();
    script.next([{ fail }, { fail, afterChunks: 2 }]);
    expect(script.take().mishap).toEqual({ kind: fail, afterChunks: 0 });
    expect(script.take().mishap).toEqual({ kind: fail, afterChunks: 2 });
  });

  test('takes latency as a duration or as time to the first and between chunks', () => {
    expect(parseLatency(800, 'latency')).toEqual({ first: 800, perChunk: 0 });
    expect(parseLatency('1.5s', 'latency')).toEqual({ first: 1500, perChunk: 0 });
    expect(parseLatency({ perChunk: '20ms' }, 'latency')).toEqual({ first: 0, perChunk: 20 });
    expect(() => parseLatency({ first: Number.NaN }, 'latency')).toThrow('latency.first');
  });

  test('holds with the very gate that it is given', () => {
    const script = new Script();
    const gate = new Gate();
    script.next([{ hold: gate, afterChunks: 2 }]);
    expect(script.take().mishap).toEqual({ kind: 'hold', gate, afterChunks: 2 });
  });
});
