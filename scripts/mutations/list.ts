import { answerMutations } from './answer-list.ts';
import { checkMutations } from './check-list.ts';
import { exchangeMutations } from './exchange-list.ts';
import { faultMutations } from './fault-list.ts';
import { fileMutations } from './file-list.ts';
import { generationMutations } from './generation-list.ts';
import { guardMutations } from './guard-list.ts';
import { ledgerMutations } from './ledger-list.ts';
import { limitMutations } from './limit-list.ts';
import type { Mutation } from './mutation.ts';
import { signatureMutations } from './signature-list.ts';
import { storeMutations } from './store-list.ts';
import { streamMutations } from './stream-list.ts';
import { tierMutations } from './tier-list.ts';
import { watchMutations } from './watch-list.ts';
import { watcherMutations } from './watcher-list.ts';

/** Every rule that has to have a test. */
export const mutations: readonly Mutation[] = [
  ...checkMutations,
  ...generationMutations,
  ...fileMutations,
  ...watchMutations,
  ...watcherMutations,
  ...storeMutations,
  ...tierMutations,
  ...faultMutations,
  ...signatureMutations,
  ...limitMutations,
  ...guardMutations,
  ...streamMutations,
  ...exchangeMutations,
  ...answerMutations,
  ...ledgerMutations,
];
