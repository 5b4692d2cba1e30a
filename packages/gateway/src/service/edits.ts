import type { EditCost, LastEdit } from '../api/index.ts';
import { EditAccount } from './edit-account.ts';
import { editSentence } from './edit-sentence.ts';

/** What edits cost, for two who are told at different times: those who listen, and who asks for a look. */
export class Edits {
  readonly #untold = new EditAccount();
  readonly #sinceLook = new EditAccount();
  #last: LastEdit | undefined;

  note(write: (account: EditAccount) => void): void {
    write(this.#untold);
    write(this.#sinceLook);
  }

  /** Something has happened that nobody has been told of. */
  get untold(): boolean {
    return !this.#untold.isEmpty;
  }

  get last(): LastEdit | undefined {
    return this.#last;
  }

  /** @param files those that are listed now */
  tell(files: ReadonlySet<string>): LastEdit & { readonly cost: EditCost } {
    const cost = this.#untold.take(files);
    this.#last = { at: Date.now(), sentence: editSentence(cost) };
    return { ...this.#last, cost };
  }

  /** @param files those that are listed now */
  sinceLook(files: ReadonlySet<string>): EditCost {
    return this.#sinceLook.take(files);
  }
}
