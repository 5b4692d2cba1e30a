import { expect, test } from 'vitest';
import type { Order } from './order.ts';
import { OrderQueue } from './order-queue.ts';

const commit = (hash: string, bytes = 1): Order => ({
  deed: 'commit',
  record: {
    hash,
    scope: '',
    kind: '',
    tags: [],
    paths: [],
    keys: [],
    uselessAt: 0,
    envelope: new Uint8Array(bytes),
  },
});
const renew = (hash: string): Order => ({ deed: 'renew', hash, token: 1, term: 1 });

function queueOf(...orders: Order[]): OrderQueue {
  const queue = new OrderQueue();
  for (const [id, order] of orders.entries()) queue.add({ id, order, deadline: id });
  return queue;
}

const ids = (queue: OrderQueue) => queue.take().map(({ id }) => id);

test('a lease goes before commits that came earlier, with some of them', () => {
  const queue = queueOf(...Array.from({ length: 600 }, (_, index) => commit(`${index}`)), renew('x'));
  expect(ids(queue).slice(0, 3)).toEqual([600, 0, 1]);
  expect(ids(queue)).toHaveLength(500);
  expect(ids(queue)).toHaveLength(50);
  expect(queue.size).toBe(0);
});

test('a lease waits for what was ordered before it for the same key', () => {
  const queue = queueOf(commit('other'), commit('key'), renew('key'), renew('other'), renew('x'));
  expect(ids(queue)).toEqual([4, 0, 1, 2, 3]);
  queue.add({ id: 9, order: renew('key'), deadline: 9 });
  queue.add({ id: 10, order: commit('key'), deadline: 10 });
  expect(ids(queue)).toEqual([9, 10]);
});

test('a group ends with the bytes that it may have', () => {
  const queue = queueOf(...Array.from({ length: 10 }, (_, index) => commit(`${index}`, 3 * 2 ** 20)));
  expect(ids(queue)).toEqual([0, 1, 2]);
});

test('what was put back comes first again, and in its order', () => {
  const queue = queueOf(commit('a'), commit('b'), renew('b'));
  const group = queue.take();
  queue.add({ id: 7, order: commit('c'), deadline: 7 });
  queue.restore(group);
  expect(ids(queue)).toEqual([0, 1, 2, 7]);
});

test('what has waited for too long is taken out, and holds nothing up', () => {
  const queue = queueOf(commit('a'), renew('b'), commit('c'));
  expect(queue.takeLate(1).map(({ id }) => id)).toEqual([1, 0]);
  queue.add({ id: 8, order: renew('a'), deadline: 8 });
  expect(ids(queue)).toEqual([8, 2]);
});
