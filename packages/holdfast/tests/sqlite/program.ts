/**
 * A process that uses a store, told by messages what to do. `flood` commits on and on and tells of each acknowledgement;
 * `lock` and `read` keep a transaction open, past any store.
 */
import { DatabaseSync } from 'node:sqlite';
import { sqliteStore } from '../../src/adapters/sqlite/index.ts';
import type { Store } from '../../src/stores/store.ts';
import type { Command, Reply } from './child.ts';
import { numbered } from './record.ts';

let store: Store | undefined;
const connections: DatabaseSync[] = [];

const opened = (): Store => {
  if (store === undefined) throw new Error('nothing is open');
  return store;
};

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
      flood(command.name);
      return undefined;
    case 'transact': {
      const connection = new DatabaseSync(command.path);
      connections.push(connection);
      connection.exec(command.sql);
      // A read transaction begins with its first read.
      return connection.prepare('SELECT count(*) AS count FROM records').get()?.count;
    }
    case 'close':
      await opened().close();
      process.disconnect?.();
      return undefined;
  }
}

function flood(name: string): void {
  const send = process.send?.bind(process);
  let next = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      const record = `${name}-${next++}`;
      if ((await opened().commit(numbered(record))) === 'committed')
        send?.({ acknowledged: record } satisfies Reply);
    }
  };
  for (let lane = 0; lane < 8; lane += 1) void one();
}

process.on('message', ({ id, command }: { readonly id: number; readonly command: Command }) => {
  obey(command).then(
    (value) => process.connected && process.send?.({ id, value } satisfies Reply),
    (error: Error & { code?: string }) =>
      process.connected && process.send?.({ id, error: `${error.code} ${error.message}` } satisfies Reply),
  );
});
