import type { Tally, Worth } from 'holdfast';

/** What was spent and saved, as every report of a kind has it. */
export interface Worths extends Worth {
  readonly simulated: Worth;
}

/** Rows of the ledger for people; what would say nothing is left out, but for what was spent and saved. */
export function worthRows(worths: Worths): [string, string][] {
  const { spent, saved, savedBy, simulated } = worths;
  return [
    ['spent', tallyText(spent)],
    ['saved', tallyText(saved)],
    ...(isEmpty(saved)
      ? []
      : [
          ['  hits', tallyText(savedBy.hit)] satisfies [string, string],
          ['  followers', tallyText(savedBy.coalesced)] satisfies [string, string],
        ]),
    ...rowOf('provider', providerText(worths)),
    ...rowOf('unpriced', unpricedText(worths)),
    ...rowOf('simulated', simulatedText(simulated)),
  ];
}

/** The same in a line. */
export function worthText(worths: Worths): string {
  const { spent, saved, savedBy, simulated } = worths;
  const by: [string, Tally][] = [
    ['hits', savedBy.hit],
    ['followers', savedBy.coalesced],
    ['not told apart', restOf(worths)],
  ];
  const parts = by
    .filter(([, tally]) => !isEmpty(tally))
    .map(([name, tally]) => `${name} ${tallyText(tally)}`);
  const split = parts.length > 1 ? ` (${parts.join('; ')})` : '';
  const more = [
    ['provider', providerText(worths)],
    ['unpriced', unpricedText(worths)],
    ['simulated', simulatedText(simulated)],
  ].map(([name, text]) => (text === undefined ? '' : `; ${name}: ${text}`));
  return `spent ${tallyText(spent)}, saved ${tallyText(saved)}${split}${more.join('')}`;
}

/** `0.03 s, 4,500 tokens, $0.0025`; dollars only of what has a price. */
function tallyText({ seconds, inputTokens, outputTokens, usd, unpricedTokens }: Tally): string {
  const tokens = inputTokens + outputTokens;
  const parts = [`${seconds.toFixed(2)} s`];
  if (tokens > 0) parts.push(tokensText(tokens));
  if (usd > 0 || tokens > unpricedTokens) parts.push(dollars(usd));
  return parts.join(', ');
}

function providerText({ savedBy: { provider } }: Worth): string | undefined {
  const { cachedTokens, usd } = provider;
  if (cachedTokens === 0 && usd === 0) return undefined;
  return `its own cache had ${tokensText(cachedTokens)}, which took off ${dollars(usd)}`;
}

function unpricedText({ spent, saved }: Worth): string | undefined {
  if (spent.unpricedTokens + saved.unpricedTokens === 0) return undefined;
  return `${tokensText(spent.unpricedTokens)} spent, ${tokensText(saved.unpricedTokens)} saved`;
}

function simulatedText({ spent, saved }: Worth): string | undefined {
  if (isEmpty(spent) && isEmpty(saved)) return undefined;
  return `spent ${tallyText(spent)}; saved ${tallyText(saved)}`;
}

/** Of runs that did not tell yet how something was saved. */
function restOf({ saved, savedBy: { hit, coalesced } }: Worth): Tally {
  const names = Object.keys(saved) as (keyof Tally)[];
  const rest = (name: keyof Tally) => saved[name] - hit[name] - coalesced[name];
  // Less than that is what sums of fractions are out by.
  const rests = names.map((name) => [name, rest(name) > 1e-6 ? rest(name) : 0] as const);
  return Object.fromEntries(rests) as Record<keyof Tally, number>;
}

function rowOf(name: string, text: string | undefined): [string, string][] {
  return text === undefined ? [] : [[name, text]];
}

const isEmpty = (tally: Tally) => Object.values(tally).every((value) => value === 0);
const tokensText = (tokens: number) => `${Math.round(tokens).toLocaleString('en-US')} tokens`;
const dollars = (usd: number) => `$${usd.toFixed(4)}`;
