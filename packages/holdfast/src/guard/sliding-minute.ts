/**
 * Requests and their tokens in any 60 seconds.
 *
 * The provider counts a request when it comes in: after it was sent, and before it was answered. Counting from the
 * send alone would let the next minute's first request overtake this minute's slowest one. So a request counts until
 * a minute after its answer, or after `arrival` more than its send, whichever comes first.
 */
const minute = 60_000;

type Phase =
  | { readonly kind: 'reserved' }
  | { readonly kind: 'sent'; readonly at: number }
  | { readonly kind: 'settled'; readonly until: number }
  | { readonly kind: 'over' };

interface Counted {
  tokens: number;
  phase: Phase;
}

export type { Counted };

export class SlidingMinute {
  readonly #arrival: number;
  /** Reserved and sent: as many as are under way. */
  readonly #flying = new Set<Counted>();
  /** Settled, by when they end. */
  readonly #settled: Counted[] = [];
  #requests = 0;
  #tokens = 0;

  constructor(arrival: number) {
    this.#arrival = arrival;
  }

  requests(now: number): number {
    this.#expire(now);
    return this.#requests;
  }

  tokens(now: number): number {
    this.#expire(now);
    return this.#tokens;
  }

  reserve(tokens: number): Counted {
    const counted: Counted = { tokens, phase: { kind: 'reserved' } };
    this.#flying.add(counted);
    this.#requests += 1;
    this.#tokens += tokens;
    return counted;
  }

  sent(counted: Counted, now: number): void {
    if (counted.phase.kind === 'reserved') counted.phase = { kind: 'sent', at: now };
  }

  settle(counted: Counted, now: number, tokens = counted.tokens): void {
    if (counted.phase.kind !== 'sent') return;
    this.#expire(now);
    if (!this.#flying.delete(counted)) return;
    this.#tokens += tokens - counted.tokens;
    counted.tokens = tokens;
    const until = Math.min(now, counted.phase.at + this.#arrival) + minute;
    counted.phase = { kind: 'settled', until };
    let place = this.#settled.length;
    while (place > 0 && endOf(this.#settled[place - 1] as Counted) > until) place -= 1;
    this.#settled.splice(place, 0, counted);
    this.#expire(now);
  }

  cancel(counted: Counted): void {
    if (counted.phase.kind !== 'reserved') return;
    this.#flying.delete(counted);
    this.#drop(counted);
  }

  /** The earliest that the `count`th request from now on can be let in under a limit; 0 for at once. */
  waitForRequests(now: number, count: number, limit: number): number {
    return this.#wait(now, count, limit, this.requests(now), () => 1);
  }

  /** The earliest that so many tokens have been let in. */
  waitForTokens(now: number, tokens: number, limit: number): number {
    return this.#wait(now, tokens, limit, this.tokens(now), (counted) => counted.tokens);
  }

  /** What is over the limit comes in later minutes, each of which repeats the one before. */
  #wait(
    now: number,
    wanted: number,
    limit: number,
    used: number,
    size: (counted: Counted) => number,
  ): number {
    if (wanted <= 0) return 0;
    if (limit <= 0) return Number.POSITIVE_INFINITY;
    const minutes = Math.ceil(wanted / limit) - 1;
    let missing = wanted - minutes * limit - (limit - used);
    if (missing <= 0) return minutes * minute;
    for (const { until, counted } of this.#ends(now)) {
      missing -= size(counted);
      if (missing <= 0) return until - now + minutes * minute;
    }
    return (minutes + 1) * minute;
  }

  /** When each ends at the earliest, in order; walked no further than is asked, as a minute may hold thousands. */
  *#ends(now: number): Generator<{ readonly until: number; readonly counted: Counted }> {
    const flying = [...this.#flying].map((counted) => {
      const { phase } = counted;
      const answered = phase.kind === 'sent' ? Math.min(now, phase.at + this.#arrival) : now;
      return { until: answered + minute, counted };
    });
    flying.sort((one, other) => other.until - one.until);
    for (const counted of this.#settled) {
      const until = endOf(counted);
      for (let next = flying.at(-1); next !== undefined && next.until < until; next = flying.at(-1)) {
        flying.pop();
        yield next;
      }
      yield { until, counted };
    }
    yield* flying.reverse();
  }

  #expire(now: number): void {
    let over = 0;
    for (const counted of this.#settled) {
      if (endOf(counted) > now) break;
      this.#drop(counted);
      over += 1;
    }
    if (over > 0) this.#settled.splice(0, over);
    for (const counted of this.#flying) {
      if (counted.phase.kind !== 'sent' || counted.phase.at + this.#arrival + minute > now) continue;
      this.#flying.delete(counted);
      this.#drop(counted);
    }
  }

  #drop(counted: Counted): void {
    counted.phase = { kind: 'over' };
    this.#requests -= 1;
    this.#tokens -= counted.tokens;
  }
}

function endOf(counted: Counted): number {
  return counted.phase.kind === 'settled' ? counted.phase.until : Number.POSITIVE_INFINITY;
}
