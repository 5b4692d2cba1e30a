import type { Mutation } from './mutation.ts';

const faults = 'src/workspace/watch/watching-faults.test.ts';
const known = 'src/workspace/watch/watcher.test.ts';
const model = 'src/workspace/watch/watcher.model.test.ts';
const polled = 'src/workspace/watch/watching-polled.test.ts';
const states = 'src/workspace/watch/watching-states.test.ts';
const sync = 'src/workspace/watch/watching-sync.test.ts';
const syncs = 'src/workspace/watch/syncs.test.ts';
const thread = 'src/workspace/watch/watch-thread.test.ts';

/** The rules of *Watching*: what is known without a look, and what may have been missed. */
export const watcherMutations: readonly Mutation[] = [
  {
    rule: 'what a check found holds only where nothing was heard of it since the check began',
    promise: 4,
    file: 'workspace/watch/place.ts',
    find: 'since < 0 || this.touchedAt > since || ',
    replace: 'since < 0 || ',
    tests: [known, model],
  },
  {
    rule: 'what was known of a place is not any more once something was heard of it',
    promise: 4,
    file: 'workspace/watch/place.ts',
    find: '    this.#touchedAt = revision;\n    this.#digest = undefined;\n',
    replace: '    this.#touchedAt = revision;\n',
    tests: [known, model],
  },
  {
    rule: 'nothing holds but while everything is heard of: the revision is negative unless the state is LIVE',
    promise: 4,
    file: 'workspace/watch/standing.ts',
    find: "this.#status.state === 'LIVE' ? this.#count : -1",
    replace: "this.#status.state === 'OFF' ? -1 : this.#count",
    tests: [states, model],
  },
  {
    rule: 'a directory is armed before what is in it counts as looked at: what happened before was not told',
    promise: 4,
    file: 'workspace/watch/hearing.ts',
    find: '      for (const place of directory.reach()) {\n        place.astray = true;\n        touched.add(place);\n      }\n    }\n    settling.touch(touched);\n',
    replace: '    }\n    settling.touch(touched);\n',
    tests: [known, model],
  },
  {
    rule: 'what was in a directory that is gone is astray: the way to it is looked for anew',
    promise: 4,
    file: 'workspace/watch/hearing.ts',
    find: '      place.astray = true;\n      touched.add(place);\n    }\n    this.#ground',
    replace: '      touched.add(place);\n    }\n    this.#ground',
    tests: [polled],
  },
  {
    rule: 'where events may have been lost everything is begun anew',
    promise: 4,
    file: 'workspace/watch/course.ts',
    find: 'if (attempt === this.#attempt) this.#later(afterOverflow, () => this.begin(reason));',
    replace:
      "if (attempt === this.#attempt) standing.enter({ state: 'LIVE', epoch: standing.status.epoch });",
    tests: [states, model],
  },
  {
    rule: 'half of a full queue in one turn means that events may have been lost',
    promise: 4,
    file: 'workspace/watch/burst.ts',
    find: 'Math.floor(queueLength / 2)',
    replace: 'queueLength',
    tests: [thread],
  },
  {
    rule: 'what makes room for others is not known any more',
    promise: 4,
    file: 'workspace/watch/places.ts',
    find: '    if (lost.size > 0) this.#onLost();\n',
    replace: '',
    tests: [known],
  },
  {
    rule: 'a sync waits until what was heard was looked at',
    promise: 4,
    file: 'workspace/watch/watcher.ts',
    find: '    await this.#course.settled(true);\n',
    replace: '',
    tests: [known, model],
  },
  {
    rule: 'a cookie answers only the syncs that were asked for before it was left',
    promise: 4,
    file: 'workspace/watch/syncs.ts',
    find: 'if (group.cookie <= cookie) group',
    replace: 'if (group.cookie >= 0) group',
    tests: [syncs],
  },
  {
    rule: 'where the platform misses a cookie everything is begun anew',
    promise: 4,
    file: 'workspace/watch/watcher.ts',
    find: "      this.#course.begin('the platform did not tell of a file that was written to ask it');\n",
    replace: '      await undefined;\n',
    tests: [sync],
  },
  {
    rule: 'a platform that dies is started again',
    promise: 4,
    file: 'workspace/watch/lifeline.ts',
    find: 'this.#clock.setTimeout(() => this.open(), wait);',
    replace: 'this.#clock.setTimeout(() => {}, wait);',
    tests: [states, model],
  },
  {
    rule: 'after three deaths in a row everything is polled',
    promise: 4,
    file: 'workspace/watch/lifeline.ts',
    find: 'this.#deaths >= manyDeaths',
    replace: 'this.#deaths > manyDeaths',
    tests: [states],
  },
  {
    rule: 'a listener that throws ends nothing',
    promise: 4,
    file: 'workspace/watch/telling.ts',
    find: '      } catch (error) {\n        this.fail(error);\n      }\n    }\n  }\n',
    replace: '      } finally {\n      }\n    }\n  }\n',
    tests: [faults],
  },
  {
    rule: 'everything is looked at each minute, as there are changes that no machine tells of',
    promise: 4,
    file: 'workspace/watch/patrol.ts',
    find: '    this.#audit.start(() => this.#places.all(), auditEvery);\n',
    replace: '',
    tests: [polled],
  },
  {
    rule: 'a file that was written again as it was is no change',
    promise: 5,
    file: 'workspace/watch/settling.ts',
    find: 'known === undefined || known === sight.digest) return;',
    replace: 'known === undefined) return;',
    tests: [known, model],
  },
];
