/** A process with a watcher: `watcher-program.ts <name> <root>`. What it reads, and what it is to do, comes in messages. */
import { execFileSync } from 'node:child_process';
import { type Watcher, type WatcherName, watchers } from '../watchers/watcher.ts';

export type Order =
  | { readonly type: 'open'; readonly paths: readonly string[] }
  /** Runs a program, and nothing else meanwhile: the event loop stands still. */
  | { readonly type: 'block'; readonly program: readonly string[] }
  /** Of what was told since the last time. */
  | { readonly type: 'tell' }
  | { readonly type: 'close' };

export interface Answer {
  readonly told: readonly string[];
  readonly complaints: number;
}

const [name, root] = process.argv.slice(2) as [WatcherName, string];
let watcher: Watcher | undefined;

async function obey(order: Order): Promise<Answer> {
  let told: string[] = [];
  switch (order.type) {
    case 'open':
      watcher = await (await watchers[name]())(root, order.paths);
      break;
    case 'block':
      execFileSync(process.execPath, order.program, { stdio: 'ignore' });
      break;
    case 'tell':
      await watcher?.settle();
      told = [...(watcher?.take() ?? [])];
      break;
    case 'close':
      await watcher?.close();
      setImmediate(() => process.exit());
  }
  return { told, complaints: watcher?.complaints ?? 0 };
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
