import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/wasm-gradients';
import { replaceActivations } from '@curvature-tuning/layers';
import { resnet18, resnet50, resnet152 } from '@curvature-tuning/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { golden } from '../../test/golden.js';
import { applyLora, loraLayers, mergeLora, removeLora, unmergeLora } from '../index.js';

/** Nested, shared, fused, strided, dilated, depthwise and wrapped layers. */
function zoo(): tf.LayersModel {
  const inner = tf.sequential({
    name: 'inner',
    layers: [
      tf.layers.conv2d({
        name: 'conv',
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        inputShape: [6, 6, 4],
      }),
      tf.layers.batchNormalization({ name: 'bn' }),
    ],
  });
  const shared = tf.layers.conv2d({
    name: 'shared',
    filters: 4,
    kernelSize: [3, 1],
    padding: 'same',
    activation: 'relu',
  });
  const input = tf.input({ shape: [12, 12, 3] });
  let x = tf.layers
    .conv2d({
      name: 'stem',
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
      activation: 'relu6',
    })
    .apply(input);
  x = shared.apply(shared.apply(x));
  x = inner.apply(x);
  x = tf.layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 3, depthMultiplier: 2, activation: 'relu' }).apply(x);
  x = tf.layers.conv2d({ name: 'dilated', filters: 5, kernelSize: 2, dilationRate: 2 }).apply(x);
  x = tf.layers.reshape({ targetShape: [4, 5] }).apply(x);
  x = tf.layers.timeDistributed({ name: 'steps', layer: tf.layers.dense({ units: 6, activation: 'tanh' }) }).apply(x);
  x = tf.layers.dense({ name: 'wide', units: 3, activation: 'relu' }).apply(x);
  const logits = tf.layers.dense({ name: 'fc', units: 4 }).apply(tf.layers.flatten().apply(x)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: logits });
  // Drawn from seeds: finite differences must not meet another kink in every run.
  model.setWeights(
    model
      .getWeights()
      .map((w, i) =>
        w.rank < 2
          ? w
          : tf.randomNormal(
              w.shape,
              0,
              Math.sqrt(2 / w.shape.slice(0, -1).reduce((a, b) => a * b, 1)),
              'float32',
              100 + i,
            ),
      ),
  );
  return model;
}

const flat = (t: tf.Tensor): number[] => [...t.dataSync()];
const variables = (model: tf.LayersModel): tf.Variable[] =>
  [...loraLayers(model).values()].flatMap(
    ({
      lora: {
        variables: { a, b },
      },
    }) => [a, b].map((v) => (v as unknown as { val: tf.Variable }).val),
  );
/** Makes A and B something that acts. */
const disturb = (model: tf.LayersModel): void =>
  variables(model).forEach((v, i) => v.assign(tf.randomUniform(v.shape, -0.5, 0.5, 'float32', i + 1)));
const largestDifference = (a: tf.Tensor, b: tf.Tensor): number => flat(tf.max(tf.abs(tf.sub(a, b))))[0]!;

describe('parameter counts', () => {
  beforeAll(async () => void (await tf.setBackend('cpu')));
  const counts = golden<Record<string, { lora_r1_params: number }>>('param_counts');

  it.each([
    ['resnet18', resnet18, 35_923],
    ['resnet50', resnet50, 79_443],
    ['resnet152', resnet152, 243_283],
  ] as const)('%s, rank 1, without the head: those of the reference', (name, make, expected) => {
    const model = make({ initialWeights: 'zeros' });
    const { parameters, sites, model: lora } = applyLora(model, { exclude: 'fc' });
    expect(parameters).toBe(expected);
    expect(counts[name]!.lora_r1_params).toBe(expected);
    expect(sites.every(({ className }) => className === 'Conv2D')).toBe(true);
    lora.dispose();
    model.dispose();
  });

  it.each([
    ['resnet18', resnet18, 3_968],
    ['resnet50', resnet50, 45_440],
    ['resnet152', resnet152, 143_744],
  ] as const)('%s, T-CT: those of the reference', (_, make, expected) => {
    const model = make({ initialWeights: 'zeros' });
    const { sites, model: steered } = replaceActivations(model, { sharing: 'channel' });
    expect(2 * sites.reduce((sum, { channels }) => sum + channels!, 0)).toBe(expected);
    steered.dispose();
    model.dispose();
  });
});

describe.each(['cpu', 'wasm'])('applyLora on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  const x = (): tf.Tensor => tf.randomNormal([2, 12, 12, 3], 0, 1, 'float32', 7);

  for (const protocol of ['strict', 'paper'] as const) {
    it(`protocol ${protocol}: predicts what the original does, bit for bit, and can learn`, () => {
      const model = zoo();
      const { model: lora, sites } = applyLora(model, { rank: 2, protocol });
      expect(sites.map(({ layer, className, calls }) => `${layer} ${className} ${calls}`)).toEqual([
        'stem Conv2D 1',
        'shared Conv2D 2',
        'inner/conv Conv2D 1',
        'depthwise DepthwiseConv2D 1',
        'dilated Conv2D 1',
        'steps Dense 1',
        'wide Dense 1',
        'fc Dense 1',
      ]);
      const input = x();
      expect(flat(lora.predict(input) as tf.Tensor)).toEqual(flat(model.predict(input) as tf.Tensor));
      const zero = [...loraLayers(lora).values()].map(({ lora: { a, b } }) =>
        [a, b].map((t) => flat(tf.max(tf.abs(t)))[0]! === 0),
      );
      expect(zero.every(([a, b]) => a === (protocol === 'paper') && b === (protocol === 'strict'))).toBe(true);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(lora.apply(input) as tf.Tensor)) as tf.Scalar,
        variables(lora),
      );
      const moving = Object.values(grads).filter((g) => flat(tf.max(tf.abs(g)))[0]! > 0);
      expect(moving.length).toBe(sites.length);
    });
  }

  it('differentiates as finite differences in A and B do, to 2e-2 of the largest', () => {
    const { model: lora } = applyLora(zoo(), { rank: 2, alpha: 3 });
    disturb(lora);
    const input = x();
    const loss = (): tf.Scalar => tf.mean(tf.square(lora.apply(input) as tf.Tensor)) as tf.Scalar;
    const { grads } = tf.variableGrads(loss, variables(lora));
    for (const variable of variables(lora)) {
      const gradient = grads[variable.name]!;
      const direction = tf.div(gradient, tf.norm(gradient));
      const start = variable.clone();
      const h = 5e-4;
      variable.assign(tf.add(start, tf.mul(direction, h)));
      const up = loss().dataSync()[0]!;
      variable.assign(tf.sub(start, tf.mul(direction, h)));
      const down = loss().dataSync()[0]!;
      variable.assign(start);
      const expected = flat(tf.norm(gradient))[0]!;
      expect(Math.abs((up - down) / (2 * h) - expected) / expected, variable.name).toBeLessThan(2e-2);
    }
  });

  it('merged and recorded predictions equal the plain ones to 1e-5; unmerge and remove restore every bit', () => {
    const model = zoo();
    const { model: lora } = applyLora(model, { rank: 2 });
    disturb(lora);
    const input = x();
    const before = lora.predict(input) as tf.Tensor;
    expect(largestDifference(before, model.predict(input) as tf.Tensor)).toBeGreaterThan(1e-4);
    let recorded!: tf.Tensor;
    tf.variableGrads(() => tf.sum((recorded = tf.keep(lora.apply(input) as tf.Tensor))) as tf.Scalar, variables(lora));
    expect(largestDifference(recorded, before)).toBeLessThan(1e-5);

    mergeLora(lora);
    expect(largestDifference(lora.predict(input) as tf.Tensor, before)).toBeLessThan(1e-5);
    // Attacks differentiate with respect to the input, merged or not.
    const slope = tf.grad((t) => tf.sum(lora.apply(t) as tf.Tensor))(input);
    expect(slope.shape).toEqual(input.shape);
    for (const stock of [removeLora(lora), (unmergeLora(lora), removeLora(lora))]) {
      expect(stock.layers.every((layer) => !layer.getClassName().startsWith('Lora'))).toBe(true);
      expect(flat(stock.predict(input) as tf.Tensor)).toEqual(flat(model.predict(input) as tf.Tensor));
    }
    expect(flat(lora.predict(input) as tf.Tensor)).toEqual(flat(before));
    expect(largestDifference(removeLora(lora, { merge: true }).predict(input) as tf.Tensor, before)).toBeLessThan(1e-5);
  });

  it('survives save and load, merged or not, and trains by fit without touching a kernel', async () => {
    const { model: lora } = applyLora(zoo(), { rank: 2 });
    disturb(lora);
    lora.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    const kernel = flat((lora.getLayer('shared') as unknown as { kernel: { read: () => tf.Tensor } }).kernel.read());
    await lora.fit(x(), tf.ones([2, 4]), { epochs: 1, verbose: 0 });
    expect(flat((lora.getLayer('shared') as unknown as { kernel: { read: () => tf.Tensor } }).kernel.read())).toEqual(
      kernel,
    );
    const input = x();
    const reload = async (): Promise<tf.LayersModel> => {
      let artifacts!: tf.io.ModelArtifacts;
      await lora.save(
        tf.io.withSaveHandler(
          (saved) => (
            (artifacts = saved),
            Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } })
          ),
        ),
      );
      return tf.loadLayersModel(tf.io.fromMemory(artifacts));
    };
    const before = lora.predict(input) as tf.Tensor;
    expect(flat((await reload()).predict(input) as tf.Tensor)).toEqual(flat(before));
    mergeLora(lora);
    const merged = await reload();
    expect(flat(merged.predict(input) as tf.Tensor)).toEqual(flat(lora.predict(input) as tf.Tensor));
    expect(() => unmergeLora(merged)).toThrow(
      /unmergeLora: the kernel of "stem" was merged before this model was saved or copied/,
    );
  });

  it('leaks nothing', () => {
    const model = zoo();
    const input = x();
    const once = (): void => {
      const { model: lora } = applyLora(model, { rank: 2 });
      tf.tidy(() => void lora.predict(input));
      const { value, grads } = tf.variableGrads(
        () => tf.sum(lora.apply(input) as tf.Tensor) as tf.Scalar,
        variables(lora),
      );
      value.dispose();
      tf.dispose(grads);
      mergeLora(lora);
      unmergeLora(lora);
      mergeLora(lora);
      removeLora(lora).dispose();
      lora.dispose();
    };
    once();
    const { numTensors } = tf.memory();
    once();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('dropout acts in training alone, and the same seed drops the same', () => {
    const dense = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [40] })] });
    const { model: lora } = applyLora(dense, { dropout: 0.5 });
    disturb(lora);
    const input = tf.ones([4, 40]);
    const [layer] = loraLayers(lora).values();
    const trained = (seed: number): number[] => {
      (layer as unknown as { reseed: (seed: number) => void }).reseed(seed);
      let y!: tf.Tensor;
      tf.variableGrads(
        () => tf.sum((y = tf.keep(lora.apply(input, { training: true }) as tf.Tensor))) as tf.Scalar,
        variables(lora),
      );
      return flat(y);
    };
    expect(trained(1)).toEqual(trained(1));
    expect(trained(1)).not.toEqual(trained(2));
    expect(flat(lora.predict(input) as tf.Tensor)).toEqual(flat(lora.predict(input) as tf.Tensor));
  });
});

describe('applyLora refuses', () => {
  beforeAll(async () => void (await tf.setBackend('cpu')));
  const net = (): tf.LayersModel =>
    tf.sequential({
      name: 'net',
      layers: [
        tf.layers.separableConv2d({ name: 'separable', filters: 2, kernelSize: 3, inputShape: [5, 5, 2] }),
        tf.layers.flatten(),
        tf.layers.dense({ name: 'fc', units: 2 }),
      ],
    });

  it.each([
    [{ rank: 0 }, 'applyLora: rank must be a whole number of at least 1, got 0'],
    [{ rank: 1.5 }, 'applyLora: rank must be a whole number of at least 1, got 1.5'],
    [{ alpha: NaN }, 'applyLora: alpha must be a finite number other than 0, got NaN'],
    [{ dropout: 1 }, 'applyLora: dropout must lie in [0, 1), got 1'],
    [{ protocol: 'zero' as 'strict' }, `applyLora: protocol must be 'strict' or 'paper', got "zero"`],
    [
      {},
      'applyLora: the kernel of "separable" (SeparableConv2D) cannot take a low-rank change; pass exclude: ' +
        `'separable' to leave it alone`,
    ],
    [{ include: 'fd' }, 'applyLora: "net" has no layer "fd" with a kernel; it has fc'],
    [{ exclude: /./ }, 'applyLora: no layer of "net" matched; change include and exclude, it has fc'],
  ])('%o', (options, message) => {
    expect(() => applyLora(net(), options)).toThrow(message);
  });

  it('LoRA on LoRA', () => {
    const model = net();
    const { model: lora } = applyLora(model, { exclude: 'separable' });
    expect(() => applyLora(lora, { exclude: 'separable' })).toThrow(
      'the kernel of "fc" (LoraDense, which has LoRA already: removeLora first) cannot take',
    );
    expect(() => removeLora(model)).toThrow(
      'removeLora: "net" has no LoRA layer; pass the model that applyLora returns',
    );
  });
});
