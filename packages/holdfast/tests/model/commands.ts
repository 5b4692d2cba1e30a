import fc from 'fast-check';
import { expect } from 'vitest';
import type { WindowsName } from './policy.ts';
import type { Address, Wishes } from './state.ts';
import { type Options, type Place, type Step, step } from './steps.ts';
import { keyNames, keyOf, type Subject } from './subject.ts';

/** The model side of a history, for fast-check: which kinds 0 and 1 are, and who can still be aborted. */
export interface Story {
  readonly kinds: readonly [WindowsName, WindowsName];
  steps: number;
  readonly controllers: {
    readonly call: number;
    readonly controller: AbortController;
    readonly reason: string;
  }[];
}

class Command implements fc.AsyncCommand<Story, Subject> {
  readonly step: Step;
  constructor(step: Step) {
    this.step = step;
  }

  check(story: Readonly<Story>): boolean {
    return this.step.do !== 'abort' || story.controllers.length > 0;
  }

  async run(story: Story, subject: Subject): Promise<void> {
    story.steps += 1;
    await perform(this.step, story, subject);
    await subject.compare();
  }

  toString(): string {
    return JSON.stringify(this.step);
  }
}

export const histories = (size: number, steps: fc.Arbitrary<Step> = step) =>
  fc.commands([steps.map((one) => new Command(one))], { maxCommands: size, size: 'max' });

export type Histories = ReturnType<typeof histories> extends fc.Arbitrary<infer H> ? H : never;

/** Of a list, one by a number that may be larger; from the end, where things are new. */
const pick = <T>(list: readonly T[], which: number): T | undefined =>
  list.at(-1 - (which % Math.max(1, list.length)));

async function perform(step: Step, story: Story, subject: Subject): Promise<void> {
  const { oracle, cache, clock } = subject;
  const at = ({ scope, kind, key }: Place): Address => ({ scope, kind: story.kinds[kind], key });
  const label = (what: string) => `${what} in step ${story.steps}`;
  switch (step.do) {
    case 'call': {
      const address = at(step.place);
      const caller = oracle.calls.length;
      const { wishes, given, register } = prepare(step.options, story);
      const asked = step.via === 'lookup' ? { ...wishes, mode: 'cached' as const } : wishes;
      const call = oracle.call(address, asked);
      register(caller, 1, subject);
      const [handle, key] = [subject.handle(address), keyOf(address.key)];
      const real =
        step.via === 'lookup'
          ? handle.lookup(key, given)
          : handle[step.via](key, subject.generator(caller), given);
      subject.expectCall(call, step.via, real, label(step.via));
      return;
    }
    case 'many': {
      const caller = oracle.calls.length;
      const { wishes, given, register } = prepare(step.options, story);
      const places = step.keys.map((key) => at({ ...step.place, key }));
      const calls = oracle.many(places, wishes);
      register(caller, calls.length, subject);
      const keys = step.keys.map(keyOf);
      const real = subject
        .handle(at(step.place))
        .getOrGenerateMany(keys, subject.bulkGenerator(caller), given);
      subject.expectBulk(calls, step.keys, real);
      return;
    }
    case 'fail':
      await perform({ do: 'call', place: step.place, via: 'resolve', options: undefined }, story, subject);
      await subject.compare();
      await perform({ do: 'settle', which: 0, end: 'error' }, story, subject);
      return;
    case 'get': {
      const address = at(step.place);
      const call = oracle.get(address);
      const value = subject.handle(address).get(keyOf(address.key));
      subject.expectCall(call, 'get', Promise.resolve(value), label('get'));
      return;
    }
    case 'explain': {
      const cell = oracle.cell(at(step.place));
      const { entry, failure, flight } = cell;
      const kept = entry && (oracle.now < entry.agedAt ? 'fresh' : 'aged');
      const explained = await subject.handle(cell).explain(keyOf(cell.key));
      expect(explained.state).toBe(kept ?? (failure === undefined ? 'absent' : 'negative'));
      expect(explained.underWay).toBe(flight !== undefined);
      return;
    }
    case 'set': {
      const address = at(step.place);
      const value = label('set');
      oracle.set(address, value, step.ttl, step.tags);
      const { ttl, tags } = step;
      const done = subject
        .handle(address)
        .set(keyOf(address.key), value, { tags, ...(ttl !== undefined && { ttl }) });
      expect(await done).toEqual({ persisted: false });
      return;
    }
    case 'setMany': {
      const addresses = keyNames.map((key) => at({ ...step.place, key }));
      for (const address of addresses)
        oracle.set(address, `${label('set')} of ${address.key}`, undefined, []);
      await subject
        .handle(at(step.place))
        .setMany(addresses.map(({ key }) => [keyOf(key), `${label('set')} of ${key}`] as const));
      return;
    }
    case 'expire':
    case 'invalidate': {
      const address = at(step.place);
      const count = oracle.select(step.do, address);
      const done = await subject.handle(address)[step.do](keyOf(address.key));
      expect(done).toEqual(step.do === 'invalidate' ? { count } : { persisted: false });
      return;
    }
    case 'select': {
      const { kind, tag: named, scope, allScopes } = step.by;
      // A view may name no other scope; that it is refused is a test of its own.
      const from = allScopes === true || scope !== undefined ? '' : step.from;
      const name = kind === undefined ? undefined : story.kinds[kind];
      const where = allScopes === true ? undefined : (scope ?? from);
      const count = oracle.select(step.action, { scope: where, kind: name, tag: named });
      const done = await subject.view(from)[step.action]({
        ...(name !== undefined && { kind: name }),
        ...(named !== undefined && { tag: named }),
        ...(scope !== undefined && { scope }),
        ...(allScopes === true && { allScopes }),
      });
      expect(done).toEqual(step.action === 'invalidate' ? { count } : { persisted: false });
      return;
    }
    case 'settle': {
      // One that was given up may settle, too, and nothing comes of it.
      const run = pick(oracle.runs, step.which);
      const index = run && oracle.runs.indexOf(run);
      const { steps } = story;
      if (run === undefined) return;
      if (step.end === 'error') subject.settle(run, { how: 'error', error: `failed in step ${steps}` });
      else if (step.end === 'undefined' || step.end === 'notModified') subject.settle(run, { how: step.end });
      else {
        const value = ({ scope, kind, key }: Address) =>
          `run ${index} of ${scope}/${kind}/${key}, step ${steps}`;
        subject.settle(run, { how: step.end, value });
      }
      return;
    }
    case 'tag': {
      const run = pick(
        oracle.runs.filter(({ state }) => state === 'running'),
        step.which,
      );
      if (run === undefined) return;
      const real = subject.realRun(run);
      oracle.tag(run, step.tag);
      real.ctx.tag(step.tag);
      return;
    }
    case 'abort': {
      const [left] = story.controllers.splice(
        story.controllers.length - 1 - (step.which % story.controllers.length),
        1,
      );
      left?.controller.abort(new Error(left.reason));
      return;
    }
    case 'advance':
      oracle.advance(step.milliseconds);
      await clock.advance(step.milliseconds);
      return;
    case 'jump':
      clock.jumpWall(step.hours * 3_600_000);
      expect(cache.stats().calls).toBeGreaterThanOrEqual(0);
  }
}

/** The options of a call for both sides, and the way to enter its caller among those who may leave. */
function prepare(options: Options | undefined, story: Story) {
  const wishes: Wishes = { mode: 'default', ...options };
  if (options === undefined) return { wishes, given: undefined, register: () => {} };
  const { mode, timeout, staleAfter, ttl, tags, signal } = options;
  const controller = new AbortController();
  const reason = `left ${story.steps}`;
  const register = (first: number, count: number, { oracle }: Subject): void => {
    const calls = () => oracle.calls.slice(first, first + count);
    const leave = (): void => {
      for (const call of calls()) oracle.abort(call, reason);
    };
    controller.signal.addEventListener('abort', leave);
    if (signal === 'live') story.controllers.push({ call: first, controller, reason });
  };
  if (signal === 'aborted') controller.abort(new Error(reason));
  return {
    wishes: signal === 'aborted' ? { ...wishes, left: reason } : wishes,
    register,
    given: {
      mode,
      ...(timeout !== undefined && { timeout }),
      ...(staleAfter !== undefined && { staleAfter }),
      ...(ttl !== undefined && { ttl }),
      ...(tags !== undefined && { tags }),
      ...(signal !== 'none' && { signal: controller.signal }),
    },
  };
}
