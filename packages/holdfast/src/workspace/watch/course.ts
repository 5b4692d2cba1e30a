import type { Clock, Timer } from '../../lib/clock.ts';
import type { Arming } from './arming.ts';
import type { Hearing } from './hearing.ts';
import type { Inspector } from './inspection.ts';
import type { Lifeline } from './lifeline.ts';
import type { Patrol } from './patrol.ts';
import type { Places } from './places.ts';
import type { WatchReport } from './platform.ts';
import type { Settling } from './settling.ts';
import type { Standing } from './standing.ts';
import type { Telling } from './telling.ts';

/** Hints were lost, so more are on their way: so long before all is looked at. */
const afterOverflow = 100;
/** A root that is gone, and a machine without watches, are tried again after so long. */
const rootRetry = 500;
const exhaustedRetry = 30_000;
/** So long answers are waited for from a platform that says other things meanwhile. */
const answerTime = 5_000;
/** New directories are armed and looked at again, but not for ever if ever more of them appear. */
const mostRounds = 8;

const rootGone = 'the root of the workspace is gone';

export interface CourseGround {
  readonly root: string;
  readonly clock: Pick<Clock, 'now' | 'setTimeout'>;
  readonly places: Places;
  readonly arming: Arming;
  readonly hearing: Hearing;
  readonly settling: Settling;
  readonly standing: Standing;
  readonly telling: Telling;
  readonly inspector: Inspector;
  readonly line: Lifeline | undefined;
  readonly patrol: Patrol;
}

/** Takes the watching from state to state, by what the platform says. */
export class Course {
  readonly #ground: CourseGround;
  /** Another one each time that everything is begun anew: what was under way for an earlier one comes to nothing. */
  #attempt = {};
  /** Whether what the platform says counts: otherwise everything is looked at anew anyway. */
  #isHearing = false;
  #retry: Timer | undefined;

  constructor(ground: CourseGround) {
    this.#ground = ground;
  }

  get isRootGone(): boolean {
    const { status } = this.#ground.standing;
    return status.state === 'UNKNOWN' && status.reason === rootGone;
  }

  /** Everything anew: nothing that was heard counts any more. */
  begin(reason: string): void {
    const { arming, places, patrol, standing } = this.#ground;
    if (standing.isOff) return;
    const attempt = this.#anew();
    patrol.stop();
    standing.enter({ state: 'UNKNOWN', epoch: standing.status.epoch + 1, reason });
    if (attempt !== this.#attempt) return;
    arming.begin();
    for (const directory of places.directories.all()) arming.wanted(directory);
    this.#isHearing = true;
    this.#scan(attempt).catch((error: unknown) => this.#ground.telling.fail(error));
  }

  /** Everything is polled, and after a while watching is tried again, if that can help. */
  degrade(reason: string, retry?: number): void {
    const { arming, places, patrol, settling, standing } = this.#ground;
    if (standing.isOff) return;
    const attempt = this.#anew();
    arming.end(places.directories.all());
    patrol.stop();
    standing.enter({ state: 'DEGRADED', epoch: standing.status.epoch + 1, reason });
    if (attempt !== this.#attempt) return;
    if (retry !== undefined) this.#later(retry, () => this.begin('watching is tried again'));
    // Some were not looked at yet, as they waited for a watch.
    settling.add(places.all());
    settling.begin();
    patrol.poll();
  }

  /** The platform is dead. @param often it is not the first time */
  die(error: Error, often: boolean): void {
    const { arming, places, standing, telling } = this.#ground;
    if (standing.isOff) return;
    telling.fail(error);
    arming.giveUp();
    if (often) {
      this.degrade('the watching broke down again and again');
      return;
    }
    this.#anew();
    arming.end(places.directories.all());
    const { epoch } = standing.status;
    standing.enter({ state: 'UNKNOWN', epoch: epoch + 1, reason: 'the watching broke down' });
  }

  /** What the platform says. What cannot be made sense of may have been about anything. */
  hear(report: WatchReport): void {
    try {
      this.#hear(report);
    } catch (error) {
      this.#ground.telling.fail(error);
      this.#unsettle('a report of the platform could not be understood');
    }
  }

  /**
   * Resolves when everything that was heard of was looked at, and what that takes is armed; of what changes all the time,
   * after some rounds. @param alive keeps the process alive meanwhile
   */
  async settled(alive: boolean): Promise<void> {
    const { arming, settling, standing } = this.#ground;
    for (let round = 0; round < mostRounds && !standing.isOff; round += 1) {
      if (!arming.isComplete) await this.#answered(alive);
      else if (settling.isDone) return;
      await settling.round();
    }
  }

  /** Resolves when what is asked for by now was answered, in however many pieces; each is not a round. */
  async #answered(alive: boolean): Promise<void> {
    const { arming, clock, standing, line } = this.#ground;
    // A microtask later everything that is wanted was asked for.
    await undefined;
    const isAnswered = arming.answers();
    const end = clock.now() + answerTime;
    while (!isAnswered() && !standing.isOff && clock.now() < end) await line?.heard(alive);
  }

  /** @returns whether the root is there again, so that everything is begun anew */
  seekRoot(): boolean {
    const isThere = this.#ground.inspector.hasRoot();
    if (isThere) this.begin('the root of the workspace was gone');
    else this.#awaitRoot();
    return isThere;
  }

  close(): void {
    const { patrol, standing } = this.#ground;
    this.#anew();
    patrol.stop();
    standing.enter({ state: 'OFF', epoch: standing.status.epoch });
  }

  async #scan(attempt: object): Promise<void> {
    const { arming, patrol, places, settling, standing, line } = this.#ground;
    // A microtask later everything that is wanted was asked for.
    await undefined;
    while (attempt === this.#attempt && !arming.isComplete) await line?.heard(false);
    if (attempt !== this.#attempt) return;
    const { epoch } = standing.status;
    standing.enter({ state: 'SCANNING', epoch });
    if (attempt !== this.#attempt) return;
    // What happened before everything was armed was not told.
    places.forget(standing.next());
    settling.add(places.all());
    settling.begin();
    await this.settled(false);
    if (attempt !== this.#attempt) return;
    standing.enter({ state: 'LIVE', epoch });
    if (attempt !== this.#attempt) return;
    line?.lives();
    patrol.trust();
  }

  #hear(report: WatchReport): void {
    const { hearing, inspector, telling } = this.#ground;
    if (report.type === 'warning') {
      telling.warn(inspector.relative(report.directory), new Error(report.message));
    } else if (report.type === 'error') {
      telling.fail(report.error);
    } else if (!this.#isHearing) {
      this.#count(report);
    } else if (report.type === 'touched') {
      hearing.touch(report.hints);
    } else if (report.type === 'armed') {
      hearing.arm(report.directories);
    } else if (report.type === 'refused') {
      this.#refuse(report);
    } else if (report.type === 'lost') {
      this.#lose(report.directory);
    } else if (report.type === 'overflow') {
      this.#unsettle(`${report.events} events came at once, so that some may have been lost`);
    }
  }

  /** An answer that comes too late is an answer. */
  #count(report: WatchReport): void {
    const { arming } = this.#ground;
    if (report.type === 'armed') for (const path of report.directories) arming.answered(path);
    else if (report.type === 'refused') arming.answered(report.directory);
  }

  #refuse({ directory: path, reason, code }: Extract<WatchReport, { type: 'refused' }>): void {
    const { arming, hearing, line, patrol, places, root, standing } = this.#ground;
    if (!arming.answered(path)) return;
    const directory = places.directories.get(path);
    if (directory === undefined) return;
    if (reason === 'exhausted') {
      this.degrade(`the machine has no watches left (${code})`, exhaustedRetry);
    } else if (path !== root) {
      hearing.refuse(directory, reason === 'absent', code);
      if (standing.status.state === 'LIVE') patrol.trust();
    } else if (reason === 'absent') {
      this.#awaitRoot();
    } else if (reason === 'unsupported') {
      this.degrade(`the file system (${code}) does not tell of changes`);
      // Nothing is asked for again: no thread is kept for that, and nobody waits for its answers.
      void line?.close();
      arming.giveUp();
    } else {
      this.degrade(`the root of the workspace cannot be watched (${code})`, exhaustedRetry);
    }
  }

  #lose(path: string): void {
    const { hearing, root } = this.#ground;
    if (path === root) this.begin('the root of the workspace is another directory, or is gone');
    else hearing.lose(path);
  }

  #unsettle(reason: string): void {
    const { standing } = this.#ground;
    if (!this.#isHearing) return;
    const attempt = this.#anew();
    standing.enter({ state: 'UNKNOWN', epoch: standing.status.epoch + 1, reason });
    if (attempt === this.#attempt) this.#later(afterOverflow, () => this.begin(reason));
  }

  #awaitRoot(): void {
    const { standing } = this.#ground;
    const attempt = this.#anew();
    const { epoch } = standing.status;
    if (!this.isRootGone) standing.enter({ state: 'UNKNOWN', epoch, reason: rootGone });
    if (attempt === this.#attempt) this.#later(rootRetry, () => void this.seekRoot());
  }

  /** What was begun comes to nothing, and nothing is heard or looked at until something else is. */
  #anew(): object {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#isHearing = false;
    this.#ground.arming.rest();
    this.#ground.settling.rest();
    this.#attempt = {};
    return this.#attempt;
  }

  #later(milliseconds: number, act: () => void): void {
    this.#retry = this.#ground.clock.setTimeout(() => this.#ground.telling.guard(act), milliseconds);
    this.#retry.unref();
  }
}
