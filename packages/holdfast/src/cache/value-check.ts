import { HoldfastError } from '../lib/errors.ts';
import type { SchemaResult } from '../lib/standard-schema.ts';
import type { Partition } from './partition.ts';

/**
 * Whether a value may be kept and handed out: throws, or rejects where the kind's schema is asynchronous.
 * @throws E_UNDEFINED_VALUE, E_VALUE for a promise, E_SCHEMA naming the places that are wrong and never the value
 */
export function checkValue(partition: Partition, value: unknown): Promise<void> | undefined {
  const { kind, policy } = partition;
  if (value === undefined) {
    throw new HoldfastError(
      'E_UNDEFINED_VALUE',
      `a value of kind '${kind}' is undefined: return null for "nothing", or ctx.skip(undefined) to keep nothing`,
      { kind },
    );
  }
  if (typeof (value as { then?: unknown } | null)?.then === 'function') {
    // Among the values of a bulk generator, in ctx.skip or in set: nobody would ever await it.
    throw new HoldfastError('E_VALUE', `a value of kind '${kind}' is a promise: await it first`, { kind });
  }
  const result = policy.schema?.['~standard'].validate(value);
  if (result === undefined) return undefined;
  if ('then' in result) return Promise.resolve(result).then((checked) => demandNoIssues(kind, checked));
  demandNoIssues(kind, result);
  return undefined;
}

function demandNoIssues(kind: string, { issues }: SchemaResult): void {
  if (issues === undefined) return;
  const places = issues
    .slice(0, 5)
    .map(({ path }) => `'${(path ?? []).map(stepName).join('.') || '(value)'}'`);
  throw new HoldfastError(
    'E_SCHEMA',
    `a value of kind '${kind}' does not fit its schema at ${places.join(', ')} (${issues.length} issues)`,
    { kind },
  );
}

function stepName(step: unknown): string {
  return String(typeof step === 'object' && step !== null && 'key' in step ? step.key : step);
}
