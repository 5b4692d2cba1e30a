import { expect, test } from 'vitest';
import { armed, FakeKernel, failure, threadOn } from './kernel.test-support.ts';

/** Tells of the file that was moved last. */
function tellCookie(kernel: FakeKernel): void {
  const cookies = [...kernel.files];
  expect(cookies).toHaveLength(1);
  const path = cookies[0] as string;
  const at = path.lastIndexOf('/');
  kernel.tell(`${path.slice(0, at)}/.`, true, path.slice(at + 1));
}
const made = { type: 'made', directory: expect.stringMatching(/^\/tmp\/holdfast-watch-\d+-/) };

test('a sync is answered when the kernel has told of its cookie, after what it told before', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  expect(told()).toEqual([made]);
  kernel.tell('/root/.', false, 'a');
  tellCookie(kernel);
  expect(told()).toMatchObject([{ type: 'gathered' }, { type: 'synced', id: 1 }]);
});

test('a sync is answered after it was told that hints may be lost, though both come of one turn', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  told();
  thread.order({ type: 'disarm', paths: ['/root/sub'] });
  kernel.turn();
  // Closing takes so long that events may go with what is closed.
  kernel.fault = (call) => {
    if (call === 'remove') kernel.time += 11;
  };
  tellCookie(kernel);
  expect(told()).toMatchObject([{ type: 'overflow' }, { type: 'synced', id: 1 }]);
});

test('syncs of one turn share a cookie, and later ones are not answered by an earlier one', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  thread.order({ type: 'sync', id: 2 });
  told();
  const [first] = [...kernel.files];
  thread.order({ type: 'sync', id: 3 });
  told();
  const home = (first as string).replace(/\/1$/, '');
  expect([...kernel.files]).toEqual([`${home}/2`]);
  kernel.tell(`${home}/.`, true, '1');
  expect(told()).toEqual([
    { type: 'synced', id: 1 },
    { type: 'synced', id: 2 },
  ]);
  kernel.tell(`${home}/.`, true, '2');
  expect(told()).toEqual([{ type: 'synced', id: 3 }]);
});

test('a sync comes after what was armed before', () => {
  const kernel = new FakeKernel();
  const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
  for (const path of paths) kernel.add(path);
  kernel.fault = (call) => {
    if (call === 'watch') kernel.time += 1;
  };
  const { thread, told } = threadOn(kernel);
  thread.order({ type: 'arm', paths, as: 'directory' });
  thread.order({ type: 'sync', id: 1 });
  expect(told().map(({ type }) => type)).toEqual(['armed', 'armed', 'armed', 'armed', 'made']);
});

test('a cookie that is not told of within two seconds is missed, once what was told meanwhile is read', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  told();
  kernel.pass(1_999);
  expect(told()).toEqual([]);
  kernel.pass(1);
  expect(told()).toEqual([{ type: 'unsynced', id: 1, reason: 'missed' }]);
  thread.order({ type: 'sync', id: 2 });
  told();
  // A process that was stopped: the time is over, and then the kernel's queue is read.
  kernel.pass(60_000);
  tellCookie(kernel);
  expect(told()).toEqual([{ type: 'synced', id: 2 }]);
});

test('cookies are left in the next place when they cannot be in the first, or tell of nothing there', () => {
  const kernel = new FakeKernel();
  kernel.fault = (call, path) => {
    if (call === 'makeDirectory' && path.startsWith('/full')) throw failure('ENOSPC');
    if (call === 'watch' && path.startsWith('/silent')) throw failure('ENOSPC');
    if (call === 'create' && path.startsWith('/broken')) throw failure('EROFS');
  };
  const cookies = ['/full', '/silent', '/broken', '/good'];
  const { thread, told } = threadOn(kernel, { cookies });
  thread.order({ type: 'sync', id: 1 });
  told();
  expect(kernel.handles).toEqual([expect.stringMatching(/^\/good\//)]);
  tellCookie(kernel);
  expect(told()).toEqual([{ type: 'synced', id: 1 }]);
});

test('a sync is unwritable when there is no place for a cookie, and the next one tries again', () => {
  const { kernel, thread, told } = armed();
  kernel.type = 0x6969n;
  thread.order({ type: 'sync', id: 1 });
  expect(told()).toEqual([{ type: 'unsynced', id: 1, reason: 'unwritable' }]);
  kernel.type = 0xef53n;
  thread.order({ type: 'sync', id: 2 });
  expect(told()).toEqual([made]);
  tellCookie(kernel);
  expect(told()).toEqual([{ type: 'synced', id: 2 }]);
});

test('a cookie that was taken away is made again', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  told();
  tellCookie(kernel);
  told();
  kernel.files.clear();
  thread.order({ type: 'sync', id: 2 });
  told();
  tellCookie(kernel);
  expect(told()).toEqual([{ type: 'synced', id: 2 }]);
});

test('a cookie is left elsewhere when its directory is taken away while it is waited for', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  told();
  const home = kernel.handles.at(-1) as string;
  kernel.tell(home, true, '.');
  expect(told()).toEqual([made]);
  expect(kernel.handles).not.toContain(home);
  tellCookie(kernel);
  expect(told()).toEqual([{ type: 'synced', id: 1 }]);
});

test('a cookie is left again after an overflow, in which the first may have been lost', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  told();
  for (let index = 0; index < 50; index += 1) kernel.tell('/root/.', false, 'a');
  expect(told()).toEqual([{ type: 'overflow', events: 50 }]);
  expect([...kernel.files][0]).toMatch(/\/2$/);
  tellCookie(kernel);
  expect(told()).toEqual([{ type: 'synced', id: 1 }]);
});

test('nothing waits any more when no cookie can be left again', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  told();
  kernel.fault = (call) => {
    if (call === 'makeDirectory' || call === 'move' || call === 'create') throw failure('EROFS');
  };
  kernel.tell(kernel.handles.at(-1) as string, true, '.');
  expect(told()).toEqual([{ type: 'unsynced', id: 1, reason: 'unwritable' }]);
  kernel.pass(2_000);
  expect(told()).toEqual([]);
});
