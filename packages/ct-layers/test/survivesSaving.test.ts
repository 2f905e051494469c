// What an adapter says of a model, and holds, is the same of the model, of its copies and of what was saved of it.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Adapter, Sharing, TuneOptions } from '../src/index.js';
import {
  applyAdapter,
  getAdapter,
  linearProbe,
  loadAdapter,
  removeAdapter,
  replaceActivations,
  saveAdapter,
  SHARINGS,
  tune,
} from '../src/index.js';
import { baseFingerprint, copyModel } from '../src/model.js';

function network(): tf.LayersModel {
  const init = (seed: number): ReturnType<typeof tf.initializers.glorotUniform> =>
    tf.initializers.glorotUniform({ seed });
  const input = tf.input({ shape: [6, 6, 1] });
  // Names that tfjs would spell otherwise in a saved configuration.
  const conv = tf.layers
    .conv2d({ name: 'Block1.convA', filters: 3, kernelSize: 3, kernelInitializer: init(1) })
    .apply(input);
  const relu = tf.layers.reLU({ name: 'Block1.reluA' }).apply(tf.layers.batchNormalization({ name: 'bn' }).apply(conv));
  const hidden = tf.layers
    .dense({ name: 'hiddenOne', units: 4, activation: 'relu', kernelInitializer: init(2) })
    .apply(tf.layers.flatten().apply(relu));
  const leaky = tf.layers
    .leakyReLU({ name: 'leaky', alpha: 0.1 })
    .apply(tf.layers.dense({ name: 'deep', units: 4, kernelInitializer: init(3) }).apply(hidden));
  return tf.model({
    inputs: input,
    outputs: tf.layers.dense({ name: 'fc', units: 5, kernelInitializer: init(4) }).apply(leaky) as tf.SymbolicTensor,
    name: 'net',
  });
}

async function saved(model: tf.LayersModel): Promise<tf.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((given) => {
      // As a file has them: what is no JSON is lost.
      artifacts = {
        ...(JSON.parse(JSON.stringify({ ...given, weightData: undefined })) as tf.io.ModelArtifacts),
        weightData: given.weightData!,
      };
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  return tf.loadLayersModel(tf.io.fromMemory(artifacts!));
}

const waysOn = {
  'saved and loaded': saved,
  'saved and loaded twice': async (model) => saved(await saved(model)),
  copied: (model) => Promise.resolve(copyModel(model)),
} satisfies Record<string, (model: tf.LayersModel) => Promise<tf.LayersModel>>;

const train = {
  images: tf.randomNormal([12, 6, 6, 1], 0, 1, 'float32', 5),
  labels: tf.tensor1d(
    Array.from({ length: 12 }, (_, i) => i % 3),
    'int32',
  ),
};
const tuned = async (base: tf.LayersModel, options: TuneOptions): Promise<tf.LayersModel> =>
  (await tune(base, train, train, { epochs: 1, batchSize: 4, ...options })).classifier;
const predict = (model: tf.LayersModel): number[] =>
  tf.tidy(() => [...(model.predict(train.images) as tf.Tensor).dataSync()]);
const kernels: TuneOptions = {
  alsoTrain: ['norm', ({ layer, name }) => layer === 'Block1.convA' && name === 'kernel'],
};

beforeAll(() => tf.setBackend('cpu'));

describe.each(Object.entries(waysOn))('the adapter of a model that was %s', (_, moved) => {
  it.each(['norm', 'slope', 'affine'] as const)(
    "is that of the model, which was trained with alsoTrain: '%s'",
    async (alsoTrain) => {
      const model = await tuned(network(), { alsoTrain });
      expect(await getAdapter(await moved(model))).toEqual(await getAdapter(model));
    },
  );

  it('holds the weights that a predicate chose, and no others, and gives the base the same outputs', async () => {
    const base = network();
    const model = await tuned(base, kernels);
    const adapter = await getAdapter(await moved(model));
    expect([...adapter.tensors.keys()].filter((name) => !/ctu|relu|leaky|head|moving/.test(name))).toEqual([
      'Block1.convA/kernel',
      'bn/gamma',
      'bn/beta',
    ]);
    expect(adapter.config.base.fingerprint).toBe(await baseFingerprint(base));
    const { model: host } = replaceActivations(base, { sharing: 'channel' });
    await applyAdapter(host, loadAdapter(saveAdapter(adapter)));
    expect(predict(host)).toEqual(predict(model));
  });

  it.each(SHARINGS)("says the sites and groups of sharing '%s'", async (sharing: Sharing) => {
    const { model } = replaceActivations(network(), { sharing, beta: 0.9 });
    const adapter = await getAdapter(model);
    expect(adapter.config.sharing).toBe(sharing);
    expect(Object.values(adapter.config.sites).map(({ kind }) => kind)).toEqual(['relu', 'relu', 'leakyRelu']);
    expect(await getAdapter(await moved(model))).toEqual(adapter);
    expect(loadAdapter(saveAdapter(adapter))).toEqual(adapter);
  });

  it('holds what an adapter that is on the model holds', async () => {
    const base = network();
    const adapter = await getAdapter(await tuned(base, kernels));
    const { model } = replaceActivations(base, { sharing: 'channel' });
    await applyAdapter(model, adapter);
    expect(await getAdapter(model)).toEqual(adapter);
    expect(await getAdapter(await moved(model))).toEqual(adapter);
  });

  it('holds what was trained the first time when the model is tuned again', async () => {
    const base = network();
    const again = await tuned(await moved(await tuned(base, kernels)), {});
    const adapter = await getAdapter(again);
    expect(adapter.tensors.has('Block1.convA/kernel')).toBe(true);
    const { model } = replaceActivations(base, { sharing: 'channel' });
    await applyAdapter(model, adapter);
    expect(predict(model)).toEqual(predict(again));
  });
});

it('the adapter holds what was trained though it is frozen since', async () => {
  const model = await tuned(network(), { alsoTrain: 'norm' });
  const adapter = await getAdapter(model);
  model.trainable = false;
  expect(await getAdapter(model)).toEqual(adapter);
});

it("metadata of the user's own are kept by tune, by an adapter and when it is removed", async () => {
  const base = network();
  base.setUserDefinedMetadata({ author: 'Ada' });
  const model = await tuned(base, { alsoTrain: 'norm' });
  expect(model.getUserDefinedMetadata()).toMatchObject({ author: 'Ada' });
  expect(base.getUserDefinedMetadata()).toEqual({ author: 'Ada' });
  expect((await saved(model)).getUserDefinedMetadata()).toEqual(model.getUserDefinedMetadata());
  const { model: host } = replaceActivations(base, { sharing: 'channel' });
  const adapter = await getAdapter(model);
  await applyAdapter(host, adapter);
  expect(host.getUserDefinedMetadata()).toMatchObject({ author: 'Ada' });
  removeAdapter(host);
  expect(host.getUserDefinedMetadata()).toEqual({ author: 'Ada' });
  expect((await getAdapter(host)).tensors.has('bn/gamma')).toBe(false);
});

describe('getAdapter refuses, for it cannot know what was trained,', () => {
  const refused = (model: tf.LayersModel): Promise<void> =>
    expect(getAdapter(model)).rejects.toThrow('which weights were trained is not known');

  it('a model whose metadata were replaced', async () => {
    const model = await tuned(network(), { alsoTrain: 'norm' });
    model.setUserDefinedMetadata({ author: 'Ada' });
    await refused(model);
    await refused(await saved(model));
    await refused(copyModel(model));
  });

  it('a model made of the layers of another', async () => {
    const model = await tuned(network(), { alsoTrain: 'norm' });
    await refused(tf.model({ inputs: model.inputs, outputs: model.outputs }));
    const input = tf.input({ shape: [6, 6, 1] });
    await refused(tf.model({ inputs: input, outputs: model.apply(input) as tf.SymbolicTensor }));
  });

  it('a model that has no weight of a name that its metadata say', async () => {
    const model = await tuned(network(), { alsoTrain: 'norm' });
    const metadata = model.getUserDefinedMetadata() as { curvatureTuning: { trained: Record<string, string> } };
    model.setUserDefinedMetadata({
      curvatureTuning: { trained: { ...metadata.curvatureTuning.trained, 'gone/kernel': '0'.repeat(64) } },
    });
    await expect(getAdapter(model)).rejects.toThrow(
      'getAdapter: "net_tuned" has no weight gone/kernel, which its userDefinedMetadata say was trained',
    );
    model.setUserDefinedMetadata({ curvatureTuning: { trained: { 'bn/gamma': 7 } } });
    await expect(getAdapter(model)).rejects.toThrow(
      'getAdapter: userDefinedMetadata.curvatureTuning.trained["bn/gamma"] must be a SHA-256',
    );
  });
});

it('an adapter is refused by a model in which something was trained that it does not hold', async () => {
  const base = network();
  const adapter = await getAdapter(await tuned(base, {}));
  const model = await tuned(base, { alsoTrain: 'norm' });
  const { model: host } = replaceActivations(base, { sharing: 'channel' });
  await applyAdapter(host, await getAdapter(model), { name: 'norm' });
  await applyAdapter(host, adapter);
  await expect(applyAdapter(copyModel(host), adapter)).rejects.toThrow(
    'applyAdapter: bn/gamma, bn/beta of "net" were trained, and the adapter, which does not hold them',
  );
  await applyAdapter(copyModel(host), adapter, { force: true });
});

it('a new head below what was trained leaves an adapter without it', async () => {
  const base = network();
  const first = await tuned(base, { alsoTrain: ({ layer, name }) => layer === 'deep' && name === 'kernel' });
  const { classifier } = await linearProbe(first, train, train, { features: 'hiddenOne_ctu' });
  const adapter: Adapter = await getAdapter(classifier);
  expect([...adapter.tensors.keys()].some((name) => name.startsWith('deep/'))).toBe(false);
});
