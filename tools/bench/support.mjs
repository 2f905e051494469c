// Writes docs/support.md from the records in tools/bench/results: op × backend × what was measured.
//
//     node tools/bench/support.mjs
//
// bundles.json is what `node tools/check/bundles.mjs && npx size-limit --json` says.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { kernelsOf } from './cubin.mjs';

/** @typedef {import('./measure/measureActivation.mjs').Spread} Spread */
/** @typedef {import('./measure/measureActivation.mjs').Measured} Measured */
/** @typedef {import('./activationNode.mjs').Turns} Turns */
/** @typedef {{ machine: string, commit: string }} Origin */
/** @typedef {Origin & { rounds: number, versions: Record<'node' | 'tfjs', string> }} Run */
/** @typedef {{ pytorch: import('./activationNode.mjs').BesidePytorch, threads: Turns }} NativeComparisons */
/** @typedef {NativeComparisons & { isa: string, loadAverage: number }} NativeRecord */
/**
 * What activation.mjs writes, and activationNode.mjs, which adds `NativeRecord`.
 *
 * @typedef {Run & { backend: string, results: Measured[], versions: { tensorflow?: string } }} ActivationRecord
 */
/** @typedef {{ name: string, milliseconds: Record<string, Spread>, ratios: Record<string, Spread> }} Timed */
/** @typedef {Run & { cpuRounds: number, steps: Timed[], kernels: Timed[] }} WasmRecord */
/** @typedef {import('./networks/convolutions.mjs').ConvolutionTimes} ConvolutionTimes */
/** @typedef {Run & { isa: string, load: number, convolutions: ConvolutionTimes[] }} ConvolutionRecord */
/** @typedef {import('./tuning.mjs').Steps} Steps */
/** @typedef {import('./tuning.mjs').Grid} Grid */
/** @typedef {Run & { backend: string, load: number, steps: Record<string, Steps>, grid?: Grid }} TuningRecord */
/** @typedef {import('./profile.mjs').Profile} Profile */
/** @typedef {Record<string, Record<string, Profile>>} Profiles By network and method. */
/** @typedef {Run & { backend: string, load: number, rounds: number, profiles: Profiles }} ProfileRecord */
/** @typedef {{ ms: Spread, ratio: Spread }} Inferred */
/** @typedef {{ original: Inferred, steered: Inferred, baked?: Inferred, approximate?: Inferred }} Forms */
/** @typedef {Record<string, string>} Reasons Why a network is not there. */
/** @typedef {{ networks: Record<string, Forms>, leftOut?: Reasons }} Inferences */
/** @typedef {Run & Inferences & { backend: string, load: number }} InferenceRecord */
/**
 * A step of each form of training, on a backend.
 *
 * @typedef {object} LoraSteps
 * @property {string} backend
 * @property {string} network
 * @property {Record<string, { quartiles: Spread }>} milliseconds
 * @property {Record<string, Spread>} ratios
 */
/** @typedef {Origin & { loadAverage: number, rounds: number, results: LoraSteps[] }} LoraRecord */
/** @typedef {{ shape: number[], parameters: string } & Record<string, Spread>} CudaTimes */
/** @typedef {Origin & { driver: string, cuda: string }} Card */
/**
 * What `ct-node gpu-check` finds.
 *
 * @typedef {object} CudaCheck
 * @property {number} cases
 * @property {number} failed
 * @property {number} error
 * @property {number} goldenError
 * @property {number[]} largest
 */
/** @typedef {{ settings: string, check: CudaCheck, rounds: number, times: CudaTimes[] }} CudaRun */
/**
 * What stands beside it: by kernel the sha256 of the instructions that ran, and PyTorch's times.
 *
 * @typedef {{ code: Record<string, string>, pytorch: { torch: string, times: CudaTimes[] } }} CudaBesides
 */
/** @typedef {Card & CudaRun & CudaBesides} CudaRecord */
/** @typedef {{ ms: Spread, peakMB: number, ops: number }} CardStep */
/**
 * The first run of everything on a card.
 *
 * @typedef {object} CardRun
 * @property {string} date
 * @property {Record<'node' | 'tfjs' | 'tensorflow' | 'torch' | 'chromium', string>} versions
 * @property {Record<string, Record<string, number>>} conformance Errors, by backend and quantity.
 * @property {Record<string, { shape: number[], ms: Record<string, Spread> }[]>} ops By backend.
 * @property {Record<string, Record<string, CardStep>>} steps By network and method.
 * @property {Record<string, Record<string, Omit<CardStep, 'ops'>>>} pytorchSteps
 * @property {Record<string, Record<string, Record<'original' | 'steered', Spread>>>} inference By backend and network.
 */

/**
 * What loading/weights.mjs finds.
 *
 * @typedef {object} Loading
 * @property {number} bytes
 * @property {number} rounds
 * @property {Record<string, Spread>} ratios
 * @property {number} peakOverFile
 */
/** @typedef {Origin & Loading} WeightsRecord */
/**
 * What resnet50.mjs finds.
 *
 * @typedef {object} Forward
 * @property {ForwardRun} wall By the clock.
 * @property {ForwardRun} processor In time of the processor, all threads together.
 * @property {Record<'torch', string> & { threads: number }} versions
 * @property {number} rounds
 * @property {number} loadAverage
 */
/**
 * By one clock.
 *
 * @typedef {object} ForwardRun
 * @property {Record<'tensorflow' | 'pytorch' | 'channelsLast', Spread>} milliseconds
 * @property {Record<'pytorch' | 'channelsLast', Spread>} ratio
 */
/** @typedef {Origin & Forward} ForwardRecord */
/**
 * What loading/dataLoading.mjs writes.
 *
 * @typedef {object} Reading
 * @property {Record<'node' | 'pytorch', string>} versions
 * @property {number} loadAverage
 * @property {number} rounds
 * @property {number} photos
 * @property {Record<'ours' | 'pytorch', Spread>} perSecond
 * @property {Spread} ratio
 * @property {Spread} idxPerMinute
 * @property {{ heapMB: number, setMB: number, residentMB: number[] }} memory
 */
/** @typedef {string | number} Cell */
/** @typedef {Cell[][]} Rows */

const folder = new URL('results/', import.meta.url);
/**
 * @param {string} name
 * @returns {any} As whoever wrote the file declares it.
 */
const recordIn = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
/** The records of a benchmark that are there, one a backend. */
const recordsOf = (/** @type {string} */ benchmark, /** @type {string[]} */ backends) =>
  backends
    .map((backend) => `${benchmark}-${backend}.json`)
    .filter((name) => existsSync(new URL(name, folder)))
    .map(recordIn);

/** @type {ActivationRecord[]} */
const records = readdirSync(folder)
  .filter((name) => name.startsWith('activation-'))
  .map(recordIn);
const order = ['cpu', 'wasm', 'tensorflow', 'webgl', 'webgpu', 'webgpu-node'];
records.sort((a, b) => order.indexOf(a.backend) - order.indexOf(b.backend));

// The bounds that stand in the titles of the tests named.
/** @type {Record<string, Record<'entry' | 'bound' | 'where' | 'tests', string>>} */
const facts = {
  cpu: { entry: '`./cpu`', bound: '1e-6', where: 'Node', tests: '`src/ctu.test.ts`' },
  wasm: {
    entry: '`./wasm`',
    bound: '1e-6',
    where: 'Node; Chromium, plain and threaded',
    tests: '`src/kernels/wasm.test.ts`, `test/wasm.*`',
  },
  tensorflow: {
    entry: '`@curvature-tuning/activation-node`',
    bound: '1e-6',
    where:
      'Node 20 and 24 with tfjs-node on TensorFlow 2.15.1, Linux x64; AVX2 and baseline, the body of ' +
      'AVX-512 compiled at its width for others; the CUDA kernels emulated, those of the unit on an H100',
    tests: '`ct-activation-node/test`',
  },
  webgl: {
    entry: '`./webgl`',
    bound: '1e-6',
    where: 'Chromium (SwiftShader), WebGL 2 and 1',
    tests: '`test/webgl.browser.ts`',
  },
  webgpu: { entry: '`./webgpu`', bound: '1e-6', where: 'Chromium (SwiftShader)', tests: '`test/webgpu.browser.ts`' },
  'webgpu-node': {
    entry: '`./webgpu`',
    bound: '1e-6',
    where: 'Node with the npm package `webgpu` (SwiftShader)',
    tests: '`test/webgpu.test.ts`',
  },
};
/** What `ctu` does on backends without a fused kernel. */
const composedForm = [
  'any other',
  'none',
  '1e-6 where stock ops are correctly rounded',
  'composed form: cpu and wasm in Node, webgl in Chromium',
  '`src/ctu.test.ts`',
];
/** How `normalizeBatch` runs, and the bounds in the titles of its tests. */
const normalized = [
  ['cpu', 'fused', '1e-6'],
  ['wasm', 'fused', '2e-6'],
  ['tensorflow', 'fused; the CUDA kernels emulated so far, run on no card', '2e-6'],
  ['webgl', 'fused', '1e-6, 5e-3 where textures hold only float16'],
  ['webgpu', 'fused', '1e-6'],
  ['any other', 'composed', '2e-5'],
];
/** Networks of ct-models that are held to PyTorch, how exactly, and by which tests. */
const networks = [
  [
    'ResNet-18, 50; ResNet-8, 14',
    'cpu, wasm',
    '5e-6',
    '`ct-models/test/parity.test.ts`, `ct-layers/test/sctResnet.test.ts`',
  ],
  [
    'ResNet-14 in a page, its weights loaded over HTTP, of ImageBitmaps',
    'webgl, wasm in Chromium',
    '1e-4',
    '`ct-models/test/overHttp.browser.ts`',
  ],
  ['VGG-11', 'tensorflow; wasm', '5e-6; 1e-5', '`ct-layers/test/vgg.long.ts`; `ct-lora-baseline/test/zoo.long.ts`'],
  [
    'VGG-11, 16, 19, with and without normalisation: convolutions',
    'wasm',
    '5e-6',
    '`ct-models/src/families/vgg.test.ts`',
  ],
  ['ResNet-101', 'wasm', '5e-6', '`ct-lora-baseline/test/zoo.long.ts`'],
  ['MobileNetV2, V3-Small, V3-Large', 'wasm', '5e-6', '`ct-lora-baseline/test/zoo.*`'],
  ['EfficientNet-B0, B1, B2, B4, B5, Lite0 to Lite4', 'wasm', '5e-6', 'the same'],
  ['CIFAR ResNet-18, 34, 50, 101 (`ref_`), 18, 34, 50 (`rb_`)', 'wasm', '5e-6', 'the same'],
  ['pre-activation ResNet-18, 34, with `bnBeforeFc`, with `outShortcut`', 'wasm', '5e-6', 'the same'],
  ['Wide ResNet 28-10, 22-2, 16-4, 10-1', 'wasm', '5e-6', 'the same'],
  ['Gowal et al.: Wide ResNet 22-1, 16-2, 10-2, 10-1, pre-activation ResNet-18, 34', 'wasm', '5e-6', 'the same'],
  [
    'Swin-T, Swin-S, ConvNeXt-Tiny, ConvNeXt-Small',
    'wasm',
    '5e-6',
    'the same, `test/transformers.test.ts` of ct-models, ct-layers and ct-lora-baseline',
  ],
];
const everyHost = 'Node; Chromium, plain and threaded';
const convolutionTests =
  '`src/kernels/convolution/conv2dGradients.test.ts`, `depthwiseGradients.test.ts`, `test/gradients.*`';
/** Kernel or network, what tfjs alone has, the bound of the error, where it is tested, and the tests. */
const wasmGradients = [
  [
    '`Conv2DBackpropFilter`, `DepthwiseConv2dNativeBackpropInput`, `DepthwiseConv2dNativeBackpropFilter`',
    'missing',
    '1e-5',
    everyHost,
    convolutionTests,
  ],
  [
    '`Conv2D`, `FusedConv2D` by 3x3 at strides of 1',
    'slow',
    '2e-6 of the largest sum of magnitudes; 5e-6 for normal inputs',
    'Node; Chromium',
    '`src/kernels/convolution/conv2d.test.ts`, `test/gradients.browser.ts`',
  ],
  ['`UnsortedSegmentSum`', 'missing', '1e-6', 'Node', '`src/kernels/unsortedSegmentSum.test.ts`'],
  ['`Conv2DBackpropInput`', 'a naive loop', '1e-5', everyHost, convolutionTests],
  ['`Sum`, `Mean`, `FusedBatchNorm`', 'slow', '1e-6', 'Node', '`src/kernels/*.test.ts`'],
  ['`Add`, `Sub`, `Multiply`, `RealDiv`', 'slow if small', '1e-7', 'Node', 'the same'],
  ['`Maximum`, `Minimum`', 'slow', '0', 'Node', 'the same'],
  ['`MaxPoolGrad`, `AvgPoolGrad`', 'slow', '1e-6', 'Node', 'the same'],
  ['`BatchMatMul` with one factor transposed', 'a naive loop', '1e-5', 'Node', 'the same'],
  [
    '`Tile`, `Slice`, `SplitV`, `PadV2`, `Identity`, `Cast`, `LogicalAnd`, `Equal`, `NotEqual`, `Greater`, ' +
      '`GreaterEqual`, `Less`, `LessEqual`',
    'slow',
    '0',
    'Node',
    'the same',
  ],
  [
    'gradients of `tf.conv2d`, `tf.depthwiseConv2d` with dilations',
    'refused',
    '1e-5',
    everyHost,
    '`src/kernels/convolution/conv2dGradients.test.ts`, `depthwiseGradients.test.ts`, `test/training.test.ts`',
  ],
  [
    'a network with all of these, 10 steps: losses',
    'fails',
    '1e-4',
    'the same',
    '`test/training.test.ts`, `test/gradients.*`',
  ],
];
const transformers = [
  [
    'Swin-T, plain and steered',
    'wasm',
    '5e-6 of the largest logit',
    '`test/transformers.test.ts` of ct-models, -layers',
  ],
  ['ConvNeXt-Tiny, plain and steered', 'cpu (plain), wasm', '5e-6 of the largest logit', 'the same'],
  ['`ShiftedWindowAttention`', 'cpu, wasm', '2e-6', '`src/layers/shiftedWindowAttention.test.ts`'],
  ['`LastAxisNormalization`, and its gradient', 'cpu, wasm', '2e-6', '`src/layers/lastAxisNormalization.test.ts`'],
  ['`PatchMerging`', 'cpu, wasm', 'exact', '`src/layers/patchMerging.test.ts`'],
  [
    'these, `LayerScale`, hard-swish, `HardSigmoid`, depthwise convolutions, `Standardize`, the pools: as on cpu',
    'webgl, webgpu in Chromium',
    '1e-5 of the largest output, 1e-3 of the largest gradient',
    '`test/layers.*`',
  ],
];

const row = (/** @type {Cell[]} */ cells) => `| ${cells.join(' | ')} |`;
const table = (/** @type {string[]} */ header, /** @type {Rows} */ rows) =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');
/** A table whose second column has no title. */
const pairs = (/** @type {string} */ title, /** @type {Rows} */ rows) =>
  [`| ${title} | |`, row(['---', '---']), ...rows.map(row)].join('\n');
const bold = (/** @type {Spread} */ [median, low, high]) => `**${median}** (${low}-${high})`;
const cell = (/** @type {Spread} */ [median, low, high]) => `${median} (${low}-${high})`;
/** @type {{ name: string, size: number, sizeLimit: number }[]} */
const bundles = recordIn('bundles.json');
/** @type {(Origin & Reading)[]} */
const readings = recordsOf('data', ['loading']);
/** @type {TuningRecord[]} */
const tuning = recordsOf('tuning', ['cpu', 'wasm', 'tensorflow', 'webgl', 'webgpu']);
/** @type {ProfileRecord[]} */
const profiles = recordsOf('profile', ['wasm', 'tensorflow']);
/** @type {InferenceRecord[]} */
const inference = recordsOf('inference', ['wasm', 'tensorflow', 'webgl', 'webgpu']);
const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);

const text = [
  `# Support

Written by \`tools/bench/support.mjs\` from the records in \`tools/bench/results\`; \`npm run records\` renews both.
`,
  versionsSection(),
  opSection(),
  networkSection(),
  wasmSection(recordIn('wasm-gradients.json')),
  transformersSection(),
  weightsSection(recordIn('weights.json'), recordIn('resnet50.json')),
  tuningSection(),
  ...(profiles.length === 0 ? [] : [profileSection()]),
  ...(existsSync(new URL('convolutions.json', folder)) ? [convolutionSection(recordIn('convolutions.json'))] : []),
  ...(existsSync(new URL('lora.json', folder)) ? [loraSection(recordIn('lora.json'))] : []),
  ...(inference.length === 0 ? [] : [inferenceSection()]),
  ...readings.map(readingSection),
  bundleSection(),
  speedSection(),
  cudaSection(recordIn('cuda-h100.json')),
  cardSection(recordIn('h100.json')),
].join('\n');
writeFileSync(new URL('../../docs/support.md', import.meta.url), text);
console.log('docs/support.md');

/** Networks with attention and layer normalisation. */
function transformersSection() {
  return `## Transformers

\`@curvature-tuning/models\` against PyTorch in float64, its layers against their definitions. wasm has the gradients of
all they are made of, but for two that \`@curvature-tuning/wasm-gradients\` adds: ConvNeXt's depthwise convolutions, and
the attention's table of biases (\`UnsortedSegmentSum\`), which wants one only where it is trained.

${table(['what', 'backends', 'error below', 'tests'], transformers)}
`;
}

/**
 * What loading weights costs, and a forward pass beside PyTorch's.
 *
 * @param {WeightsRecord} weights
 * @param {ForwardRecord} forward
 */
function weightsSection({ machine, commit, bytes, rounds, ratios, peakOverFile }, forward) {
  const origin = `${forward.rounds} rounds at ${forward.commit.slice(0, 12)}`;
  return `## Weights

A \`.safetensors\` file of ${megabytes(bytes)} MB, eleven convolutions in float32, into a model on cpu, in units of
reading the file, in time of the processor; the medians of ${rounds} rounds, and their quartiles. Recorded at
${commit.slice(0, 12)} on ${machine}, \`node tools/bench/loading/weights.mjs\`.

${pairs('what', [
  ['reading and parsing', bold(ratios['parsing over reading'])],
  ['reading, parsing and filling', bold(ratios['filling over reading'])],
  ['peak of the memory less the filled model, over the file', `**${peakOverFile.toFixed(2)}**`],
])}

A forward pass of ResNet-50, batch 8 at 224 × 224, in turns with PyTorch ${forward.versions.torch} on
${forward.machine}, ${forward.versions.threads} threads each, load average ${forward.loadAverage}; ${origin},
\`node tools/bench/networks/resnet50.mjs\`. PyTorch's images are as it has them, and with channels last. Where other
programs run, the clock says little; time of the processor is that of all threads.

${table(
  ['', 'tensorflow, ms', 'PyTorch, ms', 'ratio', 'channels last, ms', 'ratio'],
  [forwardRow('of the processor', forward.processor), forwardRow('by the clock', forward.wall)],
)}
`;
}

/**
 * @param {string} what
 * @param {ForwardRun} run
 */
function forwardRow(what, { milliseconds, ratio }) {
  const { tensorflow, pytorch, channelsLast } = milliseconds;
  return [what, cell(tensorflow), cell(pytorch), bold(ratio.pytorch), cell(channelsLast), bold(ratio.channelsLast)];
}

/** What the packages run on, beside what everything else is tested with. */
function versionsSection() {
  return `## Versions

All tests run with Node 20 and tfjs 4.22. \`tools/consumer/versions.test.mjs\` runs the first program of every package's
README on what stands here, in one process each, and expects what its comments say.

${table(
  ['what', 'from', 'where it is tested'],
  [
    [
      'tfjs',
      '4.19; 4.22 for `activation-node` and `cli`, and of the backend webgpu',
      '4.19.0: 4.18 has no GELU, which ConvNeXt and Swin are made of. On webgpu until 4.21 tfjs asks an adapter for ' +
        'what WebGPU no longer has',
    ],
    ['Node', '20.19', '20.19.0, 22.23.3, 24.21.0'],
    ['Bun', '1.4', '1.4.5: every program, `activation-node` and `cli` aside, which nobody tried'],
    ['Deno', '2.9', '2.9.6, with `--allow-all`: the same'],
  ],
)}
`;
}

/** Where `ctu` runs as a fused kernel, and how exactly. */
function opSection() {
  const rows = records.map(({ backend }) => {
    const { entry, bound, where, tests } = facts[backend];
    return [backend, entry, bound, where, tests];
  });
  return `## The op \`ctu\`

On every backend \`ctu\` works, composed of stock ops; with its entry imported these run it as fused kernels. Errors are
|got − exact| / max(1, |exact|) over the conformance table, against float64.

${table(['backend', 'entry', 'error below', 'where it is tested', 'tests'], [...rows, composedForm])}

\`normalizeBatch\`, batch normalisation in training with the unit behind it, over its own table, in units of the
normalisation's condition; tests: \`src/normalizeBatch.test.ts\`, \`test/normalizeBatch.browser.ts\`, and
\`ct-activation-node\`'s:

${table(['backend', 'runs', 'error below'], normalized)}
`;
}

/** How exactly networks are PyTorch's. */
function networkSection() {
  return `## Networks

Logits with hash weights against PyTorch's in float64, in units of the largest: as they are, and steered at the betas of
\`ct-models/test/golden\`, where sites and the parameters of T-CT and LoRA are counted, too. One network of each family
also takes steps of T-CT and LoRA on wasm, with gradients that agree with differences
(\`ct-lora-baseline/test/zooTraining.*\`).

${table(['networks', 'backend', 'error below', 'tests'], networks)}
`;
}

/**
 * What ct-wasm-gradients adds to tfjs, how exactly and how fast.
 *
 * @param {WasmRecord} record
 */
function wasmSection({ machine, versions, rounds, commit, cpuRounds, steps, kernels }) {
  const [runs, compared] = [kernels[0].milliseconds, kernels[0].ratios].map((of) => Object.keys(of));
  const step = (/** @type {Timed} */ { name, milliseconds, ratios }) =>
    pairs(`${name}, 28x28, batch 32`, [
      ...Object.entries(milliseconds).map(([form, values]) => [form, cell(values)]),
      ...Object.entries(ratios).map(([form, values]) => [form, bold(values)]),
    ]);
  const kernel = (/** @type {Timed} */ { name, milliseconds, ratios }) => [
    name,
    ...runs.map((run) => cell(milliseconds[run])),
    ...Object.values(ratios).map(([median]) => median),
  ];
  const cpu = cpuRounds === 1 ? 'once' : `${cpuRounds} times`;
  return `## Training on wasm

With \`@curvature-tuning/wasm-gradients\` imported tfjs trains convolutional networks on its WASM backend. Errors are
relative to the largest entry of a gradient, against float64 and tfjs's cpu backend.

${table(['kernel', 'tfjs 4.22 alone', 'error below', 'where it is tested', 'tests'], wasmGradients)}

${machine}, Node ${versions.node}, tfjs ${versions.tfjs}, ${rounds} rounds, commit ${commit.slice(0, 7)}.
Times in ms, ratios without unit: median (quartiles), interleaved in one process; the cpu backend ${cpu}.

${steps.map((of) => `${step(of)}\n`).join('\n')}
${table(['convolution', ...runs, ...compared], kernels.map(kernel))}

*tfjs alone* composes the activation of stock ops, *fused ctu* has the kernels of \`@curvature-tuning/activation/wasm\`,
and *with this package* both packages. Short convolutions are repeated within a sample. *forward* is tfjs's
own kernel, XNNPACK.
`;
}

/** Steps by network, and the grid of S-CT, backend by backend. */
function tuningSection() {
  const intro = [
    'One step of T-CT, of full fine-tuning and of the head alone, in the same loop on the same kernels, ',
    "and PyTorch's, in turns on the\nsame machine, on one thread beside wasm and on two beside tensorflow. ",
    'Times in ms: median (lowest-highest). ',
    'Peak MB: the most that tfjs held in a run of a few steps, over the network; programs: those that a step runs ',
    'on a card.\nwebgl and webgpu ran in Chromium on SwiftShader, that is on the processor.\n',
    'TensorFlow ran with TF_ENABLE_ONEDNN_OPTS=1, which is its default on processors with AVX-512 alone.',
  ].join('');
  return `## Steps of T-CT

${intro}

${tuning.map(tuningTables).join('\n')}`;
}

/**
 * The convolutions of ct-activation-node beside TensorFlow's.
 *
 * @param {ConvolutionRecord} record
 */
function convolutionSection({ machine, versions, isa, load, commit, rounds, convolutions }) {
  const passes = ['forward', 'gradient in x', 'filter gradient'];
  const rows = convolutions.map(({ name, isOurs, milliseconds, ratios }) => [
    name,
    isOurs ? 'ours' : "TensorFlow's",
    ...passes.flatMap((pass) => [cell(milliseconds[pass]), bold(ratios[pass])]),
  ]);
  const header = passes.flatMap((pass) => [`${pass}, ms`, "/ TensorFlow's"]);
  return `## Convolutions on tensorflow

The CPU kernels of \`@curvature-tuning/activation-node\` for small convolutions, in turns with TensorFlow's (oneDNN),
call by call from tfjs: medians (quartiles), and which of them tfjs-node takes once that package is imported.

${machine}, ${isa}, Node ${versions.node}, tfjs ${versions.tfjs}, load average ${load.toFixed(1)} before the run,
${rounds} rounds, commit ${commit.slice(0, 7)}

${table(['convolution', 'taken', ...header], rows)}
`;
}

/** What curvature costs where nobody trains. */
function inferenceSection() {
  const ratio = (/** @type {Inferred | undefined} */ form) => (form === undefined ? '' : bold(form.ratio));
  const tables = inference.map(({ backend, machine, versions, load, commit, rounds, networks, leftOut = {} }) => {
    const rows = Object.entries(networks).map(([network, { original, steered, baked, approximate }]) => [
      network,
      cell(original.ms),
      cell(steered.ms),
      ratio(steered),
      ratio(baked),
      ratio(approximate),
    ]);
    const over = (/** @type {string} */ form) => `${form} / original`;
    const header = ['network', 'original, ms', 'steered, ms', ...['steered', 'baked', 'approximate'].map(over)];
    const host = `${machine}, Node ${versions.node}, tfjs ${versions.tfjs}`;
    const without = Object.entries(leftOut).map(([network, reason]) => `\nWithout ${network}: ${reason}\n`);
    return `### ${backend}: inference

${host}, ${rounds} rounds, load average ${load.toFixed(1)} before the run, commit ${commit.slice(0, 7)}

${table(header, rows)}
${without.join('')}`;
  });
  return `## Inference

A network as it is, steered (every unit at beta 0.9), and baked into stock ops that need no package of ours, exactly and
approximately (with a tolerance of 0.01: as much may a unit be off); in turns in one process, medians (quartiles). The
MobileNetV2 are those of nsfwjs; the activations of the GraphModel's are fused into its convolutions, those of the
LayersModel's stand behind batch normalisations.

${tables.join('\n')}`;
}

/**
 * Batches of photos and of small images, and what they take of memory.
 *
 * @param {Origin & Reading} record
 */
function readingSection({ machine, versions, commit, loadAverage, rounds, photos, ...measured }) {
  const { perSecond, ratio, idxPerMinute, memory } = measured;
  const millions = (/** @type {Spread} */ spread) => cell(/** @type {Spread} */ (spread.map((value) => value / 1e6)));
  return `## Reading data sets

Batches of 32 of ${photos} JPEGs of 500x375 pixels, decoded, scaled and cropped to 224 as torchvision does it, and
PyTorch's DataLoader with two workers in turns on the same folder; batches of 28x28 images from IDX bytes; and an epoch
of a set of ${memory.setMB} MB of float32 with a heap of ${memory.heapMB} MB.

${machine}, Node ${versions.node}, ${versions.pytorch}, ${rounds} rounds, load average ${loadAverage} after the run,
commit ${commit.slice(0, 7)}. Median (quartiles).

${table(
  ['what', 'measured'],
  [
    ['JPEGs a second', cell(perSecond.ours)],
    ["JPEGs a second, PyTorch's DataLoader", cell(perSecond.pytorch)],
    ['ratio', bold(ratio)],
    ['IDX images a minute, millions', millions(idxPerMinute)],
    ['resident MB after each quarter of the epoch', memory.residentMB.join(', ')],
  ],
)}

Pillow's exact resampling runs on the thread of JavaScript, in WebAssembly, while libvips decodes on threads of its own;
PyTorch's two workers each do both.
`;
}

/** Kilobytes of every entry, against their limits. */
function bundleSection() {
  const rows = bundles.map(({ name, size, sizeLimit }) => [name, kilobytes(size), kilobytes(sizeLimit)]);
  return `## Bundle size

What an entry adds to a Vite build, minified and gzipped; \`npm run size\` keeps the limits, in CI too.

${table(['entry', 'gzipped', 'limit'], rows)}
`;
}

/** Fused against composed and ReLU, backend by backend. */
function speedSection() {
  return `## Speed

*composed* is the literal formula in stock tfjs ops, *fused* is \`ctu\` with its kernels; one beta and one c per channel
unless beta is said to be a number.
Times in ms, ratios without unit: median (quartiles), interleaved in one process. GPUs are software
here: SwiftShader. It takes seconds for tfjs's own WebGPU program of x · [channels], so that on webgpu the rows where
beta is a number are the fair ones.

${records.map(speedTable).join('\n')}`;
}

/** @param {ActivationRecord & Partial<NativeRecord>} record */
function speedTable({ backend, machine, versions, commit, rounds, results, ...native }) {
  const header = ['shape', 'pass', 'relu', 'fused', 'composed', 'composed / fused', 'fused / relu'];
  const rows = results.flatMap(({ shape, milliseconds, ratios, peakBytes }) =>
    Object.entries(ratios).map(([what, ratio]) => [
      `[${shape.join(', ')}]`,
      what,
      cell(milliseconds[`relu ${what.split(' in x')[0].split(',')[0]}`]),
      cell(milliseconds[`fused ${what}`]),
      cell(milliseconds[`composed ${what}`]),
      bold(ratio['composed/fused']),
      ratio['fused/relu'][0],
      megabytes(peakBytes[`fused ${what}`]),
      megabytes(peakBytes[`composed ${what}`]),
    ]),
  );
  const tensorflow = native.isa
    ? `, TensorFlow ${versions.tensorflow}, ${native.isa}, load average ${native.loadAverage} before the run`
    : '';
  return `### ${backend}

${machine}, Node ${versions.node}, tfjs ${versions.tfjs}${tensorflow}, ${rounds} rounds, commit ${commit.slice(0, 7)}

${table([...header, 'peak MB: fused', 'composed'], rows)}
${native.isa ? nativeComparisons(/** @type {NativeRecord} */ (native)) : ''}`;
}

/**
 * LoRA beside the head and full fine-tuning, and PyTorch's.
 *
 * @param {LoraRecord} record
 */
function loraSection({ machine, commit, loadAverage, rounds, results }) {
  /** @type {Record<string, string>} */
  const networks = { resnet14: 'ResNet-14, 28x28, batch 32', resnet18: 'ResNet-18, 224x224, batch 8' };
  const step = (/** @type {LoraSteps} */ { backend, network, milliseconds, ratios }) =>
    pairs(`${networks[network]}, ${backend}`, [
      ...Object.entries(milliseconds).map(([form, { quartiles }]) => [form, cell(quartiles)]),
      ...Object.entries(ratios).map(([form, values]) => [form, bold(values)]),
    ]);
  const intro = [
    'One training step of rank 1 in all convolutions, of full fine-tuning and of the head alone, ',
    "and PyTorch's in turns with them: *lora* as two\nconvolutions beside the frozen one, ",
    `*lora merged* as one with the changed weight. ${machine}, load average ${loadAverage} after the run,\n`,
    `${rounds} rounds, commit ${commit.slice(0, 7)}. `,
    'Times in ms, ratios without unit: median (quartiles).',
  ].join('');
  return `## Steps of LoRA

${intro}

${results.map((of) => `${step(of)}\n`).join('\n')}`;
}

/**
 * The CUDA kernels on a card, beside a copy and PyTorch.
 *
 * @param {CudaRecord} record
 */
function cudaSection({ machine, driver, cuda, commit, settings, code, check, rounds, times, pytorch }) {
  const passes = { forward: 2, 'backward in x': 3, 'backward in all': 3, 'forward + backward in all': 5 };
  const rows = times.map(({ shape, parameters, copy, ...of }) => {
    const peer = pytorch.times.find((t) => `${t.shape}` === `${shape}` && t.parameters === parameters);
    const both = 'forward + backward in all';
    return [
      `[${shape.join(', ')}]`,
      parameters,
      cell(copy),
      ...Object.entries(passes).map(([pass, tensors]) => {
        const [median] = of[pass];
        return `${cell(of[pass])}, **${((median / tensors / copy[0]) * 2).toFixed(2)}**`;
      }),
      ...['eager', 'torch.compile'].map((how) => (peer === undefined ? '' : cell(peer[`${how} ${both}`]))),
    ];
  });
  const right = `${check.cases - check.failed} of ${check.cases} cases right`;
  const error = Math.max(check.error, check.goldenError).toExponential(1);
  const largest = `[${check.largest.join(', ')}]`;
  return `
## The CUDA kernels on a card

${machine}, driver ${driver}, CUDA ${cuda}, commit ${commit.slice(0, 7)}: \`ct-node gpu-check\` finds
${right}, largest error ${error} · max(1, |exact|), ${largest} included;
compute-sanitizer's memcheck and racecheck find nothing. That is the unit itself with the cubin for sm_90 of that
commit. ${settings}

What has run on a card of the binaries that are here now: of the cubin for sm_90 the kernels that the table says, whose
instructions are those that ran, byte for byte. The others, the cubin for sm_80 and the PTX have run on no card. All
are tested on the CPU, by a driver that emulates a card's and watches every access to memory, as compute-sanitizer
does: \`ct-activation-node/test/native.long.ts\`. What each takes of a card by the account of the cubins, sm_90 and
sm_80: of a thread registers, and local memory for those that did not suffice, of a block shared memory.

${compiledKernels(code)}

Times in ms: median (quartiles) of ${rounds} interleaved rounds, and **as a ratio** to copying as many tensors there.
PyTorch ${pytorch.torch}, forward + backward in all, on the same card afterwards.

${table(['shape', 'parameters', 'copy', ...Object.keys(passes), 'PyTorch eager', 'torch.compile'], rows)}
`;
}

/**
 * What the committed kernels take, and which of them are those that ran.
 *
 * @param {Record<string, string>} ran The sha256 of each kernel's instructions.
 */
function compiledKernels(ran) {
  const [hopper, ampere] = ['sm_90', 'sm_80'].map((architecture) => {
    const cubin = `../../packages/ct-activation-node/native/cuda/binaries/ctu.${architecture}.cubin`;
    return kernelsOf(readFileSync(new URL(cubin, import.meta.url)));
  });
  const rows = Object.entries(hopper).map(([name, kernel]) => [
    `\`${name}\``,
    .../** @type {const} */ (['registers', 'localBytes', 'sharedBytes']).map((of) => {
      const values = [kernel[of], ampere[name][of]];
      return [...new Set(values)].join(', ');
    }),
    kernel.code === ran[name] ? 'H100' : name in ran ? 'an earlier compilation, H100' : 'no card',
  ]);
  return table(['kernel', 'registers', 'local bytes', 'shared bytes', 'has run on'], rows.reverse());
}

/**
 * The first run of everything else on that card.
 *
 * @param {Card & CardRun} record
 */
function cardSection({
  machine,
  driver,
  cuda,
  commit,
  date,
  versions,
  conformance,
  ops,
  steps,
  pytorchSteps,
  inference,
}) {
  const quantities = ['y', 'dx', 'dbeta', 'dcoeff'];
  const errors = Object.entries(conformance).map(([backend, of]) => [
    backend,
    ...quantities.map((name) => of[name].toExponential(1)),
  ]);
  const names = Object.keys(ops.tensorflow[0].ms);
  const short = (/** @type {number} */ ms) => Number(ms.toPrecision(3));
  /**
   * @param {Spread} spread
   * @returns {Spread}
   */
  const digits = ([median, low, high]) => [short(median), short(low), short(high)];
  const times = Object.entries(ops).flatMap(([backend, shapes]) =>
    shapes.map(({ shape, ms }) => [
      backend,
      `[${shape.join(', ')}]`,
      ...names.map((name) => (ms[name] === undefined ? '' : digits(ms[name])[0])),
    ]),
  );
  /** @type {Record<string, string>} */
  const networks = {
    'resnet14@32': 'ResNet-14, 28x28, batch 32',
    'resnet18@32': 'ResNet-18, 224x224, batch 32',
    'resnet18@64': 'ResNet-18, 224x224, batch 64',
    'resnet50@32': 'ResNet-50, 224x224, batch 32',
  };
  const stepRows = Object.entries(steps).flatMap(([network, methods]) =>
    Object.entries(methods).map(([method, { ms, peakMB, ops }]) => {
      const peer = pytorchSteps[network]?.[method];
      return [networks[network], method, cell(ms), peakMB, ops, peer ? cell(digits(peer.ms)) : '', peer?.peakMB ?? ''];
    }),
  );
  const inferenceRows = Object.entries(inference).flatMap(([backend, of]) =>
    Object.entries(of).map(([network, { original, steered }]) => [
      backend,
      network.replace('resnet', 'ResNet-').replace(' b', ', batch '),
      cell(original),
      cell(steered),
      (steered[0] / original[0]).toFixed(2),
    ]),
  );
  const { node, tfjs, tensorflow, torch, chromium } = versions;
  return `
## Everything on a card: the first run

${machine}, driver ${driver}, CUDA ${cuda}, ${date}, commit ${commit}: before the CUDA kernels above and before what
changed since in WebGPU, WebGL and training. Node ${node}, tfjs ${tfjs}, TensorFlow ${tensorflow} under tfjs-node-gpu,
Chromium ${chromium}, the npm package webgpu in Node.

Largest errors over the conformance table, |got − exact| / max(1, |exact|). dbeta of webgl and webgpu was above 1e-6 at
beta = 0.001 alone, where the card's exponential multiplies x²; the kernels since carry what rounding takes from the
exponent and have their own exponential. They have been run on SwiftShader only, where a test makes quotients and
exponentials err as much as WGSL and OpenGL ES leave to cards (\`ct-activation/test/cardArithmetic.ts\`): there the
bound of 1e-6 holds, and with a card's exponential in place of theirs the same two cases exceed it.

${table(['backend', ...quantities], errors)}

The op, ms, medians of many calls a readback:

${table(['backend', 'shape', ...names], times)}

Training steps on tfjs-node-gpu, and PyTorch ${torch} (eager, TF32 off) one after the other; ms: median (quartiles),
peak MB over the network, TensorFlow ops a step. The host is the limit, not the card. Full fine-tuning was slowed by
tfjs-node's own gradient of relu, which was made on the host then.

${table(['network', 'step', 'ms', 'peak MB', 'ops', 'PyTorch ms', 'PyTorch peak MB'], stepRows)}

Steps of training in pages were not measured there: the page asked \`tf.profile\` for the peak, which wants a timer
extension that the card's driver lacks. The pages of \`tools/bench\` ask for neither any more, which
\`ct-layers/test/benchPages.long.ts\` holds them to; no card has been at hand since.

Inference in Chromium, steered with beta 0.9, ms: median (quartiles). wasm ran on 8 threads, which tfjs's kernels use
and ours cannot ([why](../packages/ct-wasm-host/README.md)):

${table(['backend', 'network', 'original', 'steered', 'steered / original'], inferenceRows)}
`;
}

/** @param {TuningRecord} record */
function tuningTables({ backend, machine, versions, load, commit, steps, grid }) {
  const times = (/** @type {Spread} */ [median, low, high], /** @type {number} */ digits) =>
    `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
  /** @type {Record<string, string>} */
  const networks = { resnet14: 'ResNet-14, 28x28, batch 32', resnet18: 'ResNet-18, 224x224, batch 8' };
  const isCard = ['webgl', 'webgpu'].includes(backend);
  const tables = Object.entries(steps).map(([network, methods]) =>
    table(
      [networks[network], 'ms', 'peak MB', ...(isCard ? ['programs'] : [])],
      Object.entries(methods).map(([method, { ms, peakBytes, programs }]) => [
        method,
        times(ms, 1),
        peakBytes === null ? '' : megabytes(peakBytes),
        ...(isCard ? [programs ?? ''] : []),
      ]),
    ),
  );
  if (grid !== undefined)
    tables.push(
      table(
        ['S-CT, 30 betas, bundled transfer', 'seconds', 'chosen beta'],
        Object.entries(grid).map(([name, { seconds, beta }]) => [name, times(seconds, 1), beta ?? '']),
      ),
    );
  const host = `${machine}, Node ${versions.node}, tfjs ${versions.tfjs}`;
  return `### ${backend}: training

${host}, load average ${load.toFixed(1)} before the run, commit ${commit.slice(0, 7)}

${tables.map((text) => `${text}\n`).join('\n')}`;
}

/** Where the time of those steps goes, backend by backend. */
function profileSection() {
  /** @type {Record<string, string>} */
  const networks = { resnet14: 'ResNet-14, 28x28, batch 32', resnet18: 'ResNet-18, 224x224, batch 8' };
  const cellOf = (/** @type {Profile} */ { shares }, /** @type {string} */ part) =>
    shares[part] === undefined ? '' : shares[part].ms + (shares[part].calls === 0 ? '' : ` (${shares[part].calls})`);
  const ofNetwork = (/** @type {string} */ network, /** @type {Record<string, Profile>} */ methods) => {
    const all = Object.values(methods);
    const parts = [...new Set(all.flatMap(({ shares }) => Object.keys(shares)))];
    return table(
      [networks[network], ...Object.keys(methods)],
      [
        ...parts.map((part) => [part, ...all.map((profile) => cellOf(profile, part))]),
        ['**the step**', ...all.map(({ step }) => `**${step}**`)],
        ["PyTorch's", ...all.map(({ pytorch }) => pytorch ?? 'absent')],
      ],
    );
  };
  const ofBackend = (/** @type {ProfileRecord} */ { backend, machine, versions, load, rounds, commit, profiles }) =>
    `### ${backend}: profile

${machine}, Node ${versions.node}, tfjs ${versions.tfjs}, load average ${load.toFixed(1)} before the run, ` +
    `${rounds} rounds, commit ${commit.slice(0, 7)}

${Object.entries(profiles)
  .map(([network, methods]) => `${ofNetwork(network, methods)}\n`)
  .join('\n')}`;
  return `## Where a step's time goes

The same steps with a clock around each kernel: ms a step (kernels a step), medians, which need not add up to the
step's. A kernel counts without those that it calls. What is outside kernels is the tape, JavaScript, and the loss being
read.

${profiles.map(ofBackend).join('\n')}`;
}

/**
 * In turns with another process: PyTorch, and the same op on one thread.
 *
 * @param {NativeComparisons} record
 */
function nativeComparisons({ pytorch, threads }) {
  const comparison = (/** @type {string} */ title, /** @type {string[]} */ header, /** @type {Turns} */ of) => `
${title}

${table(
  ['pass', ...header, 'ratio'],
  /** @type {const} */ (['forward', 'forward+backward']).map((what) => {
    const { milliseconds, ratio } = of[what];
    return [what, ...milliseconds.map(cell), bold(ratio)];
  }),
)}
`;
  const besidePytorch =
    'absent' in pytorch
      ? '\nIn turns with the formula in PyTorch: not measured, PyTorch was absent.\n'
      : comparison(
          `In turns with the formula in PyTorch ${pytorch.torch} ops on ${pytorch.threads} threads of the same ` +
            'machine, per channel, [32, 56, 56, 64] here and [32, 64, 56, 56] there:',
          ['fused', 'PyTorch'],
          pytorch,
        );
  return besidePytorch + comparison('On two threads and on one, at [32, 56, 56, 64]:', ['two', 'one'], threads);
}
