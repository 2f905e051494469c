// AutoAttack 'standard' on the small Fashion-MNIST network, at every setting of the golden file and seeds 0 and 1.
//
//   node experiments/autoattackParity.mjs [--backend tensorflow|wasm] [--seeds 0,1]
//
// Expected time: 20 to 100 s a run and 22 runs on two cores. Expected numbers: the total within 2 of the 200 images
// of the original's, and the count after each attack within 2 (packages/ct-robustbench/test/golden/aa_results.json).
// Writes results/autoattack-parity-<backend>.json after every run; runs that are in it are not repeated.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ctu } from '@curvature-tuning/activation';
import { autoAttack } from '@curvature-tuning/robustbench';
import { loadGoldenImages, loadGoldenNet } from '@curvature-tuning/golden-nets';
import { circumstances, useBackend, writeResult } from './record.mjs';

const { values } = parseArgs({
  options: { backend: { type: 'string', default: 'tensorflow' }, seeds: { type: 'string', default: '0,1' } },
});
const tf = await useBackend(values.backend);
const golden = JSON.parse(
  readFileSync(new URL('../packages/ct-robustbench/test/golden/aa_results.json', import.meta.url), 'utf8'),
);
const { images, labels } = loadGoldenImages(tf);
const name = `autoattack-parity-${values.backend}`;
const stored = new URL(`./results/${name}.json`, import.meta.url);
/**
 * @typedef {{ norm: 'Linf' | 'L2' | 'L1', eps: number, beta: string }} Setting
 * @typedef {Setting & { seed: number, accuracy_after: Record<string, number>, robust_flags_final: number[] }} Golden
 */
/** @type {(Setting & { seed: number, difference: Record<string, number> } & Record<string, unknown>)[]} */
const runs = existsSync(stored) ? JSON.parse(readFileSync(stored, 'utf8')).runs : [];

for (const seed of values.seeds.split(',').map(Number)) {
  for (const setting of unique(golden)) {
    const { norm, eps, beta } = setting;
    if (runs.some((run) => run.norm === norm && run.eps === eps && run.beta === beta && run.seed === seed)) continue;
    const net = loadGoldenNet(tf, 'nat', beta === 'relu' ? tf.relu : (x) => ctu(x, Number(beta), 0.5));
    const begin = performance.now();
    const result = await autoAttack(net, images, labels, { norm, eps, seed });
    const seconds = (performance.now() - begin) / 1000;
    const ours = counts(result.accuracyAfter);
    const reference = counts(setting.accuracy_after);
    const difference = Object.fromEntries(
      Object.keys(ours).map((attack) => [attack, ours[attack] - reference[attack]]),
    );
    const flagsThatDiffer = result.robust.filter(
      (robust, i) => Number(robust) !== setting.robust_flags_final[i],
    ).length;
    runs.push({
      norm,
      eps,
      beta,
      seed,
      ours,
      reference,
      referenceSeed: setting.seed,
      difference,
      flagsThatDiffer,
      seconds,
      attackSeconds: result.seconds,
      passes: result.passes,
      warnings: result.warnings,
      audit: result.audit,
      dataHash: result.dataHash,
      ...circumstances(values.backend),
    });
    tf.dispose([result.adversarial]);
    net.dispose();
    await writeResult(name, {
      what:
        "AutoAttack 'standard' on aa_nat and 200 Fashion-MNIST test images, images still right after each " +
        'attack; reference: the original in PyTorch',
      images: 200,
      largestDifference: Math.max(...runs.flatMap((run) => Object.values(run.difference).map(Math.abs))),
      runs,
    });
    console.log(
      norm,
      eps,
      `beta ${beta}`,
      `seed ${seed}`,
      JSON.stringify(ours),
      'difference',
      JSON.stringify(difference),
      `${seconds.toFixed(1)} s`,
    );
  }
}

/** @param {Record<string, number>} accuracyAfter */
function counts(accuracyAfter) {
  return Object.fromEntries(Object.entries(accuracyAfter).map(([attack, share]) => [attack, Math.round(200 * share)]));
}

// Settings of the golden file that differ in more than the seed, quick ones first; where it has two seeds, the first.
/** @param {Golden[]} settings */
function unique(settings) {
  const survivors = (/** @type {Golden} */ { accuracy_after }) => accuracy_after.square;
  return settings
    .toSorted((a, b) => survivors(a) - survivors(b))
    .filter((a, i, all) => all.findIndex((b) => b.norm === a.norm && b.eps === a.eps && b.beta === a.beta) === i);
}
