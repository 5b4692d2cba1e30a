import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** What publint has to say against a packed package, suggestions included. */
export async function publintComplaints(tarball: string): Promise<string[]> {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const content = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball: content }, strict: true });
  return messages.map(
    (message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  );
}

/** How the types of a packed package would mislead a user of it who imports it as ES modules. */
export async function typeComplaints(tarball: string): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (result.types === false) return ['arethetypeswrong: the package has no types'];
  return result.problems.filter(isOurs).map((problem) => `arethetypeswrong: ${JSON.stringify(problem)}`);
}

/** The packages are ES modules for Node 24 and bundlers: how CommonJS and older Nodes resolve them does not matter. */
function isOurs(problem: Problem): boolean {
  if ('resolutionKind' in problem) {
    return problem.resolutionKind === 'node16-esm' || problem.resolutionKind === 'bundler';
  }
  return !('resolutionOption' in problem) || problem.resolutionOption !== 'node10';
}
