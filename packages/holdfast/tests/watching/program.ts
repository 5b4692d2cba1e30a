/** A process with a witness, told by messages what to do. */
import { obeying } from '../child.ts';
import type { Command } from './child.ts';
import { leftovers } from './leftovers.ts';
import { Witness } from './witness.ts';

let witness: Witness | undefined;

const opened = (): Witness => {
  if (witness === undefined) throw new Error('nothing is open');
  return witness;
};

async function obey(command: Command): Promise<unknown> {
  switch (command.type) {
    case 'open':
      witness = await Witness.open(command.root, command.options);
      return undefined;
    case 'watch':
      return opened().watch(command.paths, command.questions);
    case 'reckon':
      return opened().reckon();
    case 'status':
      return opened().workspace.status();
    case 'told':
      await opened().until((one) => one.toldOf(command.path) !== command.digest);
      return opened().toldOf(command.path);
    case 'close':
      await opened().close();
      setImmediate(() => process.disconnect?.());
      return leftovers();
  }
}

obeying(obey);
