import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { ProviderHealth } from '../api/index.ts';
import { answerPieces } from './streamed-answer.ts';

/** What a caller of the lab wants to know. Those who ask the same question could share an answer. */
export interface Question {
  /** `advice` ages within seconds; an `answer` does not while anybody looks. */
  readonly kind: 'answer' | 'advice';
  readonly text: string;
}

/** What the lab plays, on both sides at the same time. */
export type Scene =
  /** Callers who all ask the same. */
  | { readonly name: 'herd'; readonly callers: number }
  /** Callers who all ask something else, at once, of a provider that lets in 60 a minute. */
  | { readonly name: 'storm'; readonly callers: number }
  /** Callers who come at a steady pace while the provider falls ill and gets well again. */
  | { readonly name: 'sick'; readonly course: Course }
  | StreamScene;

/** Callers who want one streamed answer: some come while it flows, some leave before its end, some read slowly. */
export interface StreamScene {
  readonly name: 'stream';
  readonly callers: number;
  readonly pace: StreamPace;
}

/** How a streamed answer goes, and for how long callers come; milliseconds. */
export interface StreamPace {
  /** Until the answer begins. */
  readonly first: number;
  /** Before each further piece of it. */
  readonly perPiece: number;
  /** How many pieces it has. */
  readonly pieces: number;
  /** From the first callers to the last one. */
  readonly lateFor: number;
}

/** How the provider's health goes, stage after stage. */
export type Course = readonly { readonly health: ProviderHealth; readonly milliseconds: number }[];

/** Long enough to watch each stage, and how the callers fare in it. */
export const sickCourse: Course = [
  { health: 'well', milliseconds: 3_000 },
  { health: 'wobbly', milliseconds: 3_000 },
  { health: 'failing', milliseconds: 4_000 },
  { health: 'hanging', milliseconds: 4_000 },
  { health: 'well', milliseconds: 6_000 },
];

/** Eight seconds, in the last two of which nobody comes any more: long enough to see it flow. */
export const streamPace: StreamPace = {
  first: 300,
  perPiece: 110,
  pieces: answerPieces.length,
  lateFor: 6_000,
};

/**
 * Callers who start at a time; then calls are sent and answers taken. Most of a herd comes before its one answer does;
 * of a storm the first calls must not wait until the last caller has come.
 */
const startedAtOnce = { herd: 500, storm: 50 } as const;
/** One caller each in the sick scene. */
const paceMs = 50;
/** Questions that come back, in the sick scene. */
const recurring = 24;

const sharedQuestion: Question = {
  kind: 'answer',
  text: 'What does a context cache do for an LLM application?',
};

interface Playing {
  /** Tells apart what earlier scenes have asked. */
  readonly run: number;
  readonly signal: AbortSignal;
  /** Told when a stage of the illness begins. */
  readonly stage: (health: ProviderHealth) => void;
}

/** The questions of a scene, each when its caller comes. */
export async function* callersOf(
  scene: Exclude<Scene, StreamScene>,
  { run, signal, stage }: Playing,
): AsyncGenerator<Question, void, undefined> {
  if (scene.name !== 'sick') {
    for (let caller = 0; caller < scene.callers; caller += 1) {
      if (caller > 0 && caller % startedAtOnce[scene.name] === 0) await setImmediate();
      if (signal.aborted) return;
      yield scene.name === 'herd'
        ? sharedQuestion
        : { kind: 'answer', text: `What is part ${caller} of document ${run} about?` };
    }
    return;
  }
  let caller = 0;
  let due = performance.now();
  for (const { health, milliseconds } of scene.course) {
    stage(health);
    for (const end = due + milliseconds; due < end; due += paceMs) {
      // By the clock, not by who was answered: callers do not wait for each other.
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      yield sickQuestion(caller, run);
      caller += 1;
    }
  }
}

/** Three callers in four ask what others have asked before; the fourth asks something new. */
export function sickQuestion(caller: number, run: number): Question {
  const text =
    caller % 4 === 3
      ? `What is new in report ${caller} of day ${run}?`
      : `What does chapter ${(caller - Math.floor(caller / 4)) % recurring} say?`;
  return { kind: 'advice', text };
}
