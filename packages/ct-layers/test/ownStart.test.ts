// Networks of SiLUs and GELUs start as themselves in everything that moves curvature, and come back from files.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  applyAdapter,
  getAdapter,
  linearProbe,
  loadAdapter,
  replaceActivations,
  saveAdapter,
  steer,
  steerByScore,
  tune,
} from '../src/index.js';
import { curvatureLayers } from '../src/model/curvatureLayers.js';
import { sitesOf } from '../src/model/sitesOf.js';
import { unitOf } from '../src/unit/rawValue.js';
import { stripes } from './stripes.js';

const STARTS = { silu: { beta: 0.5, coeff: 1 }, gelu: { beta: 0.64, coeff: 1 } } as const;
const TRAINED = { silu: [0, 10], gelu: [0.5767, 10] } as const;

function network(kind: 'silu' | 'gelu'): tf.LayersModel {
  const activation = (kind === 'silu' ? 'swish' : 'gelu') as 'relu';
  const init = (seed: number): ReturnType<typeof tf.initializers.heNormal> => tf.initializers.heNormal({ seed });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, activation, inputShape: [6, 6, 1], kernelInitializer: init(3) }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.activation({ activation }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'fc', units: 2, kernelInitializer: init(4) }),
    ],
  });
}

const curvatures = (model: tf.LayersModel): Set<string> =>
  new Set(
    [...curvatureLayers(model).values()].map(({ rawWeights: { beta, coeff } }) =>
      [beta, coeff].map((raw) => unitOf(raw.read().dataSync()[0]!).toFixed(6)).join(' '),
    ),
  );
const rawValues = (model: tf.LayersModel): number[][] =>
  [...curvatureLayers(model).values()].map(({ rawWeights: { beta, coeff } }) =>
    [beta, coeff].map((raw) => raw.read().dataSync()[0]!),
  );

beforeAll(() => tf.setBackend('cpu'));

describe.each(['silu', 'gelu'] as const)('a network of %ss', (kind) => {
  const kinds = [kind];
  const [train, validation] = [stripes(24), stripes(12)];
  const model = network(kind);

  it('steers from itself: it is the candidate to better, and c stays 1 over the grid', async () => {
    const probe = await linearProbe(model, train, validation);
    const result = await steer(model, train, validation, { kinds, betas: [0.4, 0.6, 0.8], calibrate: false });
    if (kind === 'silu') expect(Math.abs(result.given!.validationLoss - probe.validationLoss)).toBeLessThan(1e-4);
    expect(result.coeff).toBe(1);
    expect(curvatures(result.classifier)).toEqual(new Set([`${result.beta!.toFixed(6)} 1.000000`]));
    expect(result.sites.map(({ start }) => start)).toEqual([STARTS[kind], STARTS[kind]]);
    const seen: string[] = [];
    const best = await steerByScore(
      model,
      (steered, beta) => {
        seen.push(...curvatures(steered));
        return Promise.resolve(beta === STARTS[kind].beta ? 1 : 0);
      },
      { kinds, betas: [0.3, 0.9] },
    );
    const start = `${STARTS[kind].beta.toFixed(6)} 1.000000`;
    expect(seen).toEqual([start, '0.300000 1.000000', '0.900000 1.000000']);
    expect(best).toMatchObject({ kept: 'given', ...STARTS[kind] });
    for (const one of [probe, result, best]) one.dispose();
  });

  it.each(['strict', 'paper'] as const)('is trained from the raw values of the reference: %s', async (protocol) => {
    const result = await tune(model, train, validation, {
      kinds,
      protocol,
      epochs: 1,
      learningRate: { own: 1e-9, head: 1e-9, also: 1e-9 },
    });
    const departs = result.bestEpoch !== null || result.starts.at(-1)?.validationLoss === result.validationLoss;
    if (departs)
      for (const raw of rawValues(result.classifier))
        raw.forEach((value, i) => expect(Math.abs(value - TRAINED[kind][i]!)).toBeLessThan(1e-5));
    else expect(curvatures(result.classifier).size).toBe(1);
    expect(protocol === 'strict' || departs).toBe(true);
    result.dispose();
  });

  it('stays as it is where curvature is frozen', async () => {
    const result = await tune(model, train, validation, { kinds, epochs: 1, curvature: 'frozen', alsoTrain: 'norm' });
    expect(curvatures(result.classifier)).toEqual(new Set([`${STARTS[kind].beta.toFixed(6)} 1.000000`]));
    result.dispose();
  });

  it('comes back from an adapter and from a saved model, start and all', async () => {
    const tuned = await tune(model, train, validation, { kinds, epochs: 2, learningRate: { own: 0.05 } });
    const logits = (one: tf.LayersModel): number[] => [...(one.predict(validation.images) as tf.Tensor).dataSync()];
    const adapter = loadAdapter(saveAdapter(await getAdapter(tuned.classifier)));
    expect(Object.values(adapter.config.sites).map((site) => site.kind)).toEqual([kind, kind]);
    const { model: host } = replaceActivations(model, { kinds, sharing: 'channel' });
    await applyAdapter(host, adapter);
    expect(logits(host)).toEqual(logits(tuned.classifier));
    let artifacts: tf.io.ModelArtifacts | undefined;
    await host.save(
      tf.io.withSaveHandler((given) => {
        artifacts = given;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts!));
    expect(logits(loaded)).toEqual(logits(host));
    expect(sitesOf(loaded).map(({ kind: one, start }) => [one, start])).toEqual([
      [kind, STARTS[kind]],
      [kind, STARTS[kind]],
    ]);
    tuned.dispose();
  });
});
