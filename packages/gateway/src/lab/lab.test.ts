import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LabState, ProviderHealth } from '../api/index.ts';
import { Lab, LabBusyError, type StartSide } from './lab.ts';
import type { Scene } from './scene.ts';
import type { Side } from './side.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class FakeSide implements Side {
  ended: Error | undefined;
  health: ProviderHealth | null = null;
  readonly did: string[] = [];
  running = Promise.withResolvers<void>();
  readonly onState: () => void;

  constructor(onState: () => void) {
    this.onState = onState;
  }

  state() {
    const latency = { p50: 0, p99: 0, max: 0 };
    const none = { usd: 0, rateLimited: 0, answered: 0, stale: 0, failures: 0, refused: 0, comeBackIn: 0 };
    return { counts: { ...none, providerCalls: this.did.length, waiting: 0, latency }, health: this.health };
  }
  play(scene: Scene) {
    this.did.push(scene.name === 'sick' ? 'sick' : `${scene.name} ${scene.callers}`);
    this.running = Promise.withResolvers();
    return this.running.promise;
  }
  async mood(mood: string) {
    this.did.push(mood);
  }
  async expire() {
    this.did.push('expire');
  }
  async reset() {
    this.did.push('reset');
    this.running.resolve();
  }
  async [Symbol.asyncDispose]() {
    this.did.push('closed');
  }
}

function setUp() {
  const sides: FakeSide[] = [];
  const errors: unknown[] = [];
  const start = vi.fn<StartSide>(async (_, onState) => {
    const side = new FakeSide(onState);
    sides.push(side);
    return side;
  });
  const lab = new Lab((error) => errors.push(error), start);
  /** Resolves when the lab tells that nothing is played any more. */
  const ended = () =>
    new Promise<void>((resolve) => {
      const stop = lab.listen(({ running }) => {
        if (running) return;
        stop();
        resolve();
      });
    });
  return { lab, sides, errors, start, ended };
}

test('nothing is started before the first order, and then one side of each', async () => {
  const { lab, start, sides } = setUp();
  expect(lab.state()).toMatchObject({ simulated: true, running: false, mood: 'normal' });
  expect(start).not.toHaveBeenCalled();
  await Promise.all([lab.mood('slow'), lab.expire()]);
  expect(start.mock.calls.map(([name]) => name)).toEqual(['protected', 'unprotected']);
  for (const side of sides) expect(side.did.slice(1)).toEqual(['slow', 'expire']);
  expect(lab.state().mood).toBe('slow');
});

test('one herd at a time, the same on both sides; afterwards another', async () => {
  const { lab, sides, ended } = setUp();
  expect(await lab.herd(7)).toMatchObject({ running: true, callers: 7 });
  await expect(lab.herd(1)).rejects.toBeInstanceOf(LabBusyError);
  for (const side of sides) side.running.resolve();
  await ended();
  expect(lab.state().running).toBe(false);
  expect(await lab.herd(8)).toMatchObject({ running: true, callers: 8 });
  for (const side of sides) expect(side.did.slice(1)).toEqual(['herd 7', 'herd 8']);
});

test('a reset ends the herd under way, and until it is done no other one starts', async () => {
  const { lab, sides } = setUp();
  await lab.herd(7);
  const resets = [lab.reset(), lab.reset()];
  await expect(lab.herd(1)).rejects.toBeInstanceOf(LabBusyError);
  for (const state of await Promise.all(resets)) expect(state).toMatchObject({ running: false, callers: 0 });
  for (const side of sides) expect(side.did.slice(1)).toEqual(['herd 7', 'reset']);
  expect(await lab.herd(8)).toMatchObject({ running: true, callers: 8 });
});

test('a scene is played on both sides alone, and tells its stage', async () => {
  const { lab, sides, ended } = setUp();
  expect(await lab.scene('storm')).toMatchObject({ running: true, scene: 'storm', callers: 1_000 });
  await expect(lab.scene('sick')).rejects.toBeInstanceOf(LabBusyError);
  await expect(lab.herd(1)).rejects.toBeInstanceOf(LabBusyError);
  for (const side of sides) side.running.resolve();
  await ended();
  expect(lab.state().running).toBe(false);
  expect(await lab.scene('sick')).toMatchObject({ scene: 'sick', callers: 0, health: null });
  for (const side of sides) side.health = 'failing';
  expect(lab.state()).toMatchObject({ running: true, health: 'failing' });
  for (const side of sides) expect(side.did.slice(1)).toEqual(['storm 1000', 'sick']);
  expect(await lab.reset()).toMatchObject({ running: false, scene: 'herd' });
});

test('a stream is played on both sides to the same callers, and told with them', async () => {
  const { lab, sides, ended } = setUp();
  expect(await lab.scene('stream')).toMatchObject({ running: true, scene: 'stream', callers: 1_000 });
  for (const side of sides) expect(side.did.slice(1)).toEqual(['stream 1000']);
  for (const side of sides) side.running.resolve();
  await ended();
  expect(lab.state()).toMatchObject({ running: false, scene: 'stream', callers: 1_000 });
});

test('listeners are told ten times a second at most', async () => {
  const { lab, sides } = setUp();
  const states: LabState[] = [];
  await lab.expire();
  lab.listen((state) => states.push(state));
  for (let index = 0; index < 100; index += 1) {
    for (const side of sides) side.onState();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(states.length).toBeGreaterThanOrEqual(8);
  expect(states.length).toBeLessThanOrEqual(10);
});

test('a side that breaks down ends the herd, is told of, and is started anew with the next order', async () => {
  const { lab, sides, errors, start, ended } = setUp();
  await lab.mood('fail');
  await lab.herd(5);
  const [broken] = sides as [FakeSide];
  broken.ended = new Error('broken');
  broken.running.reject(broken.ended);
  await ended();
  expect(lab.state().running).toBe(false);
  expect(errors).toEqual([broken.ended]);
  await lab.expire();
  expect(start).toHaveBeenCalledTimes(4);
  expect(broken.did).toContain('closed');
  for (const side of sides.slice(2)) expect(side.did).toEqual(['fail', 'expire']);
});

test('a side that does not start rejects the order, and the next order tries again', async () => {
  const { lab, start } = setUp();
  start.mockRejectedValueOnce(new Error('no port'));
  await expect(lab.herd(5)).rejects.toThrow('no port');
  expect(lab.state().running).toBe(false);
  expect(await lab.herd(5)).toMatchObject({ running: true });
});

test('closing closes both sides', async () => {
  const { lab, sides } = setUp();
  await lab.expire();
  await lab[Symbol.asyncDispose]();
  for (const side of sides) expect(side.did.at(-1)).toBe('closed');
});
