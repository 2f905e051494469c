// Writes docs/support.md from the records in tools/bench/results: op × backend × what was measured.
//
//     node tools/bench/support.mjs
//
// bundles.json is what `node tools/bundles.mjs && npx size-limit --json` says.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('results/', import.meta.url);
const records = readdirSync(folder)
  .filter((name) => name.startsWith('activation-'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
const order = ['cpu', 'wasm', 'tensorflow', 'webgl', 'webgpu', 'webgpu-node'];
records.sort((a, b) => order.indexOf(a.backend) - order.indexOf(b.backend));

// The bounds that stand in the titles of the tests named.
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
      'AVX-512 compiled at its width for others; the CUDA kernels compiled, never run on a GPU',
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
const cell = ([median, low, high]) => `${median} (${low}-${high})`;
const training = JSON.parse(readFileSync(new URL('wasm-gradients.json', folder), 'utf8'));
const bundles = JSON.parse(readFileSync(new URL('bundles.json', folder), 'utf8'));
const tuning = ['cpu', 'wasm', 'tensorflow'].flatMap((backend) => {
  const file = new URL(`tuning-${backend}.json`, folder);
  return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8'))] : [];
});
const lora = existsSync(new URL('lora.json', folder))
  ? JSON.parse(readFileSync(new URL('lora.json', folder), 'utf8'))
  : undefined;
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

const text = `# Support

Written by \`tools/bench/support.mjs\` from the records in \`tools/bench/results\`; \`npm run bench\` renews both.

## The op \`ctu\`

On every backend \`ctu\` works, composed of stock ops; with its entry imported these run it as fused kernels. Errors are
|got − exact| / max(1, |exact|) over the conformance table, against float64.

| backend | entry | error below | where it is tested | tests |
| --- | --- | --- | --- | --- |
${records
  .map(
    ({ backend }) =>
      `| ${backend} | ${facts[backend].entry} | ${facts[backend].bound} | ${facts[backend].where} | ` +
      `${facts[backend].tests} |`,
  )
  .join('\n')}
| any other | none | 1e-6 where stock ops are correctly rounded | composed form: cpu and wasm in Node, webgl in Chromium | \`src/ctu.test.ts\` |

## Training on wasm

With \`@curvature-tuning/wasm-gradients\` imported tfjs trains convolutional networks on its WASM backend. Errors are
relative to the largest entry of a gradient, against float64 and tfjs's cpu backend.

| kernel | tfjs 4.22 alone | error below | where it is tested | tests |
| --- | --- | --- | --- | --- |
| \`Conv2DBackpropFilter\`, \`DepthwiseConv2dNativeBackpropInput\`, \`DepthwiseConv2dNativeBackpropFilter\` | missing | 1e-5 | Node; Chromium, plain and threaded | \`src/convolutionGradients.test.ts\`, \`test/gradients.*\` |
| \`UnsortedSegmentSum\` | missing | 1e-6 | Node | \`src/unsortedSegmentSum.test.ts\` |
| \`Conv2DBackpropInput\` | a naive loop | 1e-5 | Node; Chromium, plain and threaded | \`src/convolutionGradients.test.ts\`, \`test/gradients.*\` |
| \`Sum\`, \`Mean\`, \`FusedBatchNorm\` | slow | 1e-6 | Node | \`src/stockKernels.test.ts\` |
| \`Add\`, \`Sub\`, \`Multiply\`, \`RealDiv\` | slow if small | 1e-7 | Node | the same |
| \`MaxPoolGrad\`, \`AvgPoolGrad\` | slow | 1e-6 | Node | the same |
| \`BatchMatMul\` with one factor transposed | a naive loop | 1e-5 | Node | the same |
| \`Tile\`, \`Identity\`, \`Cast\`, \`LogicalAnd\`, \`Equal\`, \`NotEqual\`, \`Greater\`, \`GreaterEqual\`, \`Less\`, \`LessEqual\` | slow | 0 | Node | the same |
| gradients of \`tf.conv2d\`, \`tf.depthwiseConv2d\` with dilations | refused | 1e-5 | Node; Chromium, plain and threaded | \`src/convolutionGradients.test.ts\`, \`test/training.test.ts\` |
| a network with all of these, 10 steps: losses | fails | 1e-4 | the same | \`test/training.test.ts\`, \`test/gradients.*\` |

${training.machine}, Node ${training.versions.node}, tfjs ${training.versions.tfjs}, ${training.rounds} rounds, commit ${training.commit.slice(0, 7)}.
Times in ms, ratios without unit: median (quartiles), interleaved in one process; the cpu backend ${training.cpuRounds === 1 ? 'once' : `${training.cpuRounds} times`}.

${training.steps
  .map(
    ({ name, milliseconds, ratios }) => `| ${name}, 28x28, batch 32 | |
| --- | --- |
${Object.entries(milliseconds)
  .map(([form, values]) => `| ${form} | ${cell(values)} |`)
  .join('\n')}
${Object.entries(ratios)
  .map(([form, values]) => `| ${form} | **${values[0]}** (${values[1]}-${values[2]}) |`)
  .join('\n')}
`,
  )
  .join('\n')}
| convolution | forward | gradient in x | filter gradient | gradient in x / forward | filter gradient / forward |
| --- | --- | --- | --- | --- | --- |
${training.kernels
  .map(
    ({ name, milliseconds, ratios }) =>
      `| ${name} | ${['forward', 'gradient in x', 'filter gradient'].map((run) => cell(milliseconds[run])).join(' | ')} | ${Object.values(
        ratios,
      )
        .map(([median]) => median)
        .join(' | ')} |`,
  )
  .join('\n')}

*tfjs alone* composes the activation of stock ops, *fused ctu* has the kernels of \`@curvature-tuning/activation/wasm\`,
and *with this package* both packages. Short convolutions are repeated within a sample. The forward convolutions are
tfjs's own, XNNPACK.

## Steps of T-CT

One step of T-CT, of full fine-tuning and of the head alone, in the same loop on the same kernels, and PyTorch's, in turns on the
same machine. Times in ms: median (lowest-highest). Peak MB: the most that tfjs held in a run of a few steps, over the network.
TensorFlow ran with TF_ENABLE_ONEDNN_OPTS=1, which is its default on processors with AVX-512 alone.

${tuning.map(tuningTables).join('\n')}
${lora === undefined ? '' : loraTables(lora)}
## Bundle size

What an entry adds to a Vite build, minified and gzipped; \`npm run size\` keeps the limits, in CI too.

| entry | gzipped | limit |
| --- | --- | --- |
${bundles.map(({ name, size, sizeLimit }) => `| ${name} | ${kilobytes(size)} | ${kilobytes(sizeLimit)} |`).join('\n')}

## Speed

*composed* is the literal formula in stock tfjs ops, *fused* is \`ctu\` with its kernels; one beta and one c per channel
unless beta is said to be a number.
Times in ms, ratios without unit: median (quartiles), interleaved in one process. GPUs are software
here: SwiftShader. It takes seconds for tfjs's own WebGPU program of x · [channels], so that on webgpu the rows where
beta is a number are the fair ones.

${records
  .map(
    ({ backend, machine, versions, commit, rounds, results, ...native }) => `### ${backend}

${machine}, Node ${versions.node}, tfjs ${versions.tfjs}${
      native.isa
        ? `, TensorFlow ${versions.tensorflow}, ${native.isa}, load average ${native.loadAverage} before the ` + 'run'
        : ''
    }, ${rounds} rounds, commit ${commit.slice(0, 7)}

| shape | pass | relu | fused | composed | composed / fused | fused / relu | peak MB: fused | composed |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${results
  .flatMap(({ shape, milliseconds, ratios, peakBytes }) =>
    Object.entries(ratios).map(
      ([what, ratio]) =>
        `| [${shape.join(', ')}] | ${what} | ` +
        `${cell(milliseconds[`relu ${what.split(' in x')[0].split(',')[0]}`])} | ` +
        `${cell(milliseconds[`fused ${what}`])} | ${cell(milliseconds[`composed ${what}`])} | ` +
        `**${ratio['composed/fused'][0]}** (${ratio['composed/fused'][1]}-${ratio['composed/fused'][2]}) | ` +
        `${ratio['fused/relu'][0]} | ${megabytes(peakBytes[`fused ${what}`])} | ` +
        `${megabytes(peakBytes[`composed ${what}`])} |`,
    ),
  )
  .join('\n')}
${native.isa ? nativeComparisons(native) : ''}`,
  )
  .join('\n')}`;
writeFileSync(new URL('../../docs/support.md', import.meta.url), text);
console.log('docs/support.md');

function loraTables({ machine, commit, loadAverage, rounds, results }) {
  const sizes = { resnet14: 'ResNet-14, 28x28, batch 32', resnet18: 'ResNet-18, 224x224, batch 8' };
  return `## Steps of LoRA

One training step of rank 1 in all convolutions, of full fine-tuning and of the head alone, and PyTorch's in turns with them: *lora* as two
convolutions beside the frozen one, *lora merged* as one with the changed weight. ${machine}, load average ${loadAverage} after the run,
${rounds} rounds, commit ${commit.slice(0, 7)}. Times in ms, ratios without unit: median (quartiles).

${results
  .map(
    ({ backend, network, milliseconds, ratios }) => `| ${sizes[network]}, ${backend} | |
| --- | --- |
${Object.entries(milliseconds)
  .map(([form, { quartiles }]) => `| ${form} | ${cell(quartiles)} |`)
  .join('\n')}
${Object.entries(ratios)
  .map(([form, [median, low, high]]) => `| ${form} | **${median}** (${low}-${high}) |`)
  .join('\n')}
`,
  )
  .join('\n')}`;
}

/** Steps by network, and the grid of S-CT. */
function tuningTables({ backend, machine, versions, load, commit, steps, grid }) {
  const times = ([median, low, high], digits) =>
    `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
  const networks = { resnet14: 'ResNet-14, 28x28, batch 32', resnet18: 'ResNet-18, 224x224, batch 8' };
  const tables = Object.entries(steps).map(
    ([network, methods]) => `| ${networks[network]} | ms | peak MB |
| --- | --- | --- |
${Object.entries(methods)
  .map(
    ([method, { ms, peakBytes }]) =>
      `| ${method} | ${times(ms, 1)} | ${peakBytes === null ? '' : megabytes(peakBytes)} |`,
  )
  .join('\n')}
`,
  );
  if (grid !== undefined) {
    tables.push(`| S-CT, 30 betas, bundled transfer | seconds | chosen beta |
| --- | --- | --- |
${Object.entries(grid)
  .map(([name, { seconds, beta }]) => `| ${name} | ${times(seconds, 1)} | ${beta} |`)
  .join('\n')}
`);
  }
  return `### ${backend}: training

${machine}, Node ${versions.node}, tfjs ${versions.tfjs}, load average ${load.toFixed(1)} before the run, commit ${commit.slice(0, 7)}

${tables.join('\n')}`;
}

/** In turns with another process: PyTorch, and the same op on one thread. */
function nativeComparisons({ pytorch, threads }) {
  const row = (name, { milliseconds: [ours, theirs], ratio }) =>
    `| ${name} | ${cell(ours)} | ${cell(theirs)} | **${ratio[0]}** (${ratio[1]}-${ratio[2]}) |`;
  const table = (title, header, of) => `
${title}

| pass | ${header} | ratio |
| --- | --- | --- | --- |
${['forward', 'forward+backward'].map((what) => row(what, of[what])).join('\n')}
`;
  const besidePytorch = pytorch.absent
    ? '\nIn turns with the formula in PyTorch: not measured, PyTorch was absent.\n'
    : table(
        `In turns with the formula in PyTorch ${pytorch.torch} ops on ${pytorch.threads} threads of the same ` +
          'machine, per channel, [32, 56, 56, 64] here and [32, 64, 56, 56] there:',
        'fused | PyTorch',
        pytorch,
      );
  return besidePytorch + table('On two threads and on one, at [32, 56, 56, 64]:', 'two | one', threads);
}
