import { Gate } from 'holdfast/testing';
import { describe, expect, test } from 'vitest';
import { all, bench, everybodyThere, wayNames } from './ways.ts';

const ten = <T>(make: () => T): T[] => Array.from({ length: 10 }, make);

describe.each(wayNames)('by %s', (way) => {
  test('ten callers are one request, and who comes later is a hit', async () => {
    const { fake, cache, text } = await bench(way);
    const gate = fake.hold();
    const callers = ten(() => text('What holds fast?'));
    await fake.received(1);
    await everybodyThere();
    gate.release();
    const answers = await Promise.all(callers);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('answered answered');
    expect(await text('What holds fast?')).toBe(answers[0]);
    expect(fake.stats()).toMatchObject({ requests: 1, answered: 1 });
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, coalesced: 9, hit: 1 });
    expect(await text('And what does not?')).not.toBe(answers[0]);
  });

  test('ten who read a stream are one request, and who comes later has the same pieces', async () => {
    const { fake, cache, stream } = await bench(way);
    const gate = new Gate();
    fake.next({ hold: gate, afterChunks: 2 });
    const readers = ten(() => Array.fromAsync(stream('What holds fast?')));
    await fake.received(1);
    await everybodyThere();
    gate.release();
    const [first, ...others] = await Promise.all(readers);
    expect(first?.join('')).toContain('answered answered');
    expect(first?.filter((piece) => piece !== '').length).toBeGreaterThan(3);
    for (const other of others) expect(other).toEqual(first);
    expect(await Array.fromAsync(stream('What holds fast?'))).toEqual(first);
    expect(fake.stats()).toMatchObject({ requests: 1, answered: 1 });
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, coalesced: 9, hit: 1 });
  });

  test('what was asked for in one piece is a hit for a stream, and the other way round', async () => {
    const { fake, cache, text, stream } = await bench(way);
    const one = await text('one');
    expect(await all(stream('one'))).toBe(one);
    const other = await all(stream('other'));
    expect(await text('other')).toBe(other);
    expect(fake.stats()).toMatchObject({ requests: 2, answered: 2 });
    expect(cache.stats().outcomes).toMatchObject({ generated: 2, hit: 2 });
  });

  test('who wants the whole shares a stream, and who wants a stream shares the whole', async () => {
    const { fake, cache, text, stream } = await bench(way);
    const gate = fake.hold();
    const pieces = all(stream('one'));
    await fake.received(1);
    const whole = text('one');
    const other = text('other');
    await fake.received(2);
    const otherPieces = all(stream('other'));
    await everybodyThere();
    gate.release();
    expect(await whole).toBe(await pieces);
    expect(await otherPieces).toBe(await other);
    expect(fake.stats().requests).toBe(2);
    expect(cache.stats().outcomes).toMatchObject({ generated: 2, coalesced: 2 });
  });

  test('who joins a stream late reads what has come, and goes on with it', async () => {
    const { fake, cache, stream } = await bench(way);
    const gate = new Gate();
    fake.next({ hold: gate, afterChunks: 2 });
    const early = stream('What holds fast?');
    const beginning = [await early.next(), await early.next()].map(({ value }) => value as string);
    const late = stream('What holds fast?');
    // Before the rest of it is there.
    const replayed = [await late.next(), await late.next()].map(({ value }) => value as string);
    expect(replayed).toEqual(beginning);
    expect(fake.stats()).toMatchObject({ inFlight: 1, requests: 1 });
    gate.release();
    expect(await Array.fromAsync(late)).toEqual(await Array.fromAsync(early));
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, coalesced: 1 });
  });

  test('who leaves a stream early disturbs nobody', async () => {
    const { fake, cache, stream } = await bench(way);
    const gate = new Gate();
    fake.next({ hold: gate, afterChunks: 2 });
    const aborting = new AbortController();
    const stays = all(stream('What holds fast?'));
    await fake.received(1);
    const [leaves, aborts] = [stream('What holds fast?'), stream('What holds fast?', aborting)];
    await Promise.all([leaves.next(), aborts.next()]);
    await leaves.return?.();
    aborting.abort(new Error('enough'));
    await expect(all(aborts)).rejects.toThrow(/enough|aborted/);
    gate.release();
    expect(await stays).toContain('answered answered');
    expect(await all(stream('What holds fast?'))).toBe(await stays);
    expect(fake.stats()).toMatchObject({ requests: 1, answered: 1, disconnected: 0 });
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, hit: 1 });
  });

  test('the last one who leaves a stream ends the request, and whoever comes then begins anew', async () => {
    const { fake, cache, stream } = await bench(way);
    fake.next({ hold: new Gate(), afterChunks: 2 });
    const callers = [new AbortController(), new AbortController()];
    const streams = callers.map(({ signal }) => stream('What holds fast?', { signal }));
    await Promise.all(streams.map((one) => one.next()));
    callers[0]?.abort(new Error('first'));
    await expect(all(streams[0] as never)).rejects.toThrow(/first|aborted/);
    expect(fake.stats()).toMatchObject({ inFlight: 1, disconnected: 0 });
    callers[1]?.abort(new Error('last'));
    await expect(all(streams[1] as never)).rejects.toThrow(/last|aborted/);
    await fake.idle();
    expect(fake.stats()).toMatchObject({ requests: 1, disconnected: 1 });
    expect(await all(stream('What holds fast?'))).toContain('answered answered');
    expect(fake.stats()).toMatchObject({ requests: 2, answered: 1 });
    expect(cache.stats().outcomes).toMatchObject({ aborted: 2, generated: 1 });
  });

  test('a caller of a whole answer leaves alone, and the last one ends the request', async () => {
    const { fake, cache, text } = await bench(way);
    fake.next({ hang: true });
    const callers = [new AbortController(), new AbortController()];
    const calls = callers.map(({ signal }) => text('What holds fast?', { signal }));
    const ends = calls.map((call) => call.then(String, ({ message }: Error) => message));
    await fake.received(1);
    await everybodyThere();
    callers[0]?.abort(new Error('first'));
    expect(await ends[0]).toMatch(/first|aborted/);
    expect(fake.stats()).toMatchObject({ inFlight: 1 });
    callers[1]?.abort(new Error('last'));
    expect(await ends[1]).toMatch(/last|aborted/);
    await fake.idle();
    expect(fake.stats()).toMatchObject({ requests: 1, failures: { hang: 1 } });
    expect(cache.stats().outcomes).toMatchObject({ aborted: 2 });
  });

  test('who reads slowly holds up nobody, and misses nothing', async () => {
    const { fake, stream } = await bench(way);
    const gate = new Gate();
    fake.next({ hold: gate, afterChunks: 2 });
    const slow = stream('What holds fast?');
    const beginning = (await slow.next()).value as string;
    const quick = all(stream('What holds fast?'));
    gate.release();
    const whole = await quick;
    await fake.idle();
    expect(beginning + (await all(slow))).toBe(whole);
    expect(fake.stats()).toMatchObject({ requests: 1, answered: 1 });
  });

  test('clients with different keys share nothing', async () => {
    const { fake, cache, text, with: withKey } = await bench(way);
    const gate = fake.hold();
    const other = withKey('another-key');
    const callers = [text('What holds fast?'), other.text('What holds fast?')];
    await fake.received(2);
    gate.release();
    await Promise.all(callers);
    await Promise.all([text('What holds fast?'), all(other.stream('What holds fast?'))]);
    expect(fake.stats()).toMatchObject({ requests: 2, answered: 2 });
    expect(cache.stats().outcomes).toMatchObject({ generated: 2, coalesced: 0, hit: 2 });
  });
});
