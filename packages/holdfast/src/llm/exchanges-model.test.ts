import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { assertInvariants } from '../testing/invariants.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import type { ExchangeAnswer } from './exchange-answer.ts';
import { Exchanges } from './exchanges.ts';
import { type Arrival, asking, PlainUpstream, plain } from './plain-provider.test-support.ts';

/*
 * Callers of one question come, read, and leave in any order, while the provider writes, ends, breaks and fails, and the entry is
 * invalidated. Whatever happens: what a caller reads is a beginning of what one request brought, and all of it where it ends
 * well; what everybody has left is ended upstream; only what ended well is kept.
 */

type Step =
  | { readonly do: 'ask'; readonly stream: boolean }
  | { readonly do: 'read' | 'leave' | 'abort'; readonly who: number }
  | { readonly do: 'begin' | 'write' | 'good' | 'cut' | 'reset' | 'told' | 'refuse' | 'invalidate' };

const who = fc.nat();
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), stream: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'leave' as const, 'abort' as const), who }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('begin' as const, 'write' as const, 'write' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'good' as const,
        'cut' as const,
        'reset' as const,
        'told' as const,
        'refuse' as const,
        'invalidate' as const,
      ),
    }),
  },
);

interface Written {
  text: string;
  ended: Step['do'] | undefined;
}

class Upstream extends PlainUpstream {
  readonly written = new Map<Arrival, Written>();
  lines = 0;

  /** The last request that is still answered. */
  get current(): Arrival | undefined {
    return this.arrivals.findLast((arrival) => !arrival.aborted && this.of(arrival).ended === undefined);
  }

  of(arrival: Arrival): Written {
    const known = this.written.get(arrival) ?? { text: '', ended: undefined };
    this.written.set(arrival, known);
    return known;
  }

  send(text: string): void {
    const { current } = this;
    if (current === undefined) return;
    const known = this.of(current);
    if (known.text === '') current.begin();
    known.text += text;
    current.write(text);
  }

  close(how: Step['do']): void {
    const { current } = this;
    if (current === undefined) return;
    const known = this.of(current);
    if (how === 'refuse' && known.text === '') current.whole('no', 400);
    else if (how === 'reset') current.reset();
    else {
      this.send(how === 'good' ? 'end\n' : how === 'told' ? 'error 400\n' : 'cut\n');
      current.end();
    }
    known.ended = how;
  }
}

class Caller {
  readonly controller = new AbortController();
  readonly answer: Promise<ExchangeAnswer>;
  readonly reading: Promise<unknown>[] = [];
  text = '';
  end: 'whole' | 'failed' | undefined;
  gone = false;
  /** `as document` where the answer was written in another form. */
  body: ExchangeAnswer['body'] | undefined;
  status = 0;

  readonly stream: boolean;

  constructor(exchanges: Exchanges, stream: boolean) {
    this.stream = stream;
    this.answer = exchanges.ask(asking({ prompt: 'hello', stream }), { signal: this.controller.signal });
    this.answer.then(
      ({ body, status }) => {
        this.status = status;
        this.body = body;
        if (body instanceof Uint8Array) {
          this.text = Buffer.from(body)
            .toString()
            .replace(/^as .*\n/, '');
          this.end = 'whole';
        }
      },
      () => {
        this.end = 'failed';
      },
    );
  }

  read(): void {
    if (this.body === undefined || this.body instanceof Uint8Array) return;
    const taking = this.body.next().then(
      ({ done, value }) => {
        if (done !== true) this.text += Buffer.from(value).toString();
        // A failure is told once: who asks again hears that there is no more.
        else if (!this.gone) this.end ??= 'whole';
      },
      () => {
        this.end = 'failed';
      },
    );
    this.reading.push(taking);
  }

  leave(): void {
    if (this.body === undefined || this.body instanceof Uint8Array) return;
    this.gone = true;
    void this.body.return?.();
  }

  async readOn(): Promise<void> {
    for (let before = ''; this.end === undefined && !this.gone; before = this.text) {
      this.read();
      await settled();
      if (this.text === before) return;
    }
  }
}

function isStream({ init }: Arrival): boolean {
  return String(init.body).includes('"stream":true');
}

/** One of those who have come. */
function of(callers: readonly Caller[], who: number): Caller | undefined {
  return callers[who % Math.max(1, callers.length)];
}

it('give each caller a beginning of what came for one request, whatever happens to it and to the others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const upstream = new Upstream();
      const exchanges = new Exchanges({
        provider: plain,
        fetch: upstream.fetch,
        clock: new ManualClock(),
        retry: { attempts: 1 },
        breaker: false,
      });
      const callers: Caller[] = [];
      const kept = new Set<string>();
      for (const each of steps) {
        if (each.do === 'ask') callers.push(new Caller(exchanges, each.stream));
        else if (each.do === 'read') of(callers, each.who)?.read();
        else if (each.do === 'leave') of(callers, each.who)?.leave();
        else if (each.do === 'abort') {
          const caller = of(callers, each.who);
          if (caller !== undefined) caller.gone = true;
          caller?.controller.abort(new Error('gone'));
        } else if (each.do === 'invalidate')
          await exchanges.cache.invalidate({ kind: 'exchange', allScopes: true });
        else if (each.do === 'begin' || each.do === 'write') {
          upstream.lines += 1;
          upstream.send(`${upstream.lines}\n`);
        } else upstream.close(each.do);
        await settled();
        // Whoever waits for a stream has it as soon as one begins.
        const { current } = upstream;
        const flows = current !== undefined && isStream(current) && upstream.of(current).text !== '';
        const last = callers.at(-1);
        if (flows && last?.stream && !last.gone && last.end === undefined) expect(last.body).toBeDefined();
      }
      for (const arrival of upstream.arrivals) {
        const { text, ended } = upstream.of(arrival);
        if (ended === 'good') kept.add(text);
      }
      for (const caller of callers) {
        await caller.readOn();
        const mine = upstream.arrivals.map((arrival) => upstream.of(arrival));
        if (caller.status === 200) {
          expect(mine.some(({ text }) => text.startsWith(caller.text))).toBe(true);
          const same = mine.filter(({ text, ended }) => ended !== undefined && text === caller.text);
          if (caller.end === 'whole') expect(same.some(({ ended }) => ended !== 'reset')).toBe(true);
          // What ended by itself is handed over whole, an error that the provider has told included.
          if (caller.end === 'failed' && !caller.gone) {
            expect(mine.some(({ text, ended }) => ended === 'reset' && text === caller.text)).toBe(true);
          }
        }
        if (caller.end === undefined && !caller.gone) {
          // It waits, as there is a request under way that may answer it.
          expect(upstream.current).toBeDefined();
        }
      }
      const cached = await exchanges.ask(
        asking({ prompt: 'hello', stream: true }, { 'holdfast-cache': 'cached' }),
      );
      if (cached.status === 200) {
        expect(kept).toContain(
          Buffer.from(cached.body as Uint8Array)
            .toString()
            .replace(/^as .*\n/, ''),
        );
      }
      // Everybody leaves: nothing goes on upstream.
      for (const caller of callers) {
        if (caller.body === undefined) caller.controller.abort(new Error('gone'));
        else caller.leave();
      }
      await settled();
      expect(upstream.current).toBeUndefined();
      await Promise.allSettled(callers.flatMap(({ answer, reading }) => [answer, ...reading]));
      assertInvariants(exchanges.cache);
      await exchanges.close();
    }),
  );
});
