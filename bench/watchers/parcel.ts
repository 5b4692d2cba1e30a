import { relative } from 'node:path';
import watcher from '@parcel/watcher';
import { type Open, Told } from './watcher.ts';

export const open: Open = async (root) => {
  const told = new Told();
  const subscription = await watcher.subscribe(root, (error, events) => {
    if (error !== null) told.complain();
    for (const { path } of events ?? []) told.add(relative(root, path));
  });
  return told.by(() => subscription.unsubscribe());
};
