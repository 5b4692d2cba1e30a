import type { Mutation } from './mutation.ts';
import { signatureMutations } from './signature-list.ts';
import { storeMutations } from './store-list.ts';
import { traceMutations } from './trace-list.ts';
import { watchMutations } from './watch-list.ts';

/** Every rule that has to have a test. */
export const mutations: readonly Mutation[] = [
  ...traceMutations,
  ...watchMutations,
  ...storeMutations,
  ...signatureMutations,
];
