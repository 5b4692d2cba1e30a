import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../measures/material.ts';
import { type Answer, Connection, requestBytes } from './connection.ts';
import type { Target } from './target.ts';

export interface FollowersOptions extends Target {
  /** Who ask at once. */
  readonly early: number;
  /** Who ask one after another, evenly, and the milliseconds over which they do. */
  readonly late: number;
  readonly over: number;
}

interface Times {
  readonly p50: number;
  readonly p99: number;
}

export interface Followers {
  /** Milliseconds from asking to the first byte, of those who came at once and of those who came late. */
  readonly firstEarly: Times;
  readonly firstLate: Times;
  /** Milliseconds from the first request of all to the last byte of an answer. */
  readonly lastByte: Times;
  /** Answers that were none of success. */
  readonly failures: number;
}

/** Everybody wants the same stream, some from its beginning and some while it flows; each has a connection of its own. */
export async function measureFollowers(options: FollowersOptions): Promise<Followers> {
  const { port, path, headers, body, early, late, over } = options;
  const request = requestBytes(port, path, headers, body);
  // Opened before, as connecting is not what is measured; a few at a time, as a server's backlog is short.
  const connections: Connection[] = [];
  while (connections.length < early + late) {
    const some = Math.min(50, early + late - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: some }, () => Connection.open(port)))));
  }
  const start = performance.now();
  const ask = async (connection: Connection): Promise<Answer & { readonly ended: number }> => {
    const answer = await connection.ask(request);
    return { ...answer, ended: performance.now() - start };
  };
  const asked = connections.slice(0, early).map(ask);
  const lateOnes = connections.slice(early).map(async (connection, index) => {
    await sleep((over * (index + 1)) / late);
    return ask(connection);
  });
  const [first, then] = await Promise.all([Promise.all(asked), Promise.all(lateOnes)]);
  for (const connection of connections) connection.close();
  const all = [...first, ...then];
  return {
    firstEarly: timesOf(first.map(({ firstByte }) => firstByte)),
    firstLate: timesOf(then.map(({ firstByte }) => firstByte)),
    lastByte: timesOf(all.map(({ ended }) => ended)),
    failures: all.filter(({ status }) => status !== 200).length,
  };
}

function timesOf(list: readonly number[]): Times {
  return { p50: percentile(list, 0.5), p99: percentile(list, 0.99) };
}
