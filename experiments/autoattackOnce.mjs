// One AutoAttack run on a golden network; prints one JSON object. For autoattackOriginal.mjs, or by hand:
//
//   node experiments/autoattackOnce.mjs --backend wasm --net nat --norm Linf --eps 0.05 --version standard
//
// Expected time: half a minute to minutes. Expected number: 9.5 % after the last attack for the line above.
import { parseArgs } from 'node:util';
import { autoAttack } from '@curvature-tuning/robustbench';
import { loadGoldenImages, loadGoldenNet } from '@curvature-tuning/golden-nets';
import { useBackend } from './record.mjs';

/**
 * @param {string} value
 * @returns {{ type: 'string', default: string }}
 */
const option = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    backend: option('wasm'),
    net: option('nat'),
    norm: option('Linf'),
    eps: option('0.05'),
    version: option('standard'),
    seed: option('0'),
    images: option('200'),
  },
});
const tf = await useBackend(values.backend);
const net = loadGoldenNet(tf, /** @type {'nat' | 'adv'} */ (values.net));
const { images, labels } = loadGoldenImages(tf, Number(values.images));
const begin = performance.now();
const { accuracyAfter, seconds, robust, warnings, passes, audit } = await autoAttack(net, images, labels, {
  norm: /** @type {import('@curvature-tuning/robustbench').Norm} */ (values.norm),
  eps: Number(values.eps),
  version: /** @type {import('@curvature-tuning/robustbench').AutoAttackVersion} */ (values.version),
  seed: Number(values.seed),
});
console.log(
  JSON.stringify({
    accuracyAfter,
    attackSeconds: seconds,
    seconds: (performance.now() - begin) / 1000,
    robust: robust.map(Number),
    warnings,
    passes,
    audit,
  }),
);
