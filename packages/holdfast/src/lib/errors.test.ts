import { describe, expect, it } from 'vitest';
import { HoldfastBulkError, HoldfastCycleError, HoldfastError, HoldfastRememberedError } from './errors.ts';

describe('errors', () => {
  it('have a code, a cause and a name of their own', () => {
    const cause = new Error('cause');
    const error = new HoldfastError('E_TIMEOUT', 'message', { cause, kind: 'summary', keyHash: '0123' });
    expect(error).toMatchObject({
      name: 'HoldfastError',
      code: 'E_TIMEOUT',
      cause,
      kind: 'summary',
      keyHash: '0123',
    });
    expect(error).toBeInstanceOf(Error);
    expect('cause' in new HoldfastError('E_TIMEOUT', 'message')).toBe(false);
    expect(new HoldfastError('E_TIMEOUT', 'message', { cause: undefined })).toHaveProperty(
      'cause',
      undefined,
    );
    expect(new HoldfastCycleError('message', {})).toMatchObject({
      name: 'HoldfastCycleError',
      code: 'E_CYCLE',
    });
    const remembered = new HoldfastRememberedError('message', { cause, retryAt: 5 });
    expect(remembered).toMatchObject({ code: 'E_REMEMBERED_FAILURE', cause, retryAt: 5 });
  });

  it('are told by isInstance, from any copy of the package', () => {
    const foreign = Object.assign(new Error('of another copy'), { [Symbol.for('holdfast.error')]: true });
    const bulk = new HoldfastBulkError([], new Map(), 'message');
    for (const error of [new HoldfastError('E_KEY', 'm'), new HoldfastCycleError('m', {}), bulk, foreign]) {
      expect(HoldfastError.isInstance(error)).toBe(true);
    }
    for (const other of [new Error('m'), null, undefined, 'E_KEY', { code: 'E_KEY' }]) {
      expect(HoldfastError.isInstance(other)).toBe(false);
    }
  });

  it('of bulk calls hold results where no log prints them', () => {
    const error = new HoldfastBulkError([new Error('one')], new Map([['canary', 'canary']]), 'message');
    expect(error.results.get('canary')).toBe('canary');
    expect(Object.keys(error)).not.toContain('results');
    expect(JSON.stringify(error)).not.toContain('canary');
  });
});
