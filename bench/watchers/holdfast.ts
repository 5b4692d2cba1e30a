import { openWorkspace } from 'holdfast/workspace';
import { type Open, Told } from './watcher.ts';

export const open: Open = async (root, paths) => {
  const workspace = await openWorkspace(root);
  const told = new Told();
  workspace.watch?.subscribe((event) => {
    if (event.type === 'workspace.changed') for (const { name } of event.changes) told.add(name);
    else if (event.type !== 'workspace.state') told.complain();
    else if (event.status.state === 'UNKNOWN' || event.status.state === 'DEGRADED') told.complain();
  });
  for (const path of paths) await workspace.hash(path);
  await workspace.sync();
  told.complaints = 0;
  return told.by(
    () => workspace.close(),
    () => workspace.sync(),
  );
};
