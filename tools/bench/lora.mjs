// Benchmarks a training step of LoRA (rank 1) against full fine-tuning in the same process, and against the same LoRA
// step in PyTorch, a process beside that runs in turns with this one: ResNet-14 at 28x28, batch 32, on wasm and
// tensorflow; ResNet-18 at 224x224, batch 8, random weights, on tensorflow. Writes tools/bench/results/lora.json; the
// packages must be built, and tensorflow needs `npx ct-node setup`.
//
//     node tools/bench/lora.mjs [--rounds 15] [--runs wasm:resnet14,tensorflow:resnet14,tensorflow:resnet18]
//       [--python /usr/bin/python3]
//
// A step is: forward in training mode with batch statistics, gradients, Adam, and the loss read. TensorFlow and PyTorch
// have a thread a core, tfjs's wasm backend has one in Node; turns begin after a pause, for threads of the other spin.
// TensorFlow has oneDNN on, as PyTorch has; ResNet-18 gets a third of the rounds. The kernels of activation-node and of
// activation/wasm are registered: LoRA uses those of batch normalisation, relu and max pooling.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { spread } from './measure/measureActivation.mjs';
import { answerRequests, startPeer } from './peer.mjs';
import { adamStep, variableOf } from './measure/adamStep.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    runs: { type: 'string', default: 'wasm:resnet14,tensorflow:resnet14,tensorflow:resnet18' },
    python: { type: 'string', default: '/usr/bin/python3' },
    serve: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
/** @type {Record<string, number[]>} */
const inputs = { resnet14: [32, 28, 28, 1], resnet18: [8, 224, 224, 3] };
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
// Off by default on processors without AVX-512.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';

if (options.serve === undefined) await main();
else await serve(options.serve);

async function main() {
  const results = [];
  for (const run of options.runs.split(',')) {
    const [backend, network] = run.split(':');
    // A process for each, for tfjs-node takes the process over.
    const ours = await startPeer(process.execPath, [fileURLToPath(import.meta.url), '--serve', run]);
    const pytorch = await startPeer(options.python, [fileURLToPath(new URL('lora.py', import.meta.url)), network]);
    /** @type {Record<string, number[]>} */
    const samples = { lora: [], full: [], head: [], 'PyTorch lora': [], 'PyTorch lora merged': [], 'PyTorch full': [] };
    for (let round = -2; round < (network === 'resnet18' ? rounds / 3 : rounds); round++) {
      for (const form of Object.keys(samples)) {
        const isPeer = form.startsWith('PyTorch');
        const milliseconds = await (isPeer ? pytorch : ours).time(form.replace('PyTorch ', ''));
        if (round >= 0) samples[form].push(milliseconds);
      }
    }
    const ratio = (/** @type {string} */ a, /** @type {string} */ b) =>
      spread(samples[a].map((value, i) => value / samples[b][i]));
    const ratios = Object.fromEntries(
      [
        ['lora', 'full'],
        ['lora', 'PyTorch lora'],
        ['lora', 'PyTorch lora merged'],
        ['full', 'PyTorch full'],
        ['lora', 'head'],
      ].map(([a, b]) => [`${a} / ${b}`, ratio(a, b)]),
    );
    const milliseconds = Object.fromEntries(
      Object.entries(samples).map(([form, times]) => [
        form,
        { quartiles: spread(times), minimum: Number(Math.min(...times).toPrecision(3)) },
      ]),
    );
    results.push({
      backend,
      network,
      facts: { ours: JSON.parse(ours.greeting), pytorch: JSON.parse(pytorch.greeting) },
      milliseconds,
      ratios,
    });
    console.log(`${network} on ${backend}, ms`);
    console.table(
      Object.fromEntries([
        ...Object.entries(milliseconds).map(
          ([
            name,
            {
              quartiles: [median, low, high],
              minimum,
            },
          ]) => [name, { median, quartiles: `${low} - ${high}`, minimum }],
        ),
        ...Object.entries(ratios).map(([name, [median, low, high]]) => [
          name,
          { median, quartiles: `${low} - ${high}` },
        ]),
      ]),
    );
    ours.end();
    pytorch.end();
  }
  const record = {
    command: `node tools/bench/lora.mjs ${process.argv.slice(2).join(' ')}`.trim(),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
    }).trim(),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    // What else the machine was doing.
    loadAverage: Number(loadavg()[0].toFixed(1)),
    rounds,
    results,
  };
  const folder = fileURLToPath(new URL('results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/lora.json`, `${JSON.stringify(record, null, 1)}\n`);
}

/** @param {string} run Backend and network. */
async function serve(run) {
  const [backend, network] = run.split(':');
  const isNode = backend === 'tensorflow';
  const packageRequire = createRequire(
    new URL(`../../packages/${isNode ? 'ct-activation-node' : 'ct-lora-baseline'}/package.json`, import.meta.url),
  );
  const load = (/** @type {string} */ name) => import(pathToFileURL(packageRequire.resolve(name)).href);
  /** @type {import('./measure/measureActivation.mjs').Tfjs} */
  let tf;
  if (isNode) {
    tf = packageRequire('@tensorflow/tfjs-node');
    await import('../../packages/ct-activation-node/dist/index.js');
  } else {
    tf = (await load('@tensorflow/tfjs')).default;
    await load('@tensorflow/tfjs-backend-wasm');
    await import('../../packages/ct-activation/dist/kernels/wasm.js');
    await import('../../packages/ct-wasm-gradients/dist/index.js');
  }
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`lora.mjs: no backend ${backend}`);
  const { copyModel, leafLayers, weightName } = await import('../../packages/ct-layers/dist/model.js');
  const { prepareForTraining, Random } = await import('../../packages/ct-layers/dist/training.js');
  const { loadPretrained, resnet18 } = await import('../../packages/ct-models/dist/index.js');
  const { applyLora } = await import('../../packages/ct-lora-baseline/dist/index.js');
  const base = network === 'resnet14' ? await loadPretrained('resnet14.mnist') : resnet18({ classes: 10, seed: 1 });
  const images = tf.randomNormal(inputs[network], 0, 1, 'float32', 1);
  /**
   * @param {Parameters<typeof copyModel>[0]} model
   * @param {(layer: { name: string }, weight: string) => boolean} chosen
   */
  const stepOf = (model, chosen) => {
    for (const { layer } of leafLayers(model))
      for (const weight of layer.weights) weight.trainable = chosen(layer, weightName(weight));
    prepareForTraining(model, { batchNorm: 'adapt', random: new Random(1) });
    const variables = leafLayers(model).flatMap(({ layer }) =>
      layer.weights.filter((weight) => chosen(layer, weightName(weight))).map(variableOf),
    );
    return adamStep(tf, model, images, variables);
  };
  const isHead = (/** @type {{ name: string }} */ layer) => layer.name === 'fc';
  /** @type {Record<string, () => void>} */
  const steps = {
    lora: stepOf(applyLora(base, { exclude: 'fc' }).model, (layer, name) => isHead(layer) || name.startsWith('lora_')),
    full: stepOf(copyModel(base), (_, name) => !name.startsWith('moving_')),
    head: stepOf(copyModel(base), isHead),
  };
  await answerRequests(JSON.stringify({ tfjs: tf.version_core ?? tf.version.tfjs, node: process.version }), (form) => {
    const start = performance.now();
    steps[form]();
    return performance.now() - start;
  });
}
