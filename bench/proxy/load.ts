import { performance } from 'node:perf_hooks';
import { percentile } from '../measures/material.ts';
import { Connection, requestBytes } from './connection.ts';
import type { Target } from './target.ts';

export interface LoadOptions extends Target {
  /** Each asks again as soon as it has its answer. */
  readonly connections: number;
  /** Milliseconds that are not counted, and that are. */
  readonly warmUp: number;
  readonly duration: number;
}

export interface Load {
  /** Requests, those that are not counted included. */
  readonly asked: number;
  readonly perSecond: number;
  /** Milliseconds from the request to the last byte of its answer. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were none of success. */
  readonly failures: number;
  /** Of the body of an answer, on the wire. */
  readonly bytes: number;
}

/** A closed loop: so many ask as fast as they are answered. */
export async function measureLoad(options: LoadOptions): Promise<Load> {
  const { port, path, headers, body, warmUp, duration } = options;
  const request = requestBytes(port, path, headers, body);
  const all = await Promise.all(Array.from({ length: options.connections }, () => Connection.open(port)));
  const times: number[] = [];
  let [asked, failures, bytes] = [0, 0, 0];
  const start = performance.now() + warmUp;
  const end = start + duration;
  await Promise.all(
    all.map(async (connection) => {
      for (;;) {
        const sent = performance.now();
        if (sent >= end) return;
        asked += 1;
        const answer = await connection.ask(request);
        if (sent < start) continue;
        times.push(answer.lastByte);
        bytes = answer.bytes;
        if (answer.status !== 200) failures += 1;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  for (const connection of all) connection.close();
  return {
    asked,
    perSecond: times.length / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    failures,
    bytes,
  };
}
