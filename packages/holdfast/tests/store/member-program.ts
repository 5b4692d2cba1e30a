/** A process with a cache over a store in a file, told by messages what to do. */
import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { sqliteStore } from '../../src/adapters/sqlite/index.ts';
import { eventNames } from '../../src/events/emitter.ts';
import { type Cache, createCache, type Definition, type KindDefinition, kind } from '../../src/index.ts';
import { SystemClock } from '../../src/lib/clock.ts';
import { assertInvariants } from '../../src/testing/index.ts';
import { nodeFileSystem } from '../../src/workspace/file-system.ts';
import { type FileSystem, openWorkspace } from '../../src/workspace/index.ts';
import { obeying } from '../child.ts';
import type { Command, Told } from './member.ts';

let cache: Cache<{ default: KindDefinition<string> }> | undefined;
let outline: Definition<[path: string], string> | undefined;
let closeWorkspace: () => Promise<void> = async () => {};
let ahead = 0;
let filesOpened = 0;
const held = new Map<string, PromiseWithResolvers<string>>();
const shown: string[] = [];

const tell = (told: Told): void => void (process.connected && process.send?.(told));

function show(thing: unknown): void {
  shown.push(String(thing), JSON.stringify(thing) ?? '', inspect(thing, { depth: 10 }));
  if (thing instanceof Error) shown.push(thing.message, thing.stack ?? '');
}

const clock = new SystemClock({
  monotonic: () => performance.now(),
  wall: () => Date.now() + ahead,
  uptime: () => uptime() * 1_000,
});

const countingFileSystem: FileSystem = {
  ...nodeFileSystem,
  open: (file) => {
    filesOpened += 1;
    return nodeFileSystem.open(file);
  },
};

function opened() {
  if (cache === undefined) throw new Error('nothing is open');
  return cache;
}

async function open({
  path,
  coherence,
  ttl,
  root,
  believes = false,
}: Extract<Command, { type: 'open' }>): Promise<void> {
  const workspace =
    root === undefined
      ? undefined
      : await openWorkspace(root, {
          fileSystem: countingFileSystem,
          ...(believes && {
            paranoid: false,
            clock: { now: () => performance.now(), wall: () => Date.now() + 10_000 },
          }),
        });
  closeWorkspace = async () => workspace?.close();
  cache = createCache({
    clock,
    store: await sqliteStore(path),
    ...(coherence !== undefined && { coherence }),
    ...(workspace !== undefined && { workspace }),
    kinds: { default: kind<string>({ ...(ttl !== undefined && { ttl }) }) },
  });
  for (const name of eventNames) cache.on(name, show);
  if (workspace === undefined) return;
  outline = cache.define({
    name: 'outline',
    generate: async (ctx, file: string) => `outline of ${await ctx.file(file)}`,
  });
}

async function herd(key: string, callers: number): Promise<Record<string, number>> {
  const calls = Array.from({ length: callers }, () =>
    opened().getOrGenerate(key, () => {
      const end = Promise.withResolvers<string>();
      held.set(key, end);
      tell({ ran: key });
      return end.promise;
    }),
  );
  tell({ asked: key });
  const counts: Record<string, number> = {};
  for (const settled of await Promise.allSettled(calls)) {
    if (settled.status === 'rejected') show(settled.reason);
    const what =
      settled.status === 'fulfilled' ? settled.value : String(settled.reason.code ?? settled.reason.name);
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

async function obey(command: Command): Promise<unknown> {
  switch (command.type) {
    case 'open':
      return open(command);
    case 'herd':
      return herd(command.key, command.callers);
    case 'finish':
      held.get(command.key)?.resolve(command.value);
      return undefined;
    case 'fail':
      held.get(command.key)?.reject(new TypeError(command.message));
      return undefined;
    case 'make': {
      const { value, outcome } = await opened().resolve(command.key, async () => command.value);
      return { value, outcome };
    }
    case 'set':
      return (await opened().set(command.key, command.value)).persisted;
    case 'invalidate':
      await opened().invalidate({ key: command.key });
      return Date.now();
    case 'expire':
      return (await opened().expire({ key: command.key })).persisted;
    case 'lookup': {
      const found = await opened().lookup(command.key);
      return found && { value: found.value, outcome: found.outcome };
    }
    case 'peek':
      return opened().peek(command.key)?.value;
    case 'outline': {
      if (outline === undefined) return undefined;
      const made = await outline.resolve(command.key);
      return { value: made.value, outcome: made.outcome };
    }
    case 'untilGone':
      tell({ asked: command.key });
      while (opened().peek(command.key) !== undefined) await turn();
      return Date.now();
    case 'jump':
      ahead += command.milliseconds;
      return undefined;
    case 'flush':
      return opened().flush();
    case 'runs':
      return opened().stats().generations.started;
    case 'opened':
      return filesOpened;
    case 'shown':
      show(opened().stats());
      return shown.join('\n');
    case 'close':
      await opened().flush();
      assertInvariants(opened());
      await opened().close();
      await closeWorkspace();
      // After the answer.
      setImmediate(() => process.disconnect?.());
      return undefined;
  }
}

obeying((command: Command) =>
  obey(command).catch((error: unknown) => {
    show(error);
    throw error;
  }),
);
