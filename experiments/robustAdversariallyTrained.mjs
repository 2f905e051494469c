// AutoAttack 'standard' on the adversarially trained network aa_adv, plain and at beta 0.9.
//
//   node experiments/robustAdversariallyTrained.mjs [--backend tensorflow|wasm]
//
// Expected time: one to five minutes a run, 6 runs on two cores. Expected number: at Linf 0.1 the steered network is
// less robust than the plain one. Writes results/robust-adversarially-trained.json; runs that are in it are not
// repeated.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ctu } from '@curvature-tuning/activation';
import { autoAttack } from '@curvature-tuning/robustbench';
import { loadGoldenImages, loadGoldenNet } from '@curvature-tuning/golden-nets';
import { circumstances, useBackend, writeResult } from './record.mjs';

/** @type {[import('@curvature-tuning/robustbench').Norm, number][]} */
const threats = [
  ['Linf', 0.1],
  ['Linf', 0.05],
  ['L2', 0.5],
];
const { values } = parseArgs({ options: { backend: { type: 'string', default: 'tensorflow' } } });
const tf = await useBackend(values.backend);
const { images, labels } = loadGoldenImages(tf);
const name = 'robust-adversarially-trained';
const stored = new URL(`./results/${name}.json`, import.meta.url);
/** @type {({ norm: string, eps: number, beta: string | number } & Record<string, unknown>)[]} */
const runs = existsSync(stored) ? JSON.parse(readFileSync(stored, 'utf8')).runs : [];
for (const [norm, eps] of threats) {
  for (const beta of ['relu', 0.9]) {
    if (runs.some((run) => run.norm === norm && run.eps === eps && run.beta === beta)) continue;
    const net = loadGoldenNet(tf, 'adv', beta === 'relu' ? tf.relu : (x) => ctu(x, Number(beta), 0.5));
    const { accuracyAfter, seconds, warnings, audit, dataHash, adversarial, robust } = await autoAttack(
      net,
      images,
      labels,
      { norm, eps },
    );
    runs.push({
      net: 'aa_adv',
      norm,
      eps,
      beta,
      seed: 0,
      images: 200,
      accuracyAfter,
      attackSeconds: seconds,
      warnings,
      audit,
      robust: robust.map(Number),
      dataHash,
      ...circumstances(values.backend),
    });
    tf.dispose(adversarial);
    net.dispose();
    await writeResult(name, {
      what:
        "AutoAttack 'standard' on the adversarially trained aa_adv, 200 Fashion-MNIST test images; the " +
        'figures tell nothing of other networks',
      runs,
    });
    console.log(norm, eps, `beta ${beta}`, JSON.stringify(accuracyAfter));
  }
}
