/** What gateways add to a request, and what a thousand followers of one stream cost; contenders take turns. */
import { spawnTask } from '../spawn.ts';
import type { Task, Tasks } from './child.ts';
import { type ContenderName, Contenders, contenderNames } from './contender.ts';
import type { Followers } from './followers.ts';
import type { Load } from './load.ts';
import type { Pace } from './provider.ts';
import type { Server } from './server.ts';
import type { Form } from './target.ts';

export interface Scale {
  readonly rounds: number;
  /** Milliseconds. */
  readonly warmUp: number;
  readonly duration: number;
  readonly followers: number;
}

export const full: Scale = { rounds: 5, warmUp: 500, duration: 2_000, followers: 1_000 };
export const quick: Scale = { rounds: 1, warmUp: 300, duration: 700, followers: 200 };

/** Who ask at a time: one, for what a request takes, and many, for how many there can be. */
export const connections = { alone: 1, together: 32 } as const;
export type Company = keyof typeof connections;

/** An answer of about two thousand characters, at once. */
const atOnce: Pace = { words: 350, first: 0, perChunk: 0 };
/** A stream of five seconds: 50 chunks, a tenth of a second apart. */
export const stream: Pace = { words: 400, first: 200, perChunk: 100 };
/** Half of the followers come at once, and half in the first three seconds. */
export const lateOver = 3_000;

export interface Measured extends Load {
  /** Of the requests, how many reached the provider: 1 where nothing is cached. */
  readonly upstream: number;
}

export interface Followed extends Followers {
  /** Streams that the provider was asked for. */
  readonly streams: number;
  /** Bytes by which the gateway's process grew at most; undefined for none, and where the system does not tell. */
  readonly memory: number | undefined;
}

export interface Results {
  readonly loads: Readonly<Record<Form, Record<Company, Record<ContenderName, Measured[]>>>>;
  readonly followers: Readonly<Record<ContenderName, Followed[]>>;
}

/** In memory the stream is no stream any more, and bypassing the cache is not what is asked here. */
export const followed = ['direct', 'reverse', 'portkey', 'holdfast'] as const;

/** Yields what there is after each round, so that a run that is broken off has not been in vain. */
export async function* measureAll(scale: Scale, progress: (what: string) => void): AsyncGenerator<Results> {
  const byName = <T>() =>
    Object.fromEntries(contenderNames.map((name) => [name, []])) as unknown as Record<ContenderName, T[]>;
  const loads = {
    unary: { alone: byName<Measured>(), together: byName<Measured>() },
    streamed: { alone: byName<Measured>(), together: byName<Measured>() },
  };
  const followers = byName<Followed>();
  await using contenders = await Contenders.start();
  for (let round = 1; round <= scale.rounds; round += 1) {
    for (const form of ['unary', 'streamed'] as const) {
      for (const company of ['alone', 'together'] as const) {
        // Who comes first in a round is another one each time, as drift would else hit the same ones.
        for (const name of turned(contenderNames, round)) {
          progress(`${round}/${scale.rounds}: ${form}, ${company}, ${name}`);
          loads[form][company][name].push(await load(contenders, name, form, connections[company], scale));
        }
      }
    }
    for (const name of turned(followed, round)) {
      progress(`${round}/${scale.rounds}: ${scale.followers} followers, ${name}`);
      followers[name].push(await follow(contenders, name, round, scale));
    }
    yield { loads, followers };
  }
}

async function load(
  contenders: Contenders,
  name: ContenderName,
  form: Form,
  count: number,
  { warmUp, duration }: Scale,
): Promise<Measured> {
  await contenders.answer(atOnce);
  const target = contenders.target(name, form, 'What is asked again and again?');
  const result = await spawnProxy('load', { ...target, connections: count, warmUp, duration });
  return { ...result, upstream: (await contenders.count()) / result.asked };
}

async function follow(
  contenders: Contenders,
  name: (typeof followed)[number],
  round: number,
  scale: Scale,
): Promise<Followed> {
  // A process that has served thousands of requests has memory to spare, and grows no more.
  const server = name === 'direct' ? undefined : await contenders.anew(name);
  const target = (question: string) => contenders.target(name, 'streamed', question, server?.port);
  try {
    await contenders.answer(atOnce);
    const { warmUp, followers } = scale;
    await spawnProxy('load', { ...target('Is it warm?'), connections: 1, warmUp, duration: 0 });
    await contenders.answer(stream);
    const memory = server === undefined ? undefined : new MemoryWatch(server);
    const early = Math.ceil(followers / 2);
    const order = { early, late: followers - early, over: lateOver };
    const question = `What does everybody ask in round ${round}?`;
    const result = await spawnProxy('followers', { ...target(question), ...order });
    return { ...result, streams: await contenders.count(), memory: memory?.end() };
  } finally {
    await server?.stop();
  }
}

/** By how much a process grows at most, looked at twenty times a second. */
class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #before: number | undefined;
  #most = 0;

  constructor(server: Server) {
    this.#before = server.memory();
    this.#timer = setInterval(() => {
      this.#most = Math.max(this.#most, server.memory() ?? 0);
    }, 50);
  }

  /** @returns bytes; undefined where the system does not tell */
  end(): number | undefined {
    clearInterval(this.#timer);
    return this.#before === undefined ? undefined : Math.max(0, this.#most - this.#before);
  }
}

function turned<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

function spawnProxy<M extends keyof Tasks>(measure: M, options: Tasks[M]['options']) {
  const task = { measure, options } as Task;
  const program = new URL('./child.ts', import.meta.url);
  return spawnTask(program, task, [], JSON.stringify(task)) as Promise<Tasks[M]['result']>;
}
