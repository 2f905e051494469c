// Images, labels, models and files from which no accuracy could be computed, or that mean something else than they seem
// to.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import type { Labels } from '@curvature-tuning/checks';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttackName, AutoAttackOptions, CorruptedBatch, Model, RobustBenchRecord } from '../src/index.js';
import {
  autoAttack,
  benchmark,
  corrupt,
  corruptedBatches,
  evaluateCorruptions,
  leaderboard,
  normalized,
  parseAdversarialExamples,
  robustScore,
  serializeAdversarialExamples,
} from '../src/index.js';
import { readRecords, writeRecord } from '../src/node.js';
import type { LinearSetting } from './linearModel.js';
import { CLASSES, linearSetting } from './linearModel.js';

const COUNT = 6;
const quick = {
  version: 'custom',
  attacks: ['apgd-ce'],
  settings: { 'apgd-ce': { restarts: 1, iterations: 3 } },
} satisfies Partial<AutoAttackOptions>;

describe('wrong data', () => {
  let setting: LinearSetting;
  let tensors: number;
  const attack = async (
    {
      model = setting.model,
      images = setting.images,
      labels = setting.labels,
    }: { model?: Model; images?: tf.Tensor; labels?: Labels } = {},
    options: Partial<AutoAttackOptions> = quick,
  ): Promise<number> => {
    const { cleanAccuracy, adversarial } = await autoAttack(model, images, labels, {
      norm: 'Linf',
      eps: 0.01,
      ...options,
    });
    adversarial.dispose();
    return cleanAccuracy;
  };
  /** Expects a refusal that leaves no tensor. */
  const refused = async (run: () => unknown, message: RegExp | string): Promise<void> => {
    const before = tf.memory().numTensors;
    await expect(Promise.resolve().then(run)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  };
  /** Expects that of both benchmarks and of the score. */
  const refusedByBenchmarks = async (
    { images = setting.images, labels = setting.labels }: { images?: tf.Tensor; labels?: Labels },
    message: RegExp,
  ): Promise<void> => {
    const examples = { images: images as tf.Tensor4D, labels };
    const attacked = { norm: 'Linf', eps: 0.01, ...quick } as const;
    for (const options of [
      { dataset: 'x', threat: 'Linf', eps: 0.01, ...quick },
      { dataset: 'x', threat: 'corruptions', corrupted: one(setting) },
    ] as const)
      await refused(() => benchmark(setting.model, examples, options), message);
    await refused(async () => robustScore(examples, attacked)(setting.model, 1), message);
  };
  beforeAll(async () => {
    await tf.setBackend('cpu');
    setting = linearSetting(COUNT);
    tensors = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(tensors);
    setting.dispose();
  });

  describe('labels', () => {
    const forms: [string, (labels: Int32Array) => Labels | tf.Tensor][] = [
      ['Int32Array', (y) => y],
      ['a list', (y) => [...y]],
      ['Float32Array', (y) => Float32Array.from(y)],
      ['Uint8Array', (y) => Uint8Array.from(y)],
      ['BigInt64Array', (y) => BigInt64Array.from(y, BigInt)],
      ['BigUint64Array', (y) => BigUint64Array.from(y, BigInt)],
      ['an int32 tensor', (y) => tf.tensor1d(y, 'int32')],
      ['a float32 tensor', (y) => tf.tensor1d(Float32Array.from(y))],
      ['a column', (y) => tf.tensor2d(y, [COUNT, 1], 'int32')],
      ['a one-hot tensor', (y) => tf.oneHot(tf.tensor1d(y, 'int32'), CLASSES)],
      ['one-hot rows', (y) => Array.from(y, (k) => Array.from({ length: CLASSES }, (_, i) => Number(i === k)))],
    ];
    it.each(forms)('%s are taken', async (_, form) => {
      const before = tf.memory().numTensors;
      const labels = tf.tidy(() => form(setting.labels) as tf.Tensor) as Labels;
      expect(await attack({ labels })).toBe(1);
      const record = await benchmark(
        setting.model,
        { images: setting.images, labels },
        { dataset: 'x', threat: 'Linf', eps: 0.01, n: 4, ...quick },
      );
      expect(record.clean_acc).toBe('100.00');
      expect(
        (
          await evaluateCorruptions(
            setting.model,
            corruptedBatches({ images: setting.images, labels }, { types: ['brightness'], severities: [1] }),
          )
        ).images.brightness![0],
      ).toBe(COUNT);
      tf.dispose(labels as tf.TensorContainer);
      expect(tf.memory().numTensors).toBe(before);
    });

    const first = (value: number): number[] => [value, 0, 1, 2, 3, 4];
    const wrong: [string, Labels, RegExp][] = [
      [
        'one too large',
        first(CLASSES),
        /labels must be class numbers from 0, below the number of classes, 5, got 5 as label of example 0/,
      ],
      ['a huge one', first(2 ** 40), /got 1099511627776 as label/],
      ['a negative one', first(-1), /got -1 as label/],
      ['a fractional one', first(0.7), /got 0\.7 as label/],
      ['NaN', first(NaN), /got NaN as label/],
      ['64-bit integers that are no classes', BigInt64Array.of(9n, 0n, 1n, 2n, 3n, 4n), /got 9n as label/],
      [
        'one-hot rows of another width',
        Array.from({ length: COUNT }, () => [1, 0, 0]),
        /one-hot rows over 5 classes, got rows of 3/,
      ],
      ['soft labels', Array.from({ length: COUNT }, () => [0.5, 0.5, 0, 0, 0]), /one-hot rows, a single 1 among zeros/],
      ['too few', [0, 1], /expected one label for each of 6 images, got 2/],
      ['names', ['cat', 'dog', 'cat', 'dog', 'cat', 'dog'] as never, /got "cat" as label/],
    ];
    it.each(wrong)('%s are refused, by every function that takes them', async (_, labels, message) => {
      await refused(() => attack({ labels }), message);
      await refusedByBenchmarks({ labels }, message);
      await refused(() => evaluateCorruptions(setting.model, one(setting, { labels })), message);
    });
  });

  describe('images', () => {
    const made: [string, (x: tf.Tensor4D) => tf.Tensor, RegExp][] = [
      [
        'int32',
        (x) => tf.cast(tf.round(tf.mul(x, 255)), 'int32'),
        new RegExp(
          'images must be a float32 tensor \\[batch, .*\\] .*got a int32 tensor of shape \\[6, 10, ' +
            '10, 1\\]; bytes are made pixels by tf\\.div',
        ),
      ],
      ['of two values only', (x) => tf.greater(x, 0.5), /got a bool tensor/],
      ['none', (x) => tf.slice(x, 0, 0), /at least one image .* got a float32 tensor of shape \[0, 10, 10, 1\]/],
      [
        'without pixels',
        (x) => tf.slice(x, [0, 0, 0, 0], [-1, 0, -1, -1]),
        /got a float32 tensor of shape \[6, 0, 10, 1\]/,
      ],
      ['a single row', (x) => tf.reshape(x, [-1]), /got a float32 tensor of shape \[600\]/],
      ['bytes', (x) => tf.mul(x, 255), /pixels must lie in \[0, 1\], got 10\d\.\d+ to 1\d\d\.\d+; divide by 255/],
      [
        'all NaN',
        (x) => tf.mul(x, NaN),
        /images must hold finite pixels, got NaN or infinite ones in (every image|images 0, 1, 2, 3, 4, 5)/,
      ],
    ];
    it.each(made)('%s are refused by every function that takes them', async (_, make, message) => {
      const images = tf.tidy(() => make(setting.images));
      await refused(() => attack({ images }), message);
      await refusedByBenchmarks({ images }, message);
      await refused(() => corrupt(images as tf.Tensor4D, { type: 'brightness', severity: 1 }), message);
      await refused(async () => {
        for await (const { images: copies } of corruptedBatches({
          images: images as tf.Tensor4D,
          labels: setting.labels,
        }))
          copies.dispose();
      }, message);
      await refused(() => evaluateCorruptions(setting.model, one(setting, { images: tf.clone(images) })), message);
      images.dispose();
    });

    it('one with NaN is named where it cannot be set aside', async () => {
      const pixels = Float32Array.from(await setting.images.data());
      pixels[3 * 100 + 17] = Infinity;
      const images = tf.tensor4d(pixels, setting.images.shape);
      await refused(
        () =>
          benchmark(
            setting.model,
            { images, labels: setting.labels },
            { dataset: 'x', threat: 'corruptions', corrupted: one(setting) },
          ),
        /benchmark: images must hold finite pixels, got NaN or infinite ones in images 3/,
      );
      await refused(
        () => evaluateCorruptions(setting.model, one(setting, { images: tf.clone(images) })),
        /evaluateCorruptions: images must hold finite pixels/,
      );
      await refused(() => corrupt(images, { type: 'fog', severity: 1 }), /corrupt: images must hold finite pixels/);
      images.dispose();
    });

    it('disposed ones are refused', () => {
      const images = tf.zeros([COUNT, 2, 2, 1]);
      images.dispose();
      return refused(() => attack({ images }), /that was not disposed of, got .* that was disposed of/);
    });

    it.each([[10, 10, 1], [100], [10, 10], [2, 5, 10, 1]])(
      'of shape [batch, %i, ...] are attacked',
      async (...shape) => {
        const images = tf.reshape(setting.images, [COUNT, ...shape.filter((length) => Number.isFinite(length))]);
        expect(await attack({ images })).toBe(1);
        images.dispose();
      },
    );
  });

  describe('models', () => {
    const outputs: [string, (z: tf.Tensor) => unknown, RegExp][] = [
      ['class numbers', (z) => tf.argMax(z, 1), /got a int32 tensor of shape \[1\]/],
      [
        'logits, classes first',
        (z) => tf.transpose(z),
        /\[1, classes\], of two classes or more, for images \[1, 10, 10, 1\], got a float32 tensor of shape \[5, 1\]/,
      ],
      [
        'one logit',
        (z) => tf.slice(z, [0, 0], [-1, 1]),
        /two classes or more, .* got 1 for each image; make two of the one logit z of class 1: tf\.concat/,
      ],
      ['whole numbers', (z) => tf.cast(z, 'int32'), /got a int32 tensor of shape \[1, 5\]/],
      ['rows that are missing', (z) => tf.concat([z, z], 0), /got a float32 tensor of shape \[2, 5\]/],
      ['logits of rank 4', (z) => tf.reshape(z, [-1, 1, 1, 5]), /got a float32 tensor of shape \[1, 1, 1, 5\]/],
      ['a list of two', (z) => [z, z], /got 2 outputs; pass a function that picks the logits/],
      ['nothing', () => undefined, /got undefined/],
      ['numbers', (z) => z.arraySync(), /got \[…\]/],
      ['a promise', async (z) => Promise.resolve(z.shape), /got a Promise; await it/],
      ['a promise that fails', async () => Promise.reject(new Error('unheard')), /got a Promise; await it/],
    ];
    it.each(outputs)('that return %s are refused by every function that takes them', async (_, change, message) => {
      const model = ((x: tf.Tensor) => change(setting.model(x))) as (x: tf.Tensor) => tf.Tensor;
      const { images, labels } = setting;
      await refused(
        () => attack({ model }),
        new RegExp(`^autoAttack: model must return float32 logits .*${message.source}`),
      );
      await refused(() => attack({ model: { predict: model } }), message);
      await refused(() => attack({ model: normalized(model, { mean: [0], std: [1] }) }), message);
      await refused(
        () => evaluateCorruptions(model, one(setting)),
        new RegExp(`^evaluateCorruptions: model must return .*${message.source}`),
      );
      await refused(
        () => benchmark(model, { images, labels }, { dataset: 'x', threat: 'corruptions', corrupted: one(setting) }),
        new RegExp(`^benchmark: model must return .*${message.source}`),
      );
    });

    it('that return a list or a map of one are taken', async () => {
      expect(await attack({ model: { predict: (x) => [setting.model(x)] } })).toBe(1);
      expect(await attack({ model: { predict: (x) => ({ logits: setting.model(x) }) } })).toBe(1);
    });

    it('that change their number of classes are refused', () => {
      let calls = 0;
      return refused(
        () => attack({ model: (x) => (calls++ < 3 ? setting.model(x) : tf.slice(setting.model(x), [0, 0], [-1, 4])) }),
        /got 4 classes after 5 before/,
      );
    });

    it.each<[string, number]>([
      ['NaN', NaN],
      ['infinite', Infinity],
    ])('with %s logits of a clean image are named, whichever batch it is in', async (_, value) => {
      const [pixel] = await tf.slice(setting.images, [4, 0, 0, 0], [1, 1, 1, 1]).data<'float32'>();
      const model = (x: tf.Tensor): tf.Tensor =>
        tf.tidy(() => {
          const isFourth = tf.equal(tf.slice(tf.reshape(x, [-1, 100]), [0, 0], [-1, 1]), pixel!);
          return tf.where(
            tf.logicalAnd(isFourth, tf.oneHot(tf.fill([x.shape[0]!], 1, 'int32'), CLASSES, 1, 0, 'bool')),
            value,
            setting.model(x),
          );
        });
      const message = (caller: string): RegExp =>
        new RegExp(`^${caller}: model must return finite logits, got ${value} for image 4; are its weights`);
      await refused(() => attack({ model }, { ...quick, batchSize: 2 }), message('autoAttack'));
      await refused(() => attack({ model }), message('autoAttack'));
      await refused(() => evaluateCorruptions(model, one(setting)), message('evaluateCorruptions'));
      await refused(
        () =>
          benchmark(
            model,
            { images: setting.images, labels: setting.labels },
            { dataset: 'x', threat: 'corruptions', corrupted: one(setting) },
          ),
        message('benchmark'),
      );
    });

    it('of tfjs-layers whose weights are NaN are refused', async () => {
      const model = tf.sequential({
        layers: [tf.layers.flatten({ inputShape: [10, 10, 1] }), tf.layers.dense({ units: 5 })],
      });
      model.layers[1]!.setWeights([tf.fill([100, 5], NaN), tf.zeros([5])]);
      await expect(attack({ model })).rejects.toThrow(/model must return finite logits, got NaN for image 0/);
      await expect(
        robustScore(
          { images: setting.images, labels: setting.labels },
          { norm: 'Linf', eps: 0.01, protocol: 'paper', mean: [0], std: [1], ...quick },
        )(model, 1),
      ).rejects.toThrow(/finite logits/);
      model.dispose();
      tensors = tf.memory().numTensors;
    });

    it.each([
      ['a promise', Promise.resolve({}), /got a Promise; await it; load a model by/],
      ['a path', 'model.json', /got "model\.json"/],
      ['null', null, /got null/],
      ['layers that are none', { layers: [null], apply: () => 0 }, /got an object \{layers, apply\}/],
    ])('%s is no model', async (_, model, message) => {
      await refused(() => attack({ model: model as never }), message);
      await refused(() => normalized(model as never, { mean: [0], std: [1] }), message);
    });
  });

  describe('threats and settings', () => {
    it.each<[string, Partial<AutoAttackOptions>, RegExp]>([
      [
        'an attack twice',
        { version: 'custom', attacks: ['fab', 'fab'] },
        /attacks must be a list of at least one attack, none twice/,
      ],
      [
        'settings of an attack that is not run',
        { ...quick, settings: { ...quick.settings, square: { queries: 9 } } },
        /settings\.square must belong to an attack that is run, got attacks apgd-ce; leave it out/,
      ],
      [
        'settings of an attack without any',
        { version: 'custom', attacks: ['fgsm'], settings: { fgsm: {} } as never },
        /unknown field of settings "fgsm"/,
      ],
      [
        'targets of an attack without any',
        { version: 'custom', attacks: ['fab'], settings: { fab: { targets: 3 } as never } },
        /unknown field of settings\.fab "targets"/,
      ],
      [
        'eps in levels of 255',
        { ...quick, eps: 8 },
        new RegExp(
          'eps must lie in \\[0, 1\\] for Linf and images of 100 values, got 8; pixels lie in \\[0, ' +
            '1\\]: 8/255 is written 8 / 255',
        ),
      ],
      ['eps beyond all images in L2', { ...quick, norm: 'L2', eps: 10.1 }, /eps must lie in \[0, 10\] for L2/],
      ['eps beyond all images in L1', { ...quick, norm: 'L1', eps: 1e30 }, /eps must lie in \[0, 100\] for L1/],
      [
        'pgd in L1',
        { version: 'custom', attacks: ['pgd'], norm: 'L1', eps: 1 },
        /pgd needs the norm Linf or L2, got L1/,
      ],
      [
        'larger balls that leave no step',
        { norm: 'L1', eps: 1, settings: { 'apgd-t': { iterations: 4 } } },
        /settings\["apgd-t"\]\.iterations must be 3 or at least 5 with largerEps, got 4/,
      ],
    ])('%s is refused', (_, options, message) => refused(() => attack({}, { norm: 'Linf', ...options }), message));

    it('an undefined setting is as good as none', async () => {
      expect(
        await attack(
          {},
          {
            ...quick,
            settings: { 'apgd-ce': { iterations: 3, restarts: undefined as never }, square: undefined as never },
          },
        ),
      ).toBe(1);
    });

    it.each<AttackName>(['fgsm', 'pgd', 'apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t', 'square'])(
      '%s takes what it needs least',
      async (name) => {
        const least = {
          pgd: { iterations: 1, stepSize: 1e-3 },
          'apgd-ce': { iterations: 1, rho: 0 },
          'apgd-dlr': { iterations: 1, rho: 1 },
          'apgd-t': { iterations: 1, targets: 1 },
          fab: { iterations: 1 },
          'fab-t': { iterations: 1, targets: 1 },
          square: { queries: 1, initialShare: 1e-9 },
        };
        const settings = Object.fromEntries(Object.entries(least).filter(([key]) => key === name));
        expect(await attack({}, { version: 'custom', attacks: [name], settings, eps: 0 })).toBe(1);
      },
    );
  });

  describe('normalisation', () => {
    it('of another number of channels is refused when it is applied', async () => {
      await refused(
        () => attack({ model: normalized(setting.model, { mean: [0, 0, 0], std: [1, 1, 1] }) }),
        /normalized: mean and std must hold one number for each of 1 channels, or one for all, got 3/,
      );
      await refused(
        () => normalized(setting.model, { mean: [0, 0], std: [1] }),
        /normalized: mean and std must hold equally many numbers, got 2 and 1/,
      );
      await refused(
        () => normalized(setting.model, { mean: [0], std: [0] }),
        /normalized: std\[0\] must be a finite number above 0, got 0/,
      );
    });

    it('goes with the protocol that needs it', async () => {
      const options = { norm: 'Linf', eps: 0.01, ...quick } as const;
      await refused(
        () => robustScore(setting, { ...options, mean: [0], std: [1] }),
        /mean and std go with protocol 'paper', got protocol 'strict'/,
      );
      await refused(
        () => robustScore(setting, { ...options, protocol: 'paper', mean: [0, 0], std: [1] }),
        /equally many numbers, got 2 and 1/,
      );
      await refused(
        async () =>
          robustScore(setting, { ...options, protocol: 'paper', mean: [0, 0], std: [1, 1] })(setting.model, 1),
        /one number for each of 1 channels/,
      );
      await refused(
        () => robustScore(setting, { ...options, n: 7 }),
        /robustScore: n must be a whole number in \[1, 6\], the number of images, got 7/,
      );
    });
  });

  describe('corruptions', () => {
    it.each<[string, Partial<CorruptedBatch>, RegExp]>([
      ['type', { type: 'rain' as never }, /batch\.type must be 'gaussian_noise', .*got "rain"/],
      ['severity', { severity: 6 }, /batch\.severity must be a whole number in \[1, 5\], got 6/],
      ['severity that is no number', { severity: '1' as never }, /batch\.severity must be .* got "1"/],
      ['images', { images: 5 as never }, /batch\.images must be a float32 tensor/],
      ['labels', { labels: undefined as never }, /batch\.labels must be labels/],
    ])('a batch with another %s is refused and freed', (_, change, message) =>
      refused(() => evaluateCorruptions(setting.model, one(setting, change)), message),
    );

    it('a baseline that lacks a type is refused before the model runs', () =>
      refused(
        () =>
          evaluateCorruptions(
            () => {
              throw new Error('ran');
            },
            one(setting),
            { baselineErrors: { snow: 0.5 } },
          ),
        /baselineErrors must name every type that is evaluated, got none for fog/,
      ));

    it('no batch and repeated types are refused', async () => {
      await refused(
        () => evaluateCorruptions(setting.model, (async function* (): AsyncGenerator<CorruptedBatch> {})()),
        /batches must hold at least one batch, got none/,
      );
      await refused(
        () => corruptedBatches(setting, { types: ['fog', 'fog'] }),
        /types must be a list of at least one type of corruption, none twice/,
      );
    });
  });

  describe('files', () => {
    const record = { name: 'a', dataset: 'b', clean_acc: '90.00', autoattack_acc: '50.00' } as RobustBenchRecord;
    let folder: string;
    beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'wrong-'))));
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each(['../a', '..', '.', '/a', 'a/b', 'a\\b', 'C:a', 'a\u0000', 'a\n', 'NUL', 'x'.repeat(201)])(
      'a record is not written as %j',
      async (file) => {
        await refused(
          () => writeRecord(join(folder, 'in'), file, record),
          /writeRecord: file must be the name of a file without its folder, got /,
        );
        expect(readdirSync(folder)).toEqual([]);
      },
    );

    it.each([
      ['{', /the record "bad\.json" must be JSON/],
      ['[]', /the record "bad\.json" must be an object \{.*\}, got \[\]; move the file elsewhere/],
      [
        '{"name": "a", "dataset": "b", "clean_acc": "NaN"}',
        /clean_acc must be a percentage as text, such as "53\.20", got "NaN"/,
      ],
      ['{"__proto__": {"name": "a"}}', /"__proto__"/],
    ])('%s is no record', async (text, message) => {
      writeFileSync(join(folder, 'bad.json'), text);
      await refused(() => readRecords(folder), message);
      rmSync(join(folder, 'bad.json'));
    });

    it.each<[Partial<RobustBenchRecord>, RegExp]>([
      [{ autoattack_acc: undefined as never }, /records\[1\] must be a record with autoattack_acc or corruptions_acc/],
      [{ autoattack_acc: '' }, /records\[1\]\.autoattack_acc must be a percentage as text, such as "53\.20", got ""/],
      [{ clean_acc: '101' }, /records\[1\]\.clean_acc must be a percentage/],
      [{ threat: 'L0' as never }, /records\[1\]\.threat must be 'Linf', /],
      [{ robust_interval: [1] as never }, /records\[1\]\.robust_interval must be the two ends/],
    ])('a table of a record with %j is refused', (change, message) =>
      refused(() => leaderboard([record, { ...record, ...change }]), message),
    );

    it('a name cannot break the table that it stands in', () => {
      const table = leaderboard([{ ...record, name: 'a\n| 1 | b |\u001b[31m' }]);
      expect(table.split('\n').filter((line) => line.startsWith('| 1 '))).toEqual([
        '| 1 | a \\| 1 \\| b \\| [31m | 90.00 | 50.00 |  |  |  |',
      ]);
    });

    it('adversarial examples of other shapes and kinds are refused', async () => {
      const run = {
        adversarial: setting.images,
        predictions: setting.labels,
        robust: new Array<boolean>(COUNT).fill(true),
        norm: 'Linf',
        eps: 0.1,
        version: 'standard',
        seed: 0,
        dataHash: '',
        robustAccuracy: 1,
      } as const;
      const bytes = await serializeAdversarialExamples({ ...run, robust: [...run.robust] }, setting.labels);
      const { tensors: parts } = parseSafetensors(bytes);
      const changed = (
        name: string,
        part: { dtype: 'F32' | 'I32' | 'U8'; shape: number[]; data: never } | undefined,
      ): Uint8Array =>
        serializeSafetensors(
          [...parts].flatMap(([key, value]) =>
            key !== name ? [[key, value] as const] : part === undefined ? [] : [[key, part] as const],
          ) as Parameters<typeof serializeSafetensors>[0],
        );
      await refused(
        () => parseAdversarialExamples(changed('labels', undefined)),
        /expected a tensor "labels", got a file without/,
      );
      await refused(
        () =>
          parseAdversarialExamples(changed('labels', { dtype: 'I32', shape: [2], data: new Int32Array(2) as never })),
        /tensor "labels" must be I32 of shape \[6\], got I32 of shape \[2\]/,
      );
      await refused(
        () =>
          parseAdversarialExamples(changed('robust', { dtype: 'F32', shape: [6], data: new Float32Array(6) as never })),
        /tensor "robust" must be U8 of shape \[6\], got F32/,
      );
      await refused(
        () =>
          parseAdversarialExamples(
            changed('adversarial', { dtype: 'F32', shape: [6], data: new Float32Array(6) as never }),
          ),
        /tensor "adversarial" must be F32 of shape \[batch, \.\.\.\], got F32 of shape \[6\]/,
      );
      await refused(
        () => serializeAdversarialExamples({ ...run, robust: [true] }, setting.labels),
        /result\.robust must have one value for each of 6 images, got 1/,
      );
      await refused(
        () => serializeAdversarialExamples({ ...run, robust: [...run.robust] }, [0]),
        /expected one label for each of 6 images, got 1/,
      );
    });
  });
});

/** One batch of a setting, changed. */
async function* one(
  { images, labels }: LinearSetting,
  change: Partial<CorruptedBatch> = {},
): AsyncGenerator<CorruptedBatch> {
  yield await Promise.resolve({
    type: 'fog',
    severity: 1,
    images: change.images ?? tf.clone(images),
    labels,
    ...change,
  });
}
