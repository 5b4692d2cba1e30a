import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { endMembers, Member } from './member.ts';

/*
 * Processes of one machine over one file: promises 2, 3, 5, 6 and 13. Each process walks through its cache's invariants
 * before it closes.
 */

const deep = (fc.readConfigureGlobal().numRuns ?? 100) > 100;
/** Milliseconds for which nobody renews a lease before it is free. */
const leaseTerm = 10_000;
/** Milliseconds that a busy machine may take besides. */
const grace = 5_000;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-processes-'));
  folders.push(folder);
  return folder;
}

/** Processes over one new file; those that the test leaves running are closed. */
async function withMembers(
  count: number,
  options: Omit<Parameters<typeof Member.open>[0], 'path'>,
  act: (members: readonly [Member, Member, ...Member[]], open: () => Promise<Member>) => Promise<void>,
): Promise<void> {
  const path = join(newFolder(), 'store.db');
  const all: Member[] = [];
  const open = async (): Promise<Member> => {
    const member = await Member.open({ path, ...options });
    all.push(member);
    return member;
  };
  try {
    const members = await Promise.all(Array.from({ length: count }, open));
    await act(members as [Member, Member, ...Member[]], open);
    await Promise.all(all.filter((member) => member.isRunning).map((member) => member.close()));
  } finally {
    await endMembers(all);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

describe.concurrent('processes', { timeout: 60_000 }, () => {
  test('a herd of several processes costs one generation', async () => {
    const [processes, callers] = deep ? [8, 1_000] : [4, 200];
    await withMembers(processes, {}, async (members, open) => {
      const herds = await Promise.all(members.map((member) => member.herd('key', callers)));
      const leader = await Promise.race(
        members.map((member) => member.until(() => member.ran.length > 0).then(() => member)),
      );
      await leader.do({ type: 'finish', key: 'key', value: 'the value' });
      for (const { settled } of herds) expect(await settled).toEqual({ 'the value': callers });
      expect(sum(await Promise.all(members.map((member) => member.do({ type: 'runs' }))))).toBe(1);
      // Whoever comes later finds it.
      await leader.do({ type: 'flush' });
      const later = await open();
      expect(await later.do({ type: 'make', key: 'key', value: 'another' })).toEqual({
        value: 'the value',
        outcome: 'stored',
      });
    });
  });

  test('a herd shares the failure of one generation, and no word of its message', async () => {
    await withMembers(3, {}, async (members) => {
      const [leader, ...others] = members;
      const own = await leader.herd('key', 20);
      await leader.until(() => leader.ran.length > 0);
      const herds = await Promise.all(others.map((member) => member.herd('key', 20)));
      // They are told `held` before it fails: their claims come before the release in the file's order.
      await Promise.all(others.map((member) => member.do({ type: 'lookup', key: 'another' })));
      await leader.do({ type: 'fail', key: 'key', message: 'canary of a provider' });
      expect(await own.settled).toEqual({ TypeError: 20 });
      for (const [index, member] of others.entries()) {
        // One that had not waited yet generates itself.
        const waited = herds[index]?.settled.then((counts) =>
          expect(counts).toEqual({ E_SHARED_FAILURE: 20 }),
        );
        const ran = member
          .until(() => member.ran.length > 0)
          .then(async () => {
            await member.do({ type: 'finish', key: 'key', value: 'made anew' });
          });
        await Promise.race([waited, ran]);
        expect(await member.do({ type: 'shown' })).not.toContain('canary');
        await herds[index]?.settled;
      }
    });
  });

  test('the holder is killed: the others get the value by the end of its lease', async () => {
    await withMembers(3, {}, async (members) => {
      const [holder, ...others] = members;
      await holder.herd('key', 1);
      await holder.until(() => holder.ran.length > 0);
      const herds = await Promise.all(others.map((member) => member.herd('key', 10)));
      await holder.kill();
      const killed = performance.now();
      const next = await Promise.race(
        others.map((member) => member.until(() => member.ran.length > 0).then(() => member)),
      );
      expect(performance.now() - killed).toBeLessThan(leaseTerm + grace);
      await next.do({ type: 'finish', key: 'key', value: 'of the next' });
      for (const { settled } of herds) expect(await settled).toEqual({ 'of the next': 10 });
      expect(others.flatMap(({ ran }) => ran)).toEqual(['key']);
    });
  });

  test('the holder is stopped past its lease: what it commits when it goes on is never read', async () => {
    await withMembers(3, {}, async (members, open) => {
      const [holder, next, third] = members as [Member, Member, Member];
      const own = await holder.herd('key', 1);
      await holder.until(() => holder.ran.length > 0);
      holder.signal('SIGSTOP');
      const other = await next.herd('key', 10);
      await next.until(() => next.ran.length > 0);
      await next.do({ type: 'finish', key: 'key', value: 'of the next' });
      expect(await other.settled).toEqual({ 'of the next': 10 });
      await next.do({ type: 'flush' });
      holder.signal('SIGCONT');
      await holder.do({ type: 'finish', key: 'key', value: 'too late' });
      // Who had waited for it gets it, and nobody else.
      expect(await own.settled).toEqual({ 'too late': 1 });
      await holder.do({ type: 'flush' });
      for (const member of [holder, next, third, await open()]) {
        expect(await member.do({ type: 'lookup', key: 'key' })).toMatchObject({ value: 'of the next' });
      }
      expect(await holder.do({ type: 'shown' })).toContain('entry.fenced');
    });
  });

  test('the holder is stopped past its lease, and the key invalidated meanwhile', async () => {
    await withMembers(2, {}, async (members, open) => {
      const [holder, other] = members;
      const own = await holder.herd('key', 1);
      await holder.until(() => holder.ran.length > 0);
      holder.signal('SIGSTOP');
      await other.do({ type: 'invalidate', key: 'key' });
      holder.signal('SIGCONT');
      await holder.do({ type: 'finish', key: 'key', value: 'begun before' });
      expect(await own.settled).toEqual({ 'begun before': 1 });
      await holder.do({ type: 'flush' });
      for (const member of [other, await open()]) {
        expect(await member.do({ type: 'lookup', key: 'key' })).toBeUndefined();
      }
      // By the bound it is gone there, too.
      await holder.do({ type: 'untilGone', key: 'key' });
      expect(await holder.do({ type: 'lookup', key: 'key' })).toBeUndefined();
    });
  });

  test('an invalidation is seen by the memory of another process within 100 ms', async () => {
    await withMembers(2, {}, async ([one, two]) => {
      const took: number[] = [];
      for (let round = 0; round < 11; round += 1) {
        const key = `key ${round}`;
        await one.do({ type: 'make', key, value: 'old' });
        await one.do({ type: 'flush' });
        expect(await two.do({ type: 'lookup', key })).toEqual({ value: 'old', outcome: 'stored' });
        const gone = two.do({ type: 'untilGone', key });
        await two.until(() => two.asked.includes(key));
        const acknowledged = await one.do({
          type: round % 2 === 0 ? 'invalidate' : 'set',
          key,
          value: 'new',
        } as {
          type: 'invalidate';
          key: string;
        });
        const at = round % 2 === 0 ? acknowledged : Date.now();
        took.push((await gone) - at);
        const value = round % 2 === 0 ? undefined : 'new';
        expect((await two.do({ type: 'lookup', key }))?.value).toBe(value);
      }
      // A machine that does something else may hold one of them up.
      expect(took.toSorted((a, b) => a - b)[5]).toBeLessThan(100);
    });
  });

  test('strictly, a read after an acknowledged invalidation or set never returns the old value', async () => {
    await withMembers(2, { coherence: 'strict' }, async ([one, two]) => {
      for (let round = 0; round < 30; round += 1) {
        await one.do({ type: 'set', key: 'key', value: `value ${round}` });
        expect((await two.do({ type: 'lookup', key: 'key' }))?.value).toBe(`value ${round}`);
        const [writer, reader] = round % 2 === 0 ? [one, two] : [two, one];
        await writer.do({ type: 'invalidate', key: 'key' });
        expect(await reader.do({ type: 'lookup', key: 'key' })).toBeUndefined();
        await reader.do({ type: 'make', key: 'key', value: `made ${round}` });
        await reader.do({ type: 'flush' });
        expect(await writer.do({ type: 'make', key: 'key', value: 'again' })).toMatchObject({
          value: `made ${round}`,
        });
      }
    });
  });

  test('after a restart, or a kill, everything is stored, and nothing runs', async () => {
    await withMembers(2, {}, async ([closed, killed], open) => {
      const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
      for (const [index, key] of keys.entries()) {
        await (index % 2 === 0 ? closed : killed).do({ type: 'make', key, value: `value of ${key}` });
      }
      await killed.do({ type: 'flush' });
      await killed.kill();
      await closed.close();
      const next = await open();
      for (const key of keys) {
        const made = await next.do({ type: 'make', key, value: 'another' });
        expect(made).toEqual({ value: `value of ${key}`, outcome: 'stored' });
      }
      expect(await next.do({ type: 'runs' })).toBe(0);
    });
  });

  test('a file that was edited while nothing ran costs exactly its own run', async () => {
    const root = join(newFolder(), 'root');
    mkdirSync(root);
    const files = ['a', 'b', 'c', 'd'];
    for (const file of files) writeFileSync(join(root, file), `text of ${file}`);
    await withMembers(2, { root }, async ([one, two], open) => {
      for (const key of files) await one.do({ type: 'outline', key });
      await one.close();
      await two.close();
      writeFileSync(join(root, 'b'), 'text of B');
      // Touched, and the same: nothing to be made anew.
      writeFileSync(join(root, 'c'), 'text of c');
      const next = await open();
      for (const key of files) {
        expect(await next.do({ type: 'outline', key })).toEqual(
          key === 'b'
            ? { value: 'outline of text of B', outcome: 'generated' }
            : { value: `outline of text of ${key}`, outcome: 'stored' },
        );
      }
      expect(await next.do({ type: 'runs' })).toBe(1);
      await next.close();
      // Back on the first branch, its value is there.
      writeFileSync(join(root, 'b'), 'text of b');
      const last = await open();
      expect(await last.do({ type: 'outline', key: 'b' })).toEqual({
        value: 'outline of text of b',
        outcome: 'stored',
      });
    });
  });

  test('after a kill no file is hashed again, but one that was edited with its size and time kept', async () => {
    const root = join(newFolder(), 'root');
    mkdirSync(root);
    const files = Array.from({ length: 20 }, (_, index) => `f${index}`);
    for (const file of files) writeFileSync(join(root, file), `text of ${file}`);
    await withMembers(1, { root, believes: true }, async ([first], open) => {
      for (const key of files) await first.do({ type: 'outline', key });
      await first.do({ type: 'flush' });
      await first.kill();
      const { atime, mtime } = statSync(join(root, 'f7'));
      writeFileSync(join(root, 'f7'), 'TEXT of f7');
      utimesSync(join(root, 'f7'), atime, mtime);
      const next = await open();
      for (const key of files) {
        const [value, outcome] =
          key === 'f7' ? ['outline of TEXT of f7', 'generated'] : [`outline of text of ${key}`, 'stored'];
        expect(await next.do({ type: 'outline', key })).toEqual({ value, outcome });
      }
      // Hashed for the check, and read by the generator.
      expect(await next.do({ type: 'opened' })).toBe(2);
    });
  });

  test('a clock that is set forth and back by an hour revives nothing and kills nothing', async () => {
    const hour = 3_600_000;
    await withMembers(2, { ttl: '30m' }, async ([one, two], open) => {
      await one.do({ type: 'make', key: 'kept', value: 'kept' });
      await one.do({ type: 'make', key: 'expired', value: 'expired' });
      await one.do({ type: 'make', key: 'invalidated', value: 'invalidated' });
      await one.do({ type: 'flush' });
      for (const key of ['kept', 'expired', 'invalidated']) await two.do({ type: 'lookup', key });
      await one.do({ type: 'expire', key: 'expired' });
      await one.do({ type: 'invalidate', key: 'invalidated' });
      await two.do({ type: 'untilGone', key: 'invalidated' });
      for (const milliseconds of [hour, -hour, -hour, hour]) {
        for (const member of [one, two]) {
          await member.do({ type: 'jump', milliseconds });
          expect(await member.do({ type: 'lookup', key: 'kept' })).toEqual({ value: 'kept', outcome: 'hit' });
          expect(await member.do({ type: 'lookup', key: 'expired' })).toBeUndefined();
          expect(await member.do({ type: 'lookup', key: 'invalidated' })).toBeUndefined();
        }
      }
      const next = await open();
      expect(await next.do({ type: 'lookup', key: 'kept' })).toEqual({ value: 'kept', outcome: 'stored' });
      expect(await next.do({ type: 'lookup', key: 'expired' })).toBeUndefined();
      expect(await next.do({ type: 'lookup', key: 'invalidated' })).toBeUndefined();
    });
  });

  test('keys, prompts and values are in no event, no error and no output', async () => {
    await withMembers(2, {}, async ([one, two], open) => {
      const key = 'canary-key';
      await one.do({ type: 'make', key, value: 'canary-value' });
      await one.do({ type: 'flush' });
      await two.do({ type: 'make', key, value: 'canary-other' });
      await two.do({ type: 'set', key: `${key} 2`, value: 'canary-set' });
      await one.do({ type: 'expire', key });
      await one.do({ type: 'invalidate', key });
      const herd = await one.herd(`${key} 3`, 3);
      const shared = await two.herd(`${key} 3`, 3);
      const leader = await Promise.race(
        [one, two].map((member) => member.until(() => member.ran.length > 0).then(() => member)),
      );
      await leader.do({ type: 'invalidate', key: `${key} 3` });
      await leader.do({ type: 'finish', key: `${key} 3`, value: 'canary-late' });
      const other = leader === one ? two : one;
      await Promise.race([
        Promise.all([herd.settled, shared.settled]),
        other.until(() => other.ran.length > 0),
      ]);
      await other.do({ type: 'finish', key: `${key} 3`, value: 'canary-next' });
      await Promise.all([herd.settled, shared.settled]);
      await expect(one.do({ type: 'outline', key: 'canary-prompt' })).resolves.toBeUndefined();
      const killed = await open();
      await killed.do({ type: 'make', key, value: 'canary-value' });
      await killed.kill();
      for (const member of [one, two, killed]) {
        if (member !== killed) {
          const shown = await member.do({ type: 'shown' });
          expect(shown).toContain('call.settled');
          expect(shown).not.toContain('canary');
        }
        expect(member.output).not.toContain('canary');
      }
    });
  });
});
