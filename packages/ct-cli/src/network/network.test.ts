// Networks as people have them: by name, by path, with layers or as graphs; and what is refused, with the cure.
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphArtifacts, layersArtifacts, writeModel } from '../../test/tinyModels.js';
import type { NetworkRequest } from './network.js';
import { loadNetwork } from './network.js';
import { ownActivations } from './ownActivation.js';

const { signal } = new AbortController();
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'ct-network-'));
  writeModel(at('layers'), await layersArtifacts());
  writeModel(at('any'), await layersArtifacts([null, null, 3]));
  writeModel(at('graph'), graphArtifacts());
  writeModel(at('says'), {
    ...graphArtifacts(),
    userDefinedMetadata: {
      classifierMeta: { classNames: ['a', 'b'], preprocessing: { inputSize: [16, 16, 3], range: [-1, 1] } },
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('loadNetwork', () => {
  it('knows the network that is part of ct, with its preprocessing', async () => {
    const network = await loadNetwork({ model: 'resnet14' }, signal);
    expect(network).toMatchObject({
      name: 'resnet14.mnist',
      format: 'LayersModel',
      preprocessing: { inputSize: [28, 28, 1], mean: [0.131], std: [0.308] },
      preprocessingFrom: 'model',
    });
    network.dispose();
  });

  it('curves the SiLUs of a graph without ReLUs, from themselves', async () => {
    writeModel(at('silu'), graphArtifacts('silu'));
    const network = await loadNetwork({ model: at('silu') }, signal);
    expect(network.graph!.sites.map(({ kind, start }) => [kind, start])).toEqual([
      ['silu', { beta: 0.5, coeff: 1 }],
      ['silu', { beta: 0.5, coeff: 1 }],
    ]);
    expect(ownActivations(network.model)).toEqual({ kinds: ['silu'], own: 'silu' });
    network.dispose();
  });

  it('loads LayersModels and graphs by the path of a folder, of a file, and by URL, and frees them', async () => {
    const before = tf.memory().numTensors;
    for (const [format, model] of [
      ['LayersModel', at('layers')],
      ['LayersModel', at('layers/model.json')],
      ['GraphModel', pathToFileURL(at('graph/model.json')).href],
    ]) {
      const network = await loadNetwork({ model: model! }, signal);
      expect(network).toMatchObject({
        format,
        preprocessing: { inputSize: [16, 16, 3] },
        preprocessingFrom: 'nobody',
        meta: {},
      });
      const y = tf.tidy(() => (network.model.predict(tf.zeros([2, 16, 16, 3])) as tf.Tensor).shape);
      expect(y).toEqual([2, format === 'GraphModel' ? 12 : 5]);
      network.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes the preprocessing that the model states, unless told', async () => {
    const own = await loadNetwork({ model: at('says') }, signal);
    expect([own.preprocessing.range, own.preprocessingFrom, own.meta.classNames]).toEqual([
      [-1, 1],
      'model',
      ['a', 'b'],
    ]);
    own.dispose();
    const told = await loadNetwork({ model: at('says'), preprocess: { range: [0, 255] } }, signal);
    expect([told.preprocessing, told.preprocessingFrom]).toEqual([
      { inputSize: [16, 16, 3], range: [0, 255] },
      'option',
    ]);
    told.dispose();
  });

  it('needs a size where the model has none, and takes another node of a graph', async () => {
    const sized = await loadNetwork({ model: at('any'), size: [20, 24] }, signal);
    expect(sized.preprocessing.inputSize).toEqual([20, 24, 3]);
    sized.dispose();
    const network = await loadNetwork({ model: at('graph'), feature: 'first', pooling: 'max' }, signal);
    expect(network.model.outputs[0]!.shape).toEqual([null, 8]);
    network.dispose();
  });

  it.each<[string, () => NetworkRequest, RegExp]>([
    [
      'an unknown name',
      () => ({ model: 'resnet15' }),
      /a name that ct models list has, .* got "resnet15", near resnet152.tv_in1k, /,
    ],
    [
      'weights that no program can download',
      () => ({ model: 'wrn_28_10.rb_cifar10_Linf_Carmon2019Unlabeled' }),
      /^--model wrn_28_10.* cannot be downloaded by a program; .* ct models get wrn_28_10/,
    ],
    ['weights that are missing', () => ({ model: 'resnet18', weights: at('none') }), /--weights .*ENOENT/],
    ['an open size', () => ({ model: at('any') }), /choose one: --size 224x224/],
    ['another size', () => ({ model: at('layers'), size: [8, 8] }), /--size must be 16x16/],
    ['a node of a LayersModel', () => ({ model: at('layers'), feature: 'c1' }), /names a node of a GraphModel/],
    ['no such node', () => ({ model: at('graph'), feature: 'nobody' }), /no node "nobody".* --feature pooled/],
    ['weights for a file', () => ({ model: at('layers'), weights: 'w' }), /leave it out/],
  ])('refuses %s', async (_, request, message) => {
    await expect(loadNetwork(request(), signal)).rejects.toThrow(message);
  });
});
