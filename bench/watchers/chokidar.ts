import { once } from 'node:events';
import { watch } from 'chokidar';
import { type Open, Told } from './watcher.ts';

export const open: Open = async (root) => {
  const told = new Told();
  const watcher = watch('.', { cwd: root, ignoreInitial: true });
  watcher.on('all', (_, path) => told.add(path));
  watcher.on('error', () => told.complain());
  await once(watcher, 'ready');
  return told.by(() => watcher.close());
};
