import { expect, test } from 'vitest';
import { callersOf, type Question, type Scene, type StreamScene, sickQuestion } from './scene.ts';

async function play(scene: Exclude<Scene, StreamScene>, run = 1) {
  const questions: Question[] = [];
  const stages: string[] = [];
  const times: number[] = [];
  const start = performance.now();
  const stage = (health: string) => void stages.push(`${health} after ${questions.length}`);
  const { signal } = new AbortController();
  for await (const question of callersOf(scene, { run, signal, stage })) {
    questions.push(question);
    times.push(performance.now() - start);
  }
  return { stages, times, texts: questions.map(({ text }) => text) };
}

test('a herd asks one question, a storm as many as it has callers, and others each time', async () => {
  expect(new Set((await play({ name: 'herd', callers: 1_200 })).texts).size).toBe(1);
  const first = await play({ name: 'storm', callers: 1_200 });
  const second = await play({ name: 'storm', callers: 1_200 }, 2);
  expect(new Set([...first.texts, ...second.texts]).size).toBe(2_400);
});

test('in an illness the callers of each stage come by the clock, twenty a second', async () => {
  const course = [
    { health: 'well', milliseconds: 100 },
    { health: 'failing', milliseconds: 150 },
    { health: 'well', milliseconds: 50 },
  ] as const;
  const { stages, times } = await play({ name: 'sick', course });
  expect(stages).toEqual(['well after 0', 'failing after 2', 'well after 5']);
  // By the real clock, as node:timers/promises has no other. A timer may be early by a part of a millisecond.
  expect(times.map((time, at) => time > at * 50 - 2)).toEqual(Array(6).fill(true));
});

test('in an illness three callers in four ask one of 24 questions in turn, the fourth a new one', () => {
  const texts = Array.from({ length: 96 }, (_, caller) => sickQuestion(caller, 1).text);
  const news = texts.filter((_, caller) => caller % 4 === 3);
  const others = texts.filter((_, caller) => caller % 4 !== 3);
  expect(new Set(news).size).toBe(24);
  expect(new Set(others.slice(0, 24)).size).toBe(24);
  expect(others.slice(24, 48)).toEqual(others.slice(0, 24));
});

test('a scene that is ended asks nothing more', async () => {
  const ending = new AbortController();
  const course = [{ health: 'well', milliseconds: 60_000 }] as const;
  const playing = { run: 1, signal: ending.signal, stage: () => undefined };
  let asked = 0;
  for await (const _ of callersOf({ name: 'sick', course }, playing)) {
    asked += 1;
    ending.abort();
  }
  expect(asked).toBe(1);
});
