/**
 * A process that uses a store, told by messages what to do. `flood` commits on and on and tells of each acknowledgement;
 * `transact` keeps a transaction open, past any store.
 */
import { DatabaseSync } from 'node:sqlite';
import { sqliteStore } from '../../src/adapters/sqlite/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { obeying } from '../child.ts';
import type { Acknowledgement, Command } from './child.ts';
import { madeOf, numbered } from './record.ts';
import { ToldCache } from './told-cache.ts';

let store: Store | undefined;
let told: ToldCache | undefined;
const connections: DatabaseSync[] = [];

const opened = (): Store => {
  if (store === undefined) throw new Error('nothing is open');
  return store;
};

function over(): ToldCache {
  told ??= new ToldCache(opened());
  return told;
}

async function obey(command: Command): Promise<unknown> {
  switch (command.type) {
    case 'open':
      store = await sqliteStore(command.path, command.options);
      return store.status();
    case 'commit':
      return opened().commit(numbered(command.name), command.fence);
    case 'read':
      return (await opened().read(numbered(command.name).hash)) !== undefined;
    case 'acquire':
      return opened().acquire(numbered(command.name).hash, command.term);
    case 'flood':
      flood(command.name, command.what === 'records' ? commit : set);
      return undefined;
    case 'make': {
      const { value, outcome } = await over().cache.resolve(command.name, async () => madeOf(command.name));
      return { value, outcome };
    }
    case 'invalidate':
      return opened().invalidate({ hash: numbered(command.name).hash });
    case 'failures':
      return over().failures;
    case 'stored':
      return over().stored(command.name);
    case 'transact': {
      const connection = new DatabaseSync(command.path);
      connections.push(connection);
      connection.exec(command.sql);
      // A read transaction begins with its first read.
      return connection.prepare('SELECT count(*) AS count FROM records').get()?.count;
    }
    case 'close':
      await (told?.cache ?? opened()).close();
      process.disconnect?.();
      return undefined;
  }
}

const commit = async (name: string) => (await opened().commit(numbered(name))) === 'committed';
const set = async (name: string) => (await over().cache.set(name, madeOf(name))).persisted;

function flood(name: string, write: (name: string) => Promise<boolean>): void {
  const send = process.send?.bind(process);
  let next = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      const record = `${name}-${next++}`;
      if (await write(record)) send?.({ acknowledged: record } satisfies Acknowledgement);
    }
  };
  for (let lane = 0; lane < 3; lane += 1) void one();
}

obeying(obey);
