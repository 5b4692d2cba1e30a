import { describe, expect, it } from 'vitest';
import { reasonIn } from './server.ts';

describe('reasonIn', () => {
  it('takes the sentence out of an error answer', () => {
    expect(reasonIn('{"error":{"code":"E_LAB_BUSY","message":"a herd is running"}}', 409)).toBe(
      'a herd is running',
    );
  });

  it('shows whatever else was answered, and the status when that is nothing', () => {
    expect(reasonIn('Bad Gateway', 502)).toBe('Bad Gateway');
    expect(reasonIn(' ', 502)).toBe('the server answered 502');
    expect(reasonIn('{"error":null}', 500)).toBe('{"error":null}');
  });
});
