// Files that programs of READMEs begin from, which a reader has.
import { Buffer } from 'node:buffer';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../run/root.mjs';

const sharp = createRequire(join(root, 'packages/ct-datasets/package.json'))('sharp');

/**
 * By README: puts the files into the folder in which its programs run.
 *
 * @type {Partial<Record<string, (folder: string) => void | Promise<void>>>}
 */
export const given = {
  'packages/ct-layers/README.md': graphModel,
  'packages/ct-datasets/README.md': pets,
  'packages/ct-sweep/README.md': squares,
};

/**
 * The module of cells that the README begins with.
 *
 * @param {string} folder
 */
function squares(folder) {
  writeFileSync(
    join(folder, 'cells.js'),
    'export const cells = { square: { version: 1, run: ({ x }) => ({ y: x * x }) } };\n',
  );
}

/**
 * A graph as tensorflowjs_converter writes it: a convolution, ReLU, the mean over the image, a classifier of 4.
 *
 * @param {string} folder
 */
function graphModel(folder) {
  const shapes = { kernel: [3, 3, 1, 8], bias: [8], head: [8, 4] };
  const weights = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' }));
  const size = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  // No two alike, of both signs.
  const values = Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1)));
  const float = { type: 'DT_FLOAT' };
  const text = (/** @type {string} */ value) => ({ s: Buffer.from(value).toString('base64') });
  const layout = { T: float, data_format: text('NHWC') };
  const ones = { list: { i: ['1', '1', '1', '1'] } };
  const axes = { dtype: 'DT_INT32', tensorShape: { dim: [{ size: '2' }] } };
  const node = [
    { name: 'image', op: 'Placeholder', attr: { dtype: float, shape: shapeOf([-1, 16, 16, 1]) } },
    ...weights.map(({ name, shape }) => ({
      name,
      op: 'Const',
      attr: { dtype: float, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: shapeOf(shape).shape } } },
    })),
    { name: 'axes', op: 'Const', attr: { dtype: { type: 'DT_INT32' }, value: { tensor: axes } } },
    {
      name: 'conv',
      op: 'Conv2D',
      input: ['image', 'kernel'],
      attr: { ...layout, strides: ones, dilations: ones, padding: text('SAME') },
    },
    { name: 'biased', op: 'BiasAdd', input: ['conv', 'bias'], attr: layout },
    { name: 'relu', op: 'Relu', input: ['biased'], attr: { T: float } },
    { name: 'pooled', op: 'Mean', input: ['relu', 'axes'], attr: { T: float, keep_dims: { b: false } } },
    { name: 'logits', op: 'MatMul', input: ['pooled', 'head'], attr: { T: float } },
  ];
  const model = {
    format: 'graph-model',
    generatedBy: 'given.mjs',
    convertedBy: null,
    modelTopology: { node, library: {}, versions: {} },
    weightsManifest: [
      {
        paths: ['group1-shard1of1.bin'],
        weights: [...weights, { name: 'axes', shape: [2], dtype: 'int32' }],
      },
    ],
  };
  mkdirSync(join(folder, 'model'));
  writeFileSync(join(folder, 'model/model.json'), JSON.stringify(model));
  const bytes = [values, Int32Array.of(1, 2)].map(({ buffer }) => Buffer.from(buffer));
  writeFileSync(join(folder, 'model/group1-shard1of1.bin'), Buffer.concat(bytes));
}

const shapeOf = (/** @type {readonly number[]} */ sizes) => ({
  shape: { dim: sizes.map((size) => ({ size: String(size) })) },
});

/**
 * Ten pictures of each of two classes.
 *
 * @param {string} folder
 */
async function pets(folder) {
  for (const [name, colour] of Object.entries({ cat: 'orange', dog: 'brown' })) {
    mkdirSync(join(folder, 'pets', name), { recursive: true });
    for (let i = 0; i < 10; i++)
      await sharp({ create: { width: 80 + i, height: 70, channels: 3, background: colour } })
        .jpeg()
        .toFile(join(folder, 'pets', name, `${i}.jpg`));
  }
}
