import { type Terms, type WayName, type Work, ways } from '../guard/way.ts';
import { inTurns, type Share } from './hit.ts';

export interface GuardCostOptions {
  readonly way: WayName;
  readonly terms: Terms;
  readonly calls: number;
  readonly warmUp: number;
  readonly rounds: number;
}

const answer = 'an answer';

/** A call that needs none of what it is guarded by, against the bare promise, each awaited before the next. */
export async function measureGuardCost(options: GuardCostOptions): Promise<Share> {
  const { calls } = options;
  const way = await ways[options.way](options.terms);
  const { signal } = new AbortController();
  const work: Work = async () => answer;
  const floor = async () => {
    let answers = 0;
    for (let i = 0; i < calls; i++) if ((await work(signal)) === answer) answers += 1;
    return answers;
  };
  const own = async () => {
    let answers = 0;
    for (let i = 0; i < calls; i++) if ((await way.call(work, 'scope')) === answer) answers += 1;
    return answers;
  };
  return inTurns(options, calls, floor, own);
}
