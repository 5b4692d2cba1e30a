import { performance } from 'node:perf_hooks';
import { parseArguments } from '../cli/arguments.ts';
import { exitCode } from '../cli/exit-code.ts';
import { normalLatencyMs, priceSource, simulatedModel } from '../lab/index.ts';
import { play, type Scene, type SceneResult } from './scene.ts';
import { scenes as acceptance } from './scenes.ts';
import { sceneRows } from './table.ts';

/** `holdfast demo`: the scenes, with the cache and without, as a before/after table. */
export async function demo(args: readonly string[], scenes: readonly Scene[] = acceptance): Promise<number> {
  const { options } = parseArguments('demo', args, { json: { type: 'boolean' } }, 0);
  const asJson = options.json === true;
  const start = performance.now();
  const print = (text: string) => asJson || process.stdout.write(`${text}\n`);
  print(
    `Five stampedes on a simulated ${simulatedModel} on this machine: ${normalLatencyMs} ms an answer, ` +
      `dollars at the list prices of ${priceSource.date}`,
  );
  const results: SceneResult[] = [];
  for (const scene of scenes) {
    const result = await play(scene);
    results.push(result);
    print(sceneRows(result, results.length === 1).join('\n'));
  }
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  const seconds = (performance.now() - start) / 1_000;
  if (asJson) {
    const report = {
      simulated: true,
      model: simulatedModel,
      prices: priceSource,
      seconds,
      ok: failed === 0,
      scenes: results,
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  }
  const verdict =
    failed === 0 ? 'every scene came out as expected' : `${failed} of ${scenes.length} scenes did not`;
  print(`\n${verdict}, in ${seconds.toFixed(1)} s`);
  return failed === 0 ? exitCode.ok : exitCode.failed;
}
