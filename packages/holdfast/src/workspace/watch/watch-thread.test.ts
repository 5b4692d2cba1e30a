import { describe, expect, test } from 'vitest';
import { armed, FakeKernel, failure, threadOn } from './kernel.test-support.ts';

const touched = (directory: string, hints: object) => ({
  type: 'gathered',
  directories: [{ directory, structural: [], others: [], nameless: 'no', ...hints }],
});

describe('hints', () => {
  test('of one turn are told once for each name, before everything else of it', () => {
    const { kernel, told } = armed();
    kernel.fail('/root/sub/.', 'EIO');
    kernel.tell('/root/.', false, 'a');
    kernel.tell('/root/.', true, 'b');
    kernel.tell('/root/.', true, 'a');
    kernel.tell('/root/.', false, 'c');
    kernel.tell('/root/.', false, 'a');
    expect(told()).toEqual([
      touched('/root', { structural: ['a', 'b'], others: ['c'] }),
      { type: 'lost', directory: '/root/sub', code: 'EIO' },
    ]);
  });

  test('of a directory with hundreds of names are one without a name', () => {
    const { kernel, told } = armed();
    for (let index = 0; index < 40; index += 1) kernel.tell('/root/.', false, 'same');
    expect(told()).toEqual([touched('/root', { others: ['same'] })]);
    const wide = new FakeKernel();
    Object.assign(wide, { queueLength: 16_384 });
    wide.add('/root');
    const watching = threadOn(wide);
    watching.thread.order({ type: 'arm', paths: ['/root'], as: 'directory' });
    watching.told();
    for (let index = 0; index < 256; index += 1) wide.tell('/root/.', false, `name ${index}`);
    expect(watching.told()).toMatchObject([{ directories: [{ nameless: 'no' }] }]);
    for (let index = 0; index < 257; index += 1) wide.tell('/root/.', false, `name ${index}`);
    expect(watching.told()).toMatchObject([{ directories: [{ nameless: 'yes' }] }]);
    for (let index = 0; index < 257; index += 1) wide.tell('/root/.', index === 256, `name ${index}`);
    expect(watching.told()).toEqual([touched('/root', { nameless: 'structural' })]);
  });

  test('with a name that is not valid UTF-8 come without it, and with one warning in a turn', () => {
    const { kernel, told } = armed();
    kernel.tell('/root/.', true, Uint8Array.of(0x63, 0xe9));
    kernel.tell('/root/.', false, Uint8Array.of(0xe9));
    kernel.tell('/root/.', false, 'fine \uFFFD');
    expect(told()).toEqual([
      touched('/root', { nameless: 'structural' }),
      { type: 'warning', directory: '/root', message: expect.stringContaining('UTF-8') },
    ]);
    kernel.tell('/root/.', false, 'fine \uFFFD');
    expect(told()).toEqual([touched('/root', { others: ['fine \uFFFD'] })]);
  });

  test('of what was disarmed are not told', () => {
    const { kernel, thread, told } = armed();
    thread.order({ type: 'disarm', paths: ['/root/sub', '/never'] });
    expect(told()).toEqual([]);
    expect(kernel.handles).toEqual(['/root/.']);
  });
});

describe('an overflow', () => {
  test('is half of a full queue in one turn, and tells more than hints', () => {
    const { kernel, told } = armed();
    for (let index = 0; index < 49; index += 1) kernel.tell('/root/.', false, `${index}`);
    expect(told()).toMatchObject([{ type: 'gathered' }]);
    for (let index = 0; index < 50; index += 1) kernel.tell('/root/.', false, `${index}`);
    expect(told()).toEqual([{ type: 'overflow', events: 50 }]);
    kernel.tell('/root/.', false, 'later');
    expect(told()).toEqual([touched('/root', { others: ['later'] })]);
  });

  test('counts what is told of watches that are of no interest any more', () => {
    const { kernel, thread, told, soFar } = armed();
    thread.order({ type: 'disarm', paths: ['/root/sub'] });
    kernel.turn();
    for (let index = 0; index < 50; index += 1) kernel.tell('/root/sub/.', false, `${index}`);
    kernel.turn();
    expect(soFar()).toEqual([{ type: 'overflow', events: 50 }]);
    expect(told()).toEqual([]);
  });

  test('is told when a watch was closed so late after the queue was read that events may have gone with it', () => {
    const { kernel, thread, told } = armed();
    thread.order({ type: 'disarm', paths: ['/root/sub'] });
    let passed = false;
    kernel.fault = (call) => {
      if (call === 'remove') {
        kernel.time += 11;
        passed = true;
      }
    };
    expect(told()).toEqual([{ type: 'overflow', events: expect.any(Number) }]);
    expect(passed).toBe(true);
  });

  test('is not told for closing that can be put off until the queue has just been read', () => {
    const { kernel, thread, told } = armed();
    thread.order({ type: 'disarm', paths: ['/root/sub'] });
    kernel.turn();
    kernel.time += 11;
    kernel.turn();
    expect(kernel.handles).toContain('/root/sub/.');
    expect(told()).toEqual([]);
    expect(kernel.handles).toEqual(['/root/.']);
  });

  test('closing is not put off for ever', () => {
    const { kernel, thread, soFar } = armed();
    thread.order({ type: 'disarm', paths: ['/root/sub'] });
    for (let turn = 0; turn < 60; turn += 1) {
      kernel.turn();
      kernel.time += 11;
    }
    expect(kernel.handles).toEqual(['/root/.']);
    expect(soFar()).toMatchObject([{ type: 'overflow' }]);
  });
});

test('a flood of events that has no end is told of in parts', () => {
  const { kernel, told, soFar } = armed();
  for (let index = 0; index < 3_000; index += 1) {
    kernel.time += 1;
    kernel.tell('/root/.', false, 'name');
  }
  // Without a single turn. Each part may lack something, so each is an overflow.
  expect(soFar()).toEqual([
    { type: 'overflow', events: 1_024 },
    { type: 'overflow', events: 2_048 },
  ]);
  expect(told()).toEqual([{ type: 'overflow', events: 3_000 }]);
});

test('a directory that may be another one is watched anew before a part of a flood is told that it is in', () => {
  const { kernel, soFar } = armed();
  kernel.tell('/root/sub/.', true, '.');
  for (let index = 0; index < 1_023; index += 1) {
    kernel.time += 1;
    kernel.tell('/root/.', false, 'name');
  }
  expect(soFar()).toHaveLength(1);
  expect(kernel.opened.filter(({ path }) => path === '/root/sub/.')).toHaveLength(2);
});

describe('a directory that the kernel tells something of itself', () => {
  test('is lost when its path stands for nothing or for another one', () => {
    const { kernel, told } = armed();
    kernel.identities.delete('/root/sub');
    kernel.tell('/root/sub/.', true, '.');
    expect(told()).toMatchObject([
      { type: 'gathered' },
      { type: 'lost', directory: '/root/sub', code: 'ENOENT' },
    ]);
    kernel.add('/root', 99n);
    kernel.tell('/root/.', true, '.');
    expect(told()).toMatchObject([
      { type: 'gathered' },
      { type: 'lost', directory: '/root', code: undefined },
    ]);
    expect(kernel.handles).toEqual([]);
  });

  test('is watched anew otherwise, as numbers are given again, and is to be looked at', () => {
    const { kernel, told } = armed();
    kernel.tell('/root/sub/.', true, '.');
    expect(told()).toEqual([touched('/root/sub', { nameless: 'structural' })]);
    expect(kernel.opened.map(({ path, open }) => [path, open])).toEqual([
      ['/root/.', true],
      ['/root/sub/.', false],
      ['/root/sub/.', true],
    ]);
  });

  test('is lost when it cannot be watched anew', () => {
    const { kernel, told } = armed();
    kernel.fault = (call) => {
      if (call === 'watch') throw failure('EACCES');
    };
    kernel.tell('/root/sub/.', true, '.');
    expect(told()).toMatchObject([
      { type: 'gathered' },
      { type: 'lost', directory: '/root/sub', code: 'EACCES' },
    ]);
  });

  test('is not taken for a child that is called like it', () => {
    const { kernel, told } = armed();
    kernel.identities.delete('/root/sub');
    kernel.tell('/root/sub/.', true, 'sub');
    expect(told()).toEqual([touched('/root/sub', { structural: ['sub'] })]);
  });
});

describe('arming', () => {
  const refusalOf = (prepare: (kernel: FakeKernel) => void, as: 'directory' | 'file' = 'directory') => {
    const kernel = new FakeKernel();
    kernel.add('/root');
    prepare(kernel);
    const { thread, told } = threadOn(kernel);
    thread.order({ type: 'arm', paths: ['/root'], as });
    const words = told();
    expect(kernel.handles).toEqual([]);
    return words;
  };
  const refused = (reason: string, code: string) => [{ type: 'refused', directory: '/root', reason, code }];

  test.each([
    ['ENOENT', 'absent'],
    ['ENOTDIR', 'absent'],
    ['EACCES', 'forbidden'],
    ['EPERM', 'forbidden'],
    ['ENOSPC', 'exhausted'],
    ['EMFILE', 'exhausted'],
    ['ENFILE', 'exhausted'],
    ['EIO', 'failed'],
  ])('that fails with %s is refused: %s', (code, reason) => {
    const failing = (kernel: FakeKernel) => {
      kernel.fault = (call) => {
        if (call === 'watch') throw failure(code);
      };
    };
    expect(refusalOf(failing)).toEqual(refused(reason, code));
  });

  test('is refused for a link, or for another kind of file', () => {
    expect(refusalOf((kernel) => kernel.add('/root', 1n, 'other'))).toEqual(refused('absent', 'ENOTDIR'));
    expect(refusalOf(() => {}, 'file')).toEqual(refused('absent', 'EISDIR'));
  });

  test('is refused where the file system is not known to tell of changes', () => {
    const nfs = (kernel: FakeKernel) => {
      kernel.type = 0x6969n;
    };
    expect(refusalOf(nfs)).toEqual(refused('unsupported', '0x6969'));
    const cifs = (kernel: FakeKernel) => {
      // As a machine of 32 bits has it.
      kernel.type = BigInt.asIntN(32, 0xff534d42n);
    };
    expect(refusalOf(cifs)).toEqual(refused('unsupported', '0xff534d42'));
  });

  test('is refused when the path was given to another directory meanwhile', () => {
    const swap = (kernel: FakeKernel) => {
      kernel.fault = (call) => {
        if (call === 'watch') kernel.add('/root', 99n);
      };
    };
    expect(refusalOf(swap)).toEqual(refused('absent', 'ENOENT'));
  });

  test('anew opens before it closes, and tells the hints of the new watch only', () => {
    const { kernel, thread, told } = armed();
    kernel.add('/root/sub', 99n);
    thread.order({ type: 'arm', paths: ['/root/sub'], as: 'directory' });
    expect(told()).toEqual([{ type: 'armed', directories: ['/root/sub'] }]);
    expect(kernel.opened.map(({ open }) => open)).toEqual([true, false, true]);
    kernel.tell('/root/sub/.', false, 'name');
    expect(told()).toEqual([touched('/root/sub', { others: ['name'] })]);
  });

  test('is answered in the order of what was asked, so that the last answer for a directory is the last that is known', () => {
    const kernel = new FakeKernel();
    for (const path of ['/root', '/root/a', '/root/b']) kernel.add(path);
    const { thread, told } = threadOn(kernel);
    kernel.fault = (call, path) => {
      if (call === 'watch' && path === '/root/b/.') kernel.identities.delete('/root/a');
    };
    thread.order({ type: 'arm', paths: ['/root', '/root/a', '/root/b'], as: 'directory' });
    thread.order({ type: 'arm', paths: ['/root/a', '/root'], as: 'directory' });
    expect(told()).toEqual([
      { type: 'armed', directories: ['/root', '/root/a', '/root/b'] },
      { type: 'refused', directory: '/root/a', reason: 'absent', code: 'ENOENT' },
      { type: 'armed', directories: ['/root'] },
    ]);
  });

  test('of many is told in parts, between which the queue is read', () => {
    const kernel = new FakeKernel();
    const paths = Array.from({ length: 30 }, (_, index) => `/${index}`);
    for (const path of paths) kernel.add(path);
    kernel.fault = (call) => {
      if (call === 'watch') kernel.time += 1;
    };
    const { thread, told } = threadOn(kernel);
    thread.order({ type: 'arm', paths, as: 'directory' });
    const words = told();
    expect(words.map((word) => word.type === 'armed' && word.directories.length)).toEqual([5, 5, 5, 5, 5, 5]);
    expect(words.flatMap((word) => (word.type === 'armed' ? word.directories : []))).toEqual(paths);
  });
});

test('a file is watched by itself, and told of by its path', () => {
  const kernel = new FakeKernel();
  kernel.add('/root/file', 7n, 'file');
  const { thread, told } = threadOn(kernel);
  thread.order({ type: 'arm', paths: ['/root/file'], as: 'file' });
  expect(told()).toEqual([{ type: 'armed', directories: ['/root/file'] }]);
  kernel.tell('/root/file', false, 'any');
  expect(told()).toEqual([touched('/root', { others: ['file'] })]);
  kernel.identities.delete('/root/file');
  kernel.tell('/root/file', true, 'file');
  expect(told()).toEqual([
    touched('/root', { structural: ['file'] }),
    { type: 'lost', directory: '/root/file', code: 'ENOENT' },
  ]);
});

describe('a beat', () => {
  test('finds a root that is another one, though the kernel told nothing', () => {
    const { kernel, thread, told } = armed();
    thread.beat();
    expect(told()).toEqual([]);
    kernel.add('/root', 99n);
    thread.beat();
    expect(told()).toEqual([{ type: 'lost', directory: '/root', code: undefined }]);
    thread.beat();
    expect(told()).toEqual([]);
  });

  test('looks at the roots each time, however many directories there are', () => {
    const kernel = new FakeKernel();
    const paths = [...Array.from({ length: 1_000 }, (_, index) => `/root/${index}`), '/root'];
    for (const path of paths) kernel.add(path);
    const { thread, told } = threadOn(kernel);
    thread.order({ type: 'arm', paths, as: 'directory' });
    told();
    kernel.add('/root', 5_000n);
    thread.beat();
    expect(told()).toEqual([{ type: 'lost', directory: '/root', code: undefined }]);
  });

  test('finds other directories after some beats', () => {
    const kernel = new FakeKernel();
    const paths = Array.from({ length: 1_000 }, (_, index) => `/root/${index}`);
    for (const path of paths) kernel.add(path);
    const { thread, told } = threadOn(kernel);
    thread.order({ type: 'arm', paths, as: 'directory' });
    told();
    kernel.add('/root/999', 5_000n);
    for (let beat = 0; beat < 8; beat += 1) thread.beat();
    expect(told()).toEqual([{ type: 'lost', directory: '/root/999', code: undefined }]);
    kernel.add('/root/0', 5_001n);
    for (let beat = 0; beat < 9; beat += 1) thread.beat();
    expect(told()).toEqual([{ type: 'lost', directory: '/root/0', code: undefined }]);
  });

  test('loses what cannot be looked at, and says why', () => {
    const { kernel, thread, told } = armed();
    kernel.fault = (call) => {
      if (call === 'identity') throw failure('EACCES');
    };
    thread.beat();
    expect(told()).toEqual([
      { type: 'lost', directory: '/root', code: 'EACCES' },
      { type: 'lost', directory: '/root/sub', code: 'EACCES' },
    ]);
  });
});

describe('an error', () => {
  test('while an event is handled is told, makes all of the directory doubtful, and is survived', () => {
    const { kernel, told } = armed();
    // What no kernel tells: it is not made of bytes.
    kernel.tell('/root/.', false, null as unknown as Uint8Array);
    expect(told()).toEqual([
      touched('/root', { nameless: 'structural' }),
      { type: 'error', error: expect.any(Error) },
    ]);
    kernel.tell('/root/.', false, 'next');
    expect(told()).toEqual([touched('/root', { others: ['next'] })]);
  });

  test('in a turn is told, makes everything doubtful, and is survived', () => {
    const { kernel, thread, told } = armed();
    kernel.fault = (call) => {
      if (call === 'remove') throw new TypeError('it does not close');
    };
    thread.order({ type: 'disarm', paths: ['/root/sub'] });
    expect(told()).toMatchObject([
      { type: 'error', error: { name: 'TypeError', message: 'it does not close' } },
      { type: 'overflow' },
    ]);
    kernel.tell('/root/.', false, 'next');
    expect(told()).toEqual([touched('/root', { others: ['next'] })]);
  });

  test('can be sent to another thread, whatever was thrown', () => {
    const { thread, told } = armed();
    const odd = Object.assign(new RangeError('odd'), { call: () => {} });
    thread.survive(odd);
    thread.survive(() => {});
    const errors = told().flatMap((word) => (word.type === 'error' ? [word.error] : []));
    expect(errors.map((error) => structuredClone(error).name)).toEqual(['RangeError', 'Error']);
    expect(errors[0]?.stack).toBe(odd.stack);
  });
});

test('closing leaves nothing open, and nothing to be done', () => {
  const { kernel, thread, told } = armed();
  thread.order({ type: 'sync', id: 1 });
  told();
  expect(kernel.handles).toHaveLength(3);
  kernel.tell('/root/.', false, 'a');
  thread.close();
  expect(kernel.handles).toEqual([]);
  kernel.pass(10_000);
  expect(told()).toEqual([]);
});
