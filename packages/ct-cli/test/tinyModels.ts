/**
 * Models of a few hundred numbers, made and saved as tfjs and its converter do, and images drawn for them.
 */
import * as tf from '@tensorflow/tfjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes model.json and its weights into a folder; returns the path of model.json. */
export function writeModel(folder: string, artifacts: tf.io.ModelArtifacts): string {
  mkdirSync(folder, { recursive: true });
  const { weightSpecs, weightData, ...json } = artifacts;
  const path = join(folder, 'model.json');
  writeFileSync(join(folder, 'weights.bin'), new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
  writeFileSync(path, JSON.stringify({ ...json, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] }));
  return path;
}

/** Two convolutions with ReLU, batch normalisation, pooling and a head of 5 classes. */
export async function layersArtifacts(
  inputShape: [number | null, number | null, number] = [16, 16, 3],
): Promise<tf.io.ModelArtifacts> {
  const model = tf.sequential({
    name: 'tiny',
    layers: [
      tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, inputShape, kernelInitializer: seeded(1), name: 'c1' }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.reLU({ name: 'relu1' }),
      tf.layers.conv2d({ filters: 12, kernelSize: 3, kernelInitializer: seeded(2), name: 'c2' }),
      tf.layers.reLU({ name: 'relu2' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ units: 5, activation: 'softmax', kernelInitializer: seeded(3), name: 'old' }),
    ],
  });
  return savedAndDisposed(model);
}

/** What tfjs would write of a model, which is disposed of. */
export async function savedAndDisposed(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  model.dispose();
  return { ...saved!, format: 'layers-model' };
}

/**
 * The like as a graph: two convolutions with ReLU6 and ReLU, or both with a SiLU behind, the mean over positions, a
 * MatMul and a softmax.
 */
export function graphArtifacts(activation: 'relu' | 'silu' = 'relu'): tf.io.ModelArtifacts {
  const weightSpecs: tf.io.WeightsManifestEntry[] = [];
  const data: ArrayBuffer[] = [];
  const node: object[] = [];
  const text = (s: string): object => ({ s: btoa(s) });
  const add = (op: string, name: string, input: string[], attr: Record<string, object> = {}): string => {
    node.push({ name, op, input, attr: { ...attr, T: { type: 'DT_FLOAT' } } });
    return name;
  };
  const weight = (name: string, shape: number[], values?: Int32Array): string => {
    const random = tf.tidy(() =>
      tf
        .randomNormal(shape, 0, 0.4, 'float32', weightSpecs.length + 1)
        .dataSync()
        .slice(),
    );
    weightSpecs.push({ name, shape, dtype: values === undefined ? 'float32' : 'int32' });
    data.push((values ?? random).buffer as ArrayBuffer);
    node.push({ name, op: 'Const', attr: {} });
    return name;
  };
  const convolution = (name: string, x: string, shape: number[], stride: string, fused: string): string => {
    const y = add('_FusedConv2D', name, [x, weight(`${name}/w`, shape), weight(`${name}/b`, [shape[3]!])], {
      strides: { list: { i: ['1', stride, stride, '1'] } },
      padding: text('SAME'),
      data_format: text('NHWC'),
      dilations: { list: { i: ['1', '1', '1', '1'] } },
      fused_ops: { list: { s: [btoa('BiasAdd'), ...(activation === 'relu' ? [btoa(fused)] : [])] } },
      num_args: { i: '1' },
    });
    return activation === 'relu' ? y : add('Mul', `${name}/silu`, [y, add('Sigmoid', `${name}/gate`, [y])]);
  };
  node.push({
    name: 'x',
    op: 'Placeholder',
    attr: {
      dtype: { type: 'DT_FLOAT' },
      shape: { shape: { dim: ['-1', '16', '16', '3'].map((size) => ({ size })) } },
    },
  });
  const first = convolution('first', 'x', [3, 3, 3, 8], '2', 'Relu6');
  const second = convolution('second', first, [3, 3, 8, 12], '1', 'Relu');
  const pooled = add('Mean', 'pooled', [second, weight('axes', [2], Int32Array.of(1, 2))], { keep_dims: { b: false } });
  add('Softmax', 'out', [add('MatMul', 'logits', [pooled, weight('head', [12, 5])])]);
  return {
    format: 'graph-model',
    modelTopology: { node, versions: { producer: 440, minConsumer: 22 } },
    weightSpecs,
    weightData: tf.io.CompositeArrayBuffer.join(data),
  };
}

function seeded(seed: number): ReturnType<typeof tf.initializers.glorotNormal> {
  return tf.initializers.glorotNormal({ seed });
}

/** Draws `count` photos a class: red, green or blue, bright above or below, with noise; of several sizes. */
export async function drawPhotos(folder: string, count: number, classes = ['blue', 'green', 'red']): Promise<void> {
  for (const [label, name] of classes.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const [width, height] = [40 + ((7 * i) % 30), 36 + ((11 * i) % 24)];
      const pixels = new Uint8Array(width * height * 3);
      let state = (label + 1) * 1000 + i;
      for (let at = 0; at < pixels.length; at++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        pixels[at] = ((state >>> 16) % 120) + (at % 3 === 2 - (label % 3) ? 100 : 0);
      }
      await sharp(pixels, { raw: { width, height, channels: 3 } })
        .png()
        .toFile(join(folder, name, `${i}.png`));
    }
  }
}
