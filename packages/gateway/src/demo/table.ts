import type { SceneResult, SideResult } from './scene.ts';

const nameWidth = 48;

/** The lines of a scene in the before/after table, after the heads of the columns if it is the first. */
export function sceneRows(result: SceneResult, first: boolean): string[] {
  const heads = ['provider calls', 'dollars', 'errors', 'seconds'];
  const compared = Object.entries(result.unprotected.facts)
    .filter(([name, number]) => number !== (result.protected.facts[name] ?? number))
    .map(([name, number]) => ` (${name}: ${number} without, ${result.protected.facts[name]} with)`)
    .join('');
  const verdict =
    result.problems.length === 0 ? `as expected: ${result.expectation}` : result.problems.join('; ');
  return [
    ...(first ? ['', row('', heads)] : ['']),
    result.name,
    row('  without protection', numbers(result.unprotected)),
    row('  with Holdfast', numbers(result.protected)),
    `    ${result.problems.length === 0 ? 'ok' : 'NOT'} ${verdict}${compared}`,
  ];
}

function numbers({ providerCalls, usd, errors, seconds }: SideResult): string[] {
  return [String(providerCalls), usd.toFixed(4), String(errors), seconds.toFixed(2)];
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(nameWidth)}${cells.map((cell) => cell.padStart(16)).join('')}`;
}
