import type { SafeTensor } from '@curvature-tuning/safetensors';
import { decodeFloat16, encodeFloat16, parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { memory, ready, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { input, layers, model as makeModel, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashWeights } from '../hashWeights.js';
import { resnet8 } from '../families/resnet.js';
import { loadTorchWeights } from './loadTorchWeights.js';
import { toTorchWeights } from './toTorchWeights.js';

beforeAll(async () => {
  await setBackend('cpu');
  await ready();
});

/** 1, 2, 3, ... scaled to small distinct values, in a PyTorch shape. */
function counting(...shape: number[]): SafeTensor<'F32'> {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i + 1) / 8);
  return { dtype: 'F32', shape, data };
}

const snapshot = (model: LayersModel) => model.weights.map((weight) => String(weight.read().dataSync()));
const predict = (model: LayersModel, values: readonly number[], shape: number[]) =>
  tidy(() => [...(model.predict(tensor([...values], shape)) as Tensor).dataSync()]);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

it('keeps nothing of the bytes it is given, which may be those of a whole file', () => {
  const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [2], name: 'fc' })] });
  const tensors = new Map([
    ['fc.weight', counting(2, 2)],
    ['fc.bias', counting(2)],
  ]);
  loadTorchWeights(model, tensors);
  const before = snapshot(model);
  for (const { data } of tensors.values()) data.fill(7);
  expect(snapshot(model)).toEqual(before);
  model.dispose();
});

describe("layouts, against PyTorch's definitions in float64, exactly", () => {
  it('Conv2D: y[o] = b[o] + sum over i, h, w of W[o, i, h, w] x[i, h, w]', () => {
    const model = sequential({
      layers: [layers.conv2d({ filters: 3, kernelSize: [2, 3], inputShape: [2, 3, 2], name: 'c' })],
    });
    const [weight, bias] = [counting(3, 2, 2, 3), counting(3)];
    loadTorchWeights(
      model,
      new Map([
        ['c.weight', weight],
        ['c.bias', bias],
      ]),
    );
    const x = range(12).map((k) => (k % 5) - 2); // [h, w, i]
    const expected = range(3).map((o) =>
      range(12).reduce((sum, k) => {
        const [h, w, i] = [Math.floor(k / 6), Math.floor(k / 2) % 3, k % 2];
        return sum + (weight.data[((o * 2 + i) * 2 + h) * 3 + w] as number) * x[k]!;
      }, bias.data[o] as number),
    );
    expect(predict(model, x, [1, 2, 3, 2])).toEqual(expected);
    model.dispose();
  });

  it('DepthwiseConv2D: y[2 i + m] = sum over h, w of W[2 i + m, 0, h, w] x[i, h, w]', () => {
    const model = sequential({
      layers: [layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, inputShape: [2, 2, 3], name: 'd' })],
    });
    const [weight, bias] = [counting(6, 1, 2, 2), counting(6)];
    loadTorchWeights(
      model,
      new Map([
        ['d.weight', weight],
        ['d.bias', bias],
      ]),
    );
    const x = range(12).map((k) => (k % 7) - 3); // [h, w, i]
    const expected = range(6).map((o) =>
      range(4).reduce(
        (sum, k) => sum + (weight.data[o * 4 + k] as number) * (x[k * 3 + Math.floor(o / 2)] as number),
        bias.data[o] as number,
      ),
    );
    expect(predict(model, x, [1, 2, 2, 3])).toEqual(expected);
    model.dispose();
  });

  it('Dense after Flatten: PyTorch flattens [c, h, w], even with a dropout between', () => {
    const image = input({ shape: [2, 2, 3] });
    let x = layers.flatten({}).apply(image);
    x = layers.dropout({ rate: 0.5 }).apply(x);
    const model = makeModel({
      inputs: image,
      outputs: layers.dense({ units: 2, name: 'fc' }).apply(x) as typeof image,
    });
    const [weight, bias] = [counting(2, 12), counting(2)];
    loadTorchWeights(
      model,
      new Map([
        ['fc.weight', weight],
        ['fc.bias', bias],
      ]),
    );
    const values = range(12).map((k) => (k % 5) - 2); // [h, w, c]
    const expected = range(2).map((o) =>
      range(12).reduce(
        (sum, k) => sum + (weight.data[o * 12 + (k % 3) * 4 + Math.floor(k / 3)] as number) * values[k]!,
        bias.data[o] as number,
      ),
    );
    expect(predict(model, values, [1, 2, 2, 3])).toEqual(expected);
    model.dispose();
  });

  it('a second Dense, and a Dense of plain vectors, keep their order', () => {
    const model = sequential({
      layers: [
        layers.flatten({ inputShape: [1, 2, 2] }),
        layers.dense({ units: 4, name: 'a', useBias: false }),
        layers.dense({ units: 1, name: 'b', useBias: false }),
      ],
    });
    loadTorchWeights(
      model,
      new Map([
        ['a.weight', counting(4, 4)],
        ['b.weight', counting(1, 4)],
      ]),
    );
    expect([...(model.getLayer('b').getWeights()[0]?.dataSync() ?? [])]).toEqual([...counting(4).data]);
    model.dispose();
  });

  it('BatchNormalization: (x - running_mean) / sqrt(running_var + eps) * weight + bias', () => {
    const model = sequential({ layers: [layers.batchNormalization({ epsilon: 0, inputShape: [2], name: 'n' })] });
    const of = (...values: number[]): SafeTensor => ({ dtype: 'F32', shape: [2], data: Float32Array.from(values) });
    loadTorchWeights(
      model,
      new Map([
        ['n.weight', of(2, 3)],
        ['n.bias', of(10, 20)],
        ['n.running_mean', of(1, 2)],
        ['n.running_var', of(4, 16)],
        ['n.num_batches_tracked', { dtype: 'I64' as const, shape: [], data: BigInt64Array.of(7n) }],
      ]),
    );
    expect(predict(model, [5, 10], [1, 2])).toEqual([14, 26]);
    model.dispose();
  });

  it('LayerNormalization: weight and bias', () => {
    const model = sequential({ layers: [layers.layerNormalization({ inputShape: [2], name: 'ln' })] });
    loadTorchWeights(
      model,
      new Map([
        ['ln.weight', counting(2)],
        ['ln.bias', counting(2)],
      ]),
    );
    expect(
      model
        .getLayer('ln')
        .getWeights()
        .map((w) => [...w.dataSync()]),
    ).toEqual([
      [0.125, 0.25],
      [0.125, 0.25],
    ]);
    model.dispose();
  });
});

describe('loadTorchWeights', () => {
  it('widens half precision exactly', () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [3], useBias: false, name: 'fc' })] });
    const bits = encodeFloat16(Float32Array.of(0.1, -2, 1e-7));
    loadTorchWeights(model, new Map([['fc.weight', { dtype: 'F16' as const, shape: [1, 3], data: bits }]]));
    expect(model.getWeights()[0]?.dataSync()).toEqual(decodeFloat16(bits));
    model.dispose();
  });

  it('names all faults in one error and leaves the model as it was', () => {
    const model = resnet8({ seed: 3 });
    const before = [snapshot(model), memory().numTensors];
    const weights: Map<string, SafeTensor> = new Map(hashWeights(model));
    weights.delete('bn1.weight');
    weights.delete('layer3.0.conv2.weight');
    weights.set('fc.weight', counting(5, 64));
    weights.set('fc.bias', { dtype: 'I32', shape: [10], data: new Int32Array(10) });
    weights.set('head.weight', counting(1));
    expect(() => loadTorchWeights(model, weights)).toThrow(
      new Error(
        [
          'loadTorchWeights: the weights do not fit "resnet8", nothing was loaded',
          '  no floats: fc.bias (expected floats, got I32)',
          '  mis-shaped: fc.weight (expected [10, 64], got [5, 64])',
          '  missing: bn1.weight [16], layer3.0.conv2.weight [64, 64, 3, 3]',
          '  unexpected: head.weight [1]',
          'build the model these weights belong to, or pass {strict: false} to load what matches by name and shape',
        ].join('\n'),
      ),
    );
    expect([snapshot(model), memory().numTensors]).toEqual(before);
    model.dispose();
  });

  it('leaves out a head of another size when lenient, and reports both shapes', () => {
    const model = resnet8({ classes: 3, seed: 3 });
    const head = model.getLayer('fc').getWeights()[0]?.dataSync();
    const ten = resnet8({ initialWeights: 'zeros' });
    const { misshaped, missing } = loadTorchWeights(model, hashWeights(ten), { strict: false });
    expect(misshaped).toEqual([
      { name: 'fc.weight', expected: [3, 64], got: [10, 64] },
      { name: 'fc.bias', expected: [3], got: [10] },
    ]);
    expect(missing).toEqual([]);
    expect(model.getLayer('fc').getWeights()[0]?.dataSync()).toEqual(head);
    expect(model.getLayer('bn1').getWeights()[0]?.dataSync()).toEqual(hashWeights(ten).get('bn1.weight')?.data);
    ten.dispose();
    model.dispose();
  });

  it('refuses, lenient too, a file of which nothing fits, and integers', () => {
    const model = resnet8({ initialWeights: 'zeros' });
    expect(() => loadTorchWeights(model, new Map([['fc.weight', counting(5, 64)]]), { strict: false })).toThrow(
      'mis-shaped: fc.weight (expected [10, 64], got [5, 64])',
    );
    const integers = { dtype: 'I32', shape: [10], data: new Int32Array(10) } as const;
    expect(() => loadTorchWeights(model, new Map([['fc.bias', integers]]), { strict: false })).toThrow(
      'no floats: fc.bias (expected floats, got I32)',
    );
    model.dispose();
  });

  it('reports what a lenient load left out, and loads the rest', () => {
    const model = resnet8({ classes: 3, initialWeights: 'zeros' });
    const weights = hashWeights(model);
    weights.delete('fc.weight');
    weights.delete('fc.bias');
    weights.set('head.weight', counting(1));
    expect(loadTorchWeights(model, weights, { strict: false })).toEqual({
      prefixes: { '': '' },
      missing: ['fc.weight', 'fc.bias'],
      unexpected: ['head.weight'],
      misshaped: [],
      unused: [],
    });
    expect(model.getLayer('bn1').getWeights()[0]?.dataSync()).toEqual(weights.get('bn1.weight')?.data);
    expect([...new Set(model.getLayer('fc').getWeights()[0]?.dataSync())]).toEqual([0]);
    model.dispose();
  });

  it('counts a variable that PyTorch has no counterpart for as missing', () => {
    const model = sequential({ layers: [layers.prelu({ inputShape: [2], name: 'act' })] });
    expect(() => loadTorchWeights(model, new Map())).toThrow('missing: act.alpha');
    model.dispose();
  });

  it('keeps the number of tensors', () => {
    const model = resnet8({ initialWeights: 'zeros' });
    const before = memory().numTensors;
    loadTorchWeights(model, hashWeights(model));
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });
});

/** The names of a state dict with something before them. */
const behind = (prefix: string, weights: ReadonlyMap<string, SafeTensor>): Map<string, SafeTensor> =>
  new Map([...weights].map(([name, value]) => [prefix + name, value]));

describe('prefixes and networks inside of networks', () => {
  it.each([
    'module.',
    '_orig_mod.',
    'model.',
    'net.',
    'state_dict.',
    'backbone.',
    'module._orig_mod.',
    '_orig_mod.module.',
    'model.my encoder.0.',
  ])('loads and reports names behind "%s", strictly and leniently', (prefix) => {
    const weights = hashWeights(resnet8({ initialWeights: 'zeros' }));
    for (const strict of [true, false]) {
      const model = resnet8({ initialWeights: 'zeros' });
      const counter: [string, SafeTensor] = [
        `${prefix}bn1.num_batches_tracked`,
        { dtype: 'I64', shape: [], data: BigInt64Array.of(1n) },
      ];
      expect(loadTorchWeights(model, new Map([...behind(prefix, weights), counter]), { strict })).toEqual({
        prefixes: { '': prefix },
        missing: [],
        unexpected: [],
        misshaped: [],
        unused: [`${prefix}bn1.num_batches_tracked`],
      });
      expect(model.getLayer('conv1').getWeights()[0]?.dataSync().slice(0, 3)).toEqual(
        Float32Array.from(
          [0, 27, 54],
          (at) => (weights.get('conv1.weight') as SafeTensor<'F32'>).data[at] as number,
        ).slice(0, 3),
      );
      model.dispose();
    }
  });

  it('names what is missing and mis-shaped as the file would, and the prefix', () => {
    const model = resnet8({ classes: 10, initialWeights: 'zeros' });
    const weights = behind('module.', hashWeights(model));
    weights.delete('module.bn1.weight');
    weights.set('module.fc.weight', counting(5, 64));
    weights.set('epoch', counting(1));
    expect(() => loadTorchWeights(model, weights)).toThrow(
      '  mis-shaped: module.fc.weight (expected [10, 64], got [5, 64])\n  missing: module.bn1.weight [16]\n  ' +
        'unexpected: epoch [1]\n  prefixes: "module."\n',
    );
    model.dispose();
  });

  it.each([true, false])('refuses a file of which no name matches, {strict: %s}', (strict) => {
    const model = resnet8({ seed: 3 });
    const before = [snapshot(model), memory().numTensors];
    const load = () =>
      loadTorchWeights(
        model,
        new Map([
          ['encoder.kernel', counting(1)],
          ['encoder.offset', counting(1)],
        ]),
        { strict },
      );
    expect(load).toThrow(
      'loadTorchWeights: the weights do not fit "resnet8", nothing was loaded\n  no name matches\n  ' +
        'missing: conv1.weight [16, 3, 3, 3], ',
    );
    expect(load).toThrow(
      '\n  unexpected: encoder.kernel [1], encoder.offset [1]\nname the layers as the PyTorch modules',
    );
    expect(() => loadTorchWeights(model, new Map(), { strict })).toThrow('no name matches');
    expect([snapshot(model), memory().numTensors]).toEqual(before);
    model.dispose();
  });

  it('refuses two sets of weights that fit equally well, such as a network and its average', () => {
    const model = resnet8({ initialWeights: 'zeros' });
    const weights = hashWeights(model);
    expect(() =>
      loadTorchWeights(model, new Map([...behind('student.', weights), ...behind('teacher.', weights)])),
    ).toThrow('ambiguous: the names of the model fit behind "student." and "teacher."');
    expect(
      loadTorchWeights(model, new Map([...weights, ...behind('ema.', weights)]), { strict: false }).prefixes,
    ).toEqual({ '': '' });
    model.dispose();
  });

  it('says that a tensor was skipped where it is wanted', () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], name: 'fc' })] });
    const file = serializeSafetensors([
      ['fc.bias', counting(1)],
      ['fc.weight', { dtype: 'F8_E4M3', shape: [1, 1], data: Uint8Array.of(0x38) }],
    ]);
    const text = new TextDecoder('latin1').decode(file).replace('F8_E4M3', 'F8_XXXX');
    const { tensors } = parseSafetensors(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    expect(() => loadTorchWeights(model, tensors, { strict: false })).toThrow(
      'tensor "fc.weight" was skipped: its dtype "F8_XXXX" is unknown',
    );
    model.dispose();
  });

  /** A network with a head of its own on another network, as transfer learning has it. */
  function onBackbone(name: string): LayersModel {
    const backbone = sequential({
      name,
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [2, 1, 1], name: 'conv', useBias: false }),
        layers.flatten({}),
      ],
    });
    const image = input({ shape: [2, 1, 1] });
    return makeModel({
      inputs: image,
      outputs: layers.dense({ units: 1, name: 'fc', useBias: false }).apply(backbone.apply(image)) as typeof image,
    });
  }

  it.each([
    ['its own name', 'backbone.', 'fc.', {}],
    ['no name', '', 'fc.', {}],
    ['another name', 'encoder.', 'fc.', {}],
    ['a wrapper around both', 'module.backbone.', 'module.fc.', {}],
    ['a wrapper around one, as torch.compile puts it', 'backbone._orig_mod.', 'fc.', {}],
  ])('finds the names of an inner network behind %s', (_, inner, outer) => {
    const model = onBackbone('backbone');
    const before = memory().numTensors;
    const report = loadTorchWeights(
      model,
      new Map([
        [`${inner}conv.weight`, counting(2, 1, 1, 1)],
        [`${outer}weight`, counting(1, 4)],
      ]),
    );
    expect(report).toEqual({
      prefixes: { '': outer.slice(0, -3), backbone: inner },
      missing: [],
      unexpected: [],
      misshaped: [],
      unused: [],
    });
    expect(memory().numTensors).toBe(before);
    // PyTorch: features [c, h] = [x0, x1] / 8 and [x0, x1] / 4 flattened, times 1/8 to 4/8.
    expect(predict(model, [1, 10], [1, 2, 1, 1])).toEqual([(1 * 0.125 + 10 * 0.25) / 8 + (1 * 0.375 + 10 * 0.5) / 4]);
    model.dispose();
  });

  it('reorders what lies behind a Flatten before the network, or behind a Reshape', () => {
    const head = sequential({
      name: 'head',
      layers: [
        layers.batchNormalization({ name: 'bn', epsilon: 0, inputShape: [4], scale: false }),
        layers.dense({ units: 1, name: 'fc', useBias: false }),
      ],
    });
    const weights = new Map<string, SafeTensor>([
      ['head.bn.bias', counting(4)],
      ['head.bn.running_mean', { ...counting(4), data: new Float32Array(4) }],
      ['head.bn.running_var', { ...counting(4), data: new Float32Array(4).fill(1) }],
      ['head.fc.weight', counting(1, 4)],
    ]);
    for (const flatten of [layers.flatten({}), layers.reshape({ targetShape: [4] })]) {
      const image = input({ shape: [2, 1, 2] });
      const model = makeModel({ inputs: image, outputs: head.apply(flatten.apply(image)) as typeof image });
      loadTorchWeights(model, weights);
      // x [h, c] = 1 2, 3 4 flattens to 1 3, 2 4 in PyTorch; bias and weight are 1/8 to 4/8.
      const expected = [1, 3, 2, 4].reduce((sum, x, k) => sum + (x + (k + 1) / 8) * ((k + 1) / 8), 0);
      expect(predict(model, [1, 2, 3, 4], [1, 2, 1, 2])).toEqual([expected]);
    }
    head.dispose();
  });

  it('goes into a Sequential that begins with a network, into networks three deep, and into TimeDistributed', () => {
    const inner = sequential({
      name: 'inner',
      layers: [layers.dense({ units: 2, inputShape: [2], name: 'a', useBias: false })],
    });
    const middle = sequential({
      name: 'middle',
      layers: [inner, layers.dense({ units: 2, name: 'b', useBias: false })],
    });
    const outer = sequential({
      name: 'outer',
      layers: [middle, layers.dense({ units: 1, name: 'c', useBias: false })],
    });
    const sequence = input({ shape: [3, 2] });
    const each = layers
      .timeDistributed({ layer: layers.dense({ units: 2, name: 'hidden', useBias: false }), name: 'each' })
      .apply(sequence) as typeof sequence;
    const model = makeModel({
      inputs: sequence,
      outputs: layers.timeDistributed({ layer: outer, name: 'steps' }).apply(each) as typeof sequence,
    });
    const square: SafeTensor<'F32'> = { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
    const row: SafeTensor<'F32'> = { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, -1) };
    const weights = new Map<string, SafeTensor>([
      ['each.weight', square],
      ['steps.middle.inner.a.weight', square],
      ['steps.middle.b.weight', square],
      ['steps.c.weight', row],
    ]);
    expect(loadTorchWeights(model, weights)).toMatchObject({ missing: [], unexpected: [] });
    // [[1, 2], [3, 4]]^3 = [[37, 54], [81, 118]], and the difference of its rows.
    expect(predict(model, [1, 0, 0, 1, 1, 1], [1, 3, 2])).toEqual([37 - 81, 54 - 118, 91 - 199]);
    model.dispose();
  });

  it('refuses to give one entry to two layers, and two networks of equal names to guesses', () => {
    const towers = (names: readonly string[]): LayersModel => {
      const x = input({ shape: [1] });
      const made = names.map(
        (name) =>
          sequential({ name, layers: [layers.dense({ units: 1, inputShape: [1], useBias: false, name: 'fc' })] }).apply(
            x,
          ) as typeof x,
      );
      return makeModel({ inputs: x, outputs: made });
    };
    const one = counting(1, 1);
    const model = towers(['left', 'right']);
    expect(() => loadTorchWeights(model, new Map([['fc.weight', one]]))).toThrow(
      'ambiguous: fc.weight would go to left.fc.weight and to right.fc.weight',
    );
    expect(() =>
      loadTorchWeights(
        model,
        new Map([
          ['0.fc.weight', one],
          ['1.fc.weight', one],
        ]),
      ),
    ).toThrow('ambiguous: the names of "left" fit behind "0." and "1."');
    expect(
      loadTorchWeights(
        model,
        new Map([
          ['module.left.fc.weight', one],
          ['module.right.fc.weight', one],
        ]),
      ).prefixes,
    ).toEqual({ left: 'module.left.', right: 'module.right.' });
    model.dispose();
  });

  it('does not take a few equal names for the network', () => {
    const model = resnet8({ initialWeights: 'zeros' });
    expect(() =>
      loadTorchWeights(
        model,
        new Map([
          ['decoder.0.conv1.weight', counting(16, 3, 3, 3)],
          ['head.bias', counting(1)],
        ]),
        { strict: false },
      ),
    ).toThrow('no name matches');
    model.dispose();
  });
});

describe('toTorchWeights', () => {
  it('names what lies in inner networks by their path', async () => {
    const inner = sequential({
      name: 'backbone',
      layers: [layers.dense({ units: 2, inputShape: [2], name: 'a', useBias: false })],
    });
    const model = sequential({ layers: [inner, layers.dense({ units: 1, name: 'fc', useBias: false })] });
    const weights = new Map([
      ['backbone.a.weight', counting(2, 2)],
      ['fc.weight', counting(1, 2)],
    ]);
    loadTorchWeights(model, weights);
    expect(await toTorchWeights(model)).toEqual(weights);
    model.dispose();
  });

  it('gives back what was loaded, exactly, also through a file', async () => {
    const model = resnet8({ initialWeights: 'zeros' });
    const weights = hashWeights(model);
    loadTorchWeights(model, weights);
    const before = memory().numTensors;
    const back = await toTorchWeights(model);
    expect(memory().numTensors).toBe(before);
    const sorted = (map: ReadonlyMap<string, SafeTensor>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(back)).toEqual(sorted(weights));
    expect(sorted(parseSafetensors(serializeSafetensors(back)).tensors)).toEqual(sorted(weights));
    model.dispose();
  });

  it('inverts every layout', async () => {
    const model = sequential({
      layers: [
        layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, inputShape: [3, 4, 3], name: 'd' }),
        layers.layerNormalization({ name: 'ln' }),
        layers.flatten({}),
        layers.dense({ units: 2, name: 'fc' }),
      ],
    });
    const weights = new Map([
      ['d.weight', counting(6, 1, 2, 2)],
      ['d.bias', counting(6)],
      ['ln.weight', counting(6)],
      ['ln.bias', counting(6)],
      ['fc.weight', counting(2, 36)],
      ['fc.bias', counting(2)],
    ]);
    loadTorchWeights(model, weights);
    expect(await toTorchWeights(model)).toEqual(weights);
    model.dispose();
  });

  it('gives copies: later training does not reach them', async () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], useBias: false, name: 'fc' })] });
    loadTorchWeights(model, new Map([['fc.weight', counting(1, 1)]]));
    const back = await toTorchWeights(model);
    (back.get('fc.weight') as SafeTensor<'F32'>).data[0] = 9;
    expect(model.getWeights()[0]?.dataSync()[0]).toBe(0.125);
    model.dispose();
  });

  it('refuses a variable that PyTorch has no counterpart for, by name', async () => {
    const model = sequential({ layers: [layers.prelu({ inputShape: [2], name: 'act' })] });
    await expect(toTorchWeights(model)).rejects.toThrow('toTorchWeights: PyTorch has no counterpart for act.alpha');
    model.dispose();
  });
});
