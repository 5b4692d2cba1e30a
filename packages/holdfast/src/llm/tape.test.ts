import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settled } from '../testing/manual-clock.ts';
import { Tape } from './tape.ts';

async function all<C>(reader: AsyncIterable<C>): Promise<C[]> {
  const chunks: C[] = [];
  for await (const chunk of reader) chunks.push(chunk);
  return chunks;
}

describe('a tape', () => {
  it('gives every reader all of the chunks, whenever it came', async () => {
    const tape = new Tape<number>();
    const early = all(tape.read());
    tape.append(1);
    await settled();
    const late = all(tape.read());
    tape.append(2);
    tape.end();
    expect(await early).toEqual([1, 2]);
    expect(await late).toEqual([1, 2]);
    expect(await all(tape.read())).toEqual([1, 2]);
  });

  it('gives what has come before it gives the error', async () => {
    const tape = new Tape<number>();
    tape.append(1);
    const reader = tape.read();
    tape.fail(new Error('broken'));
    expect(await reader.next()).toEqual({ done: false, value: 1 });
    await expect(reader.next()).rejects.toThrow('broken');
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it('takes nothing after its end, nor after its failure', async () => {
    const tape = new Tape<number>();
    tape.append(1);
    tape.end();
    tape.append(2);
    tape.fail(new Error('too late'));
    expect(await all(tape.read())).toEqual([1]);
  });

  it('lets a reader leave that waits for more, and tells of it once', async () => {
    const tape = new Tape<number>();
    let left = 0;
    const reader = tape.read({
      left: () => {
        left += 1;
      },
    });
    const waiting = [reader.next(), reader.next()];
    await reader.return?.();
    await reader.return?.();
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(left).toBe(1);
    tape.append(1);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(tape.isRead).toBe(false);
  });

  it('tells of no leaving where the reader has come to the end', async () => {
    const tape = new Tape<number>();
    let left = 0;
    tape.end();
    const reader = tape.read({
      left: () => {
        left += 1;
      },
    });
    await reader.next();
    await reader.return?.();
    expect(left).toBe(0);
  });

  it('ends a reading with the reason of its signal, whether it waits or comes later', async () => {
    const tape = new Tape<number>();
    tape.append(1);
    const controller = new AbortController();
    let left = 0;
    const { signal } = controller;
    const reader = tape.read({
      signal,
      left: () => {
        left += 1;
      },
    });
    await reader.next();
    const waiting = reader.next();
    controller.abort(new Error('has left'));
    await expect(waiting).rejects.toThrow('has left');
    await expect(reader.next()).rejects.toThrow('has left');
    await expect(tape.read({ signal }).next()).rejects.toThrow('has left');
    expect(left).toBe(1);
  });

  it('begins anew as long as nobody has read of it', async () => {
    const tape = new Tape<number>();
    tape.append(1);
    const reader = tape.read();
    expect(tape.rewind()).toBe(true);
    tape.append(2);
    expect(await reader.next()).toEqual({ done: false, value: 2 });
    expect(tape.rewind()).toBe(false);
    tape.end();
    expect(await all(tape.read())).toEqual([2]);
  });

  it('gives each of any readers a beginning of the same chunks, in any order of events', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('append' as const) }),
      fc.record({ do: fc.constant('join' as const) }),
      fc.record({ do: fc.constant('next' as const), who: fc.nat(9) }),
      fc.record({ do: fc.constant('leave' as const), who: fc.nat(9) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, fails) => {
        const tape = new Tape<number>();
        const readers: { reader: AsyncIterator<number>; got: number[]; left: boolean; pending: unknown[] }[] =
          [];
        let written = 0;
        for (const each of steps) {
          if (each.do === 'append') {
            tape.append(written);
            written += 1;
          } else if (each.do === 'join') {
            readers.push({ reader: tape.read(), got: [], left: false, pending: [] });
          } else {
            const one = readers[each.who];
            if (one === undefined) continue;
            if (each.do === 'leave') {
              one.left = true;
              await one.reader.return?.();
            } else {
              const take = one.reader.next().then(({ done, value }) => {
                if (done !== true) one.got.push(value);
              });
              one.pending.push(take);
            }
          }
        }
        if (fails) tape.fail(new Error('broken'));
        else tape.end();
        for (const { reader, got, left, pending } of readers) {
          await Promise.allSettled(pending);
          let error: unknown;
          try {
            for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
              got.push(next.value);
            }
          } catch (thrown) {
            error = thrown;
          }
          const expected = Array.from({ length: written }, (_, index) => index);
          expect(got).toEqual(left ? expected.slice(0, got.length) : expected);
          // A failure is told once: to a wait that was under way, or to the next one.
          if (!fails || left) expect(error).toBeUndefined();
        }
      }),
    );
  });
});
