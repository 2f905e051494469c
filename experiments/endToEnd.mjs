// What each stage of the whole way costs: data set, network, steering, T-CT, LoRA, adapter, attack.
//
//     npm run bench:end-to-end [-- --backend wasm|tensorflow] [--quick]
//
// Digits to resnet14.mnist, seed 42, the defaults of every function; 5 epochs; APGD-CE and Square on 40 test images.
// `--quick`: 3 betas, an epoch, 8 images. Writes results/end-to-end.json after every stage. Expected time: two minutes
// on two quiet cores.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadDataset, toBatch } from '@curvature-tuning/datasets';
import { accuracy, getAdapter, linearProbe, loadAdapter, saveAdapter, steer, tune } from '@curvature-tuning/layers';
import { tuneLora } from '@curvature-tuning/lora-baseline';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import { autoAttack, normalized } from '@curvature-tuning/robustbench';
import { circumstances, useBackend, writeResult } from './record.mjs';

const { values: options } = parseArgs({
  options: { backend: { type: 'string', default: 'wasm' }, quick: { type: 'boolean', default: false } },
});
const { backend, quick } = options;
const tf = await useBackend(backend);
if (backend === 'tensorflow') await import('@curvature-tuning/activation-node');
else await import('@curvature-tuning/wasm-gradients');
/** @type {{ stage: string, seconds: number, peakMB: number | null, result: unknown }[]} */
const stages = [];
const record = { what: 'Every stage of the whole way', quick, ...circumstances(backend), stages };

/**
 * Times a stage, with the most memory that the process held in it.
 *
 * @template T
 * @param {string} stage
 * @param {() => Promise<T>} run
 * @param {(value: T) => unknown} describe
 */
async function timed(stage, run, describe) {
  forgetPeak();
  const begun = performance.now();
  const value = await run();
  const seconds = (performance.now() - begun) / 1000;
  stages.push({ stage, seconds, peakMB: peakMB(), result: await describe(value) });
  await writeResult('end-to-end', record);
  const { peakMB: peak, result } = /** @type {typeof stages[number]} */ (stages.at(-1));
  console.log(`${stage.padEnd(12)} ${seconds.toFixed(2).padStart(8)} s ${peak ?? '?'} MB  ${JSON.stringify(result)}`);
  return value;
}

/** Lets Linux count the peak anew; elsewhere there is none for a stage. */
function forgetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Then peakMB finds that of the whole run, or nothing.
  }
}

function peakMB() {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;
const training = quick ? { epochs: 1 } : { epochs: 5 };
const data = await timed(
  'data set',
  () => loadDataset('digits', { seed: 42 }),
  ({ train, validation, test }) => [train, validation, test].map(({ labels }) => labels.length),
);
const { mean, std } = pretrainedWeights['resnet14.mnist'];
const [train, validation, test] = [data.train, data.validation, data.test].map((set) => toBatch(set, { mean, std }));
const model = await timed(
  'network',
  () => loadPretrained('resnet14.mnist'),
  (loaded) => `${loaded.countParams()} parameters`,
);
const probe = await timed(
  'probe',
  () => linearProbe(model, train, validation),
  async ({ classifier }) => percent(await accuracy(classifier, test)),
);
probe.dispose();
const steered = await timed(
  'steer',
  () => steer(model, train, validation, quick ? { betas: [0.6, 0.8, 0.9] } : {}),
  async ({ classifier, beta }) => `beta ${beta}, ${percent(await accuracy(classifier, test))}`,
);
const lora = await timed(
  'LoRA',
  () => tuneLora(model, train, validation, training),
  async ({ classifier }) => percent(await accuracy(classifier, test)),
);
lora.dispose();
const tuned = await timed(
  'tune',
  () => tune(model, train, validation, training),
  async ({ classifier }) => percent(await accuracy(classifier, test)),
);
await timed(
  'adapter',
  async () => {
    const bytes = saveAdapter(await getAdapter(tuned.classifier));
    loadAdapter(bytes);
    return bytes;
  },
  (bytes) => `${(bytes.length / 1024).toFixed(1)} KiB`,
);
await timed(
  'attack',
  () => {
    const raw = toBatch(data.test);
    const n = quick ? 8 : 40;
    const examples = { images: tf.slice(raw.images, 0, n), labels: tf.slice(raw.labels, 0, n) };
    return autoAttack(normalized(steered.classifier, { mean, std }), examples, {
      norm: 'Linf',
      eps: 0.03,
      seed: 0,
      version: 'custom',
      attacks: ['apgd-ce', 'square'],
      settings: { square: { queries: 500 } },
    });
  },
  ({ cleanAccuracy, robustAccuracy }) => `clean ${percent(cleanAccuracy)}, robust ${percent(robustAccuracy)}`,
);
