import { watch } from 'node:fs';
import { type Open, Told } from './watcher.ts';

export const open: Open = async (root) => {
  const told = new Told();
  const watcher = watch(root, { recursive: true }, (_, path) => {
    if (path !== null) told.add(path);
  });
  watcher.on('error', () => told.complain());
  // It gives no sign when all directories are watched.
  await told.silent();
  return told.by(async () => watcher.close());
};
