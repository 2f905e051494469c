// States, examples and records on disk: of another evaluation, or of two runs at once. Damaged ones are in
// ownFiles.fuzz.ts.
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AutoAttackOptions, AutoAttackResult, Model, StateStore } from '../src/index.js';
import { autoAttack, normalized } from '../src/index.js';
import { fileState, readRecords, writeRecord } from '../src/node.js';
import { smallAttack, smallOptions, smallRecord } from './smallAttack.js';

const setting = smallAttack();
const linear = (x: tf.Tensor): tf.Tensor => setting.model(x);

type Plain = Pick<AutoAttackResult, 'accuracyAfter' | 'robust' | 'fooledBy'> & { values: number[] };
async function attack(model: Model, more: Partial<AutoAttackOptions> = {}): Promise<Plain> {
  const { accuracyAfter, robust, fooledBy, adversarial } = await autoAttack(model, setting.images, setting.labels, {
    ...smallOptions,
    ...more,
  });
  const values = Array.from(adversarial.dataSync());
  adversarial.dispose();
  return { accuracyAfter, robust, fooledBy, values };
}
/** A store in memory that keeps all that was written. */
function memory(first?: Uint8Array): StateStore & { written: Uint8Array[] } {
  const written: Uint8Array[] = first === undefined ? [] : [first];
  return {
    written,
    read: () => Promise.resolve(written.at(-1)),
    write: (bytes) => Promise.resolve(void written.push(bytes.slice())),
  };
}

describe('a state', () => {
  it(
    'of another model is refused: other weights, statistics or normalisation, of functions by what they ' + 'say',
    async () => {
      const network = (): tf.LayersModel =>
        tf.sequential({
          layers: [
            tf.layers.flatten({ inputShape: [4, 4, 1] }),
            tf.layers.batchNormalization(),
            tf.layers.dense({ units: 4, kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }) }),
          ],
        });
      const store = memory();
      const model = network();
      await attack(model, { state: store });
      await attack(network(), { state: store });
      model.layers[1]!.setWeights(model.layers[1]!.getWeights().map((w, i) => (i === 2 ? tf.add(w, 1e-6) : w)));
      await expect(attack(model, { state: store })).rejects.toThrow(
        'autoAttack: the state belongs to another evaluation',
      );

      const function_ = memory();
      await attack(linear, { state: function_ });
      await expect(attack((x) => tf.mul(linear(x), 1.01), { state: function_ })).rejects.toThrow(
        'autoAttack: the state belongs to another model, which gives other logits for the first images',
      );
      const norm = memory();
      await attack(normalized(network(), { mean: [0.1], std: [0.3] }), { state: norm });
      await attack(normalized(network(), { mean: [0.1], std: [0.3] }), { state: norm });
      await expect(attack(normalized(network(), { mean: [0.1], std: [0.3000001] }), { state: norm })).rejects.toThrow(
        'the state belongs to another evaluation',
      );
    },
  );

  it.each<[string, Partial<AutoAttackOptions>]>([
    ['seed', { seed: 1 }],
    ['radius', { eps: 0.03 }],
    ['norm', { norm: 'L2' }],
    ['order of attacks', { attacks: ['square', 'apgd-ce'] }],
    ['settings', { settings: { ...smallOptions.settings, square: { queries: 21 } } }],
    ['stopEarly', { stopEarly: false }],
  ])('of another %s is refused', async (_, more) => {
    const store = memory();
    await attack(linear, { state: store });
    await expect(attack(linear, { ...more, state: store })).rejects.toThrow('the state belongs to another evaluation');
    await attack(linear, { batchSize: 7, state: store });
  });

  it('two runs at once on one state end alike, leave no tensor, and the state never goes back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'robustbench-'));
    try {
      const path = join(folder, 'state.safetensors');
      const whole = await attack(linear);
      const { numTensors } = tf.memory();
      const results = await Promise.all([
        attack(linear, { state: fileState(path) }),
        attack(linear, { state: fileState(path), batchSize: 3 }),
      ]);
      expect(results).toEqual([whole, whole]);
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(await attack(linear, { state: fileState(path) })).toEqual(whole);
      expect(readdirSync(folder)).toEqual(['state.safetensors']);

      // Another run has finished: a slower one does not take its state back.
      const finished = new Uint8Array(readFileSync(path));
      let reads = 0;
      const slow: StateStore = {
        read: () => Promise.resolve(reads++ === 0 ? undefined : finished),
        write: () => Promise.reject(new Error('written')),
      };
      expect(await attack(linear, { state: slow })).toEqual(whole);
      const foreign = memory();
      await attack(linear, { state: foreign, seed: 9 });
      reads = 0;
      const replaced: StateStore = {
        read: () => Promise.resolve(reads++ === 0 ? undefined : foreign.written.at(-1)),
        write: () => Promise.reject(new Error('written')),
      };
      await expect(attack(linear, { state: replaced })).rejects.toThrow('the state belongs to another evaluation');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('the gradients of one run are not taken for those of a model that another run looks at', async () => {
  const run = async (): Promise<string[]> => {
    const { warnings, adversarial } = await autoAttack(linear, setting.images, setting.labels, smallOptions);
    adversarial.dispose();
    return warnings.map(({ code }) => code);
  };
  const alone = await run();
  expect(await Promise.all([run(), run(), run()])).toEqual([alone, alone, alone]);
  expect(Object.hasOwn(tf.engine(), 'gradients')).toBe(false);
});

describe('writeRecord', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'records-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  it('replaces a record, and leaves a file that is none', async () => {
    await writeRecord(folder, 'a', smallRecord);
    await writeRecord(folder, 'a', { ...smallRecord, clean_acc: '91.00' });
    expect((await readRecords(folder)).map(({ clean_acc }) => clean_acc)).toEqual(['91.00']);
    for (const text of ['notes', '{}', '[]', '"a"']) {
      writeFileSync(join(folder, 'a.json'), text);
      await expect(writeRecord(folder, 'a', smallRecord)).rejects.toThrow(
        /^writeRecord: the record "a\.json".*move the file elsewhere/,
      );
      expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe(text);
    }
  });
});
