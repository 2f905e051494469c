import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttackName, AttackSettings, AutoAttackOptions, AutoAttackResult, Norm, StateStore } from '../index.js';
import { autoAttack } from '../index.js';
import type { LinearSetting } from '../../test/linearModel.js';
import { linearSetting } from '../../test/linearModel.js';

/** Radii that fool some of the images in closed form, and none by clipping. */
const radii: Record<Norm, number> = { Linf: 0.004, L2: 0.04, L1: 0.08 };
const quick = {
  square: { queries: 300 },
  'apgd-ce': { iterations: 40 },
  'apgd-t': { iterations: 40 },
  'fab-t': { iterations: 20 },
} satisfies AttackSettings;
/** Of some settings, those of the attacks that are run. */
const only = (attacks: readonly AttackName[] | undefined, settings: AttackSettings): AttackSettings =>
  attacks === undefined
    ? settings
    : Object.fromEntries(Object.entries(settings).filter(([name]) => attacks.includes(name as AttackName)));

describe('autoAttack on wasm', () => {
  let setting: LinearSetting;
  const run = async (options: Partial<AutoAttackOptions> = {}, model = setting.model): Promise<AutoAttackResult> => {
    const result = await autoAttack(model, setting.images, setting.labels, {
      norm: 'Linf',
      eps: radii.Linf,
      settings: only(options.attacks, quick),
      ...options,
    });
    result.adversarial.dispose();
    return result;
  };
  beforeAll(async () => {
    await tf.setBackend('wasm');
    setting = linearSetting(24);
  });
  afterAll(() => setting.dispose());

  for (const norm of ['Linf', 'L2', 'L1'] as const) {
    for (const attack of ['apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t'] as const) {
      // The untargeted losses follow the gradient of several classes at once: they need not end at the nearest.
      const exact = attack !== 'apgd-ce' && attack !== 'apgd-dlr';
      const promise = exact
        ? "whom a linear model's closed form says, but for distances within 3 % of eps"
        : 'nobody whom the closed form does not allow, and most of those it does';
      it(`${attack} finds in ${norm} ${promise}`, async () => {
        const eps = radii[norm];
        const { robust, audit, warnings } = await run({
          norm,
          eps,
          version: 'custom',
          attacks: [attack],
          settings: only([attack], {
            'apgd-ce': { restarts: 1, largerEps: norm === 'L1' },
            'apgd-dlr': { restarts: 1, largerEps: norm === 'L1' },
            'apgd-t': { largerEps: norm === 'L1' },
            fab: { restarts: 1 },
          }),
        });
        const distances = setting.distances(norm);
        expect(distances.filter((d) => d < eps).length, 'fooled in closed form').toBeGreaterThan(2);
        expect(distances.filter((d) => d > eps).length, 'robust in closed form').toBeGreaterThan(2);
        distances.forEach((distance, row) => {
          if (distance > eps * 1.03 || (exact && distance < eps * 0.97))
            expect(robust[row], `image ${row}: ${distance / eps} eps`).toBe(distance > eps);
        });
        expect(robust.filter((flag) => !flag).length).toBeGreaterThan(0.6 * distances.filter((d) => d < eps).length);
        expect(audit.discarded).toEqual([]);
        expect(audit.largestNorm).toBeLessThanOrEqual(audit.allowedNorm);
        expect(warnings.filter(({ code }) => code !== 'too-few-classes')).toEqual([]);
      });
    }

    it(`square in ${norm} fools only whom the closed form allows, and someone`, async () => {
      // Far beyond the smallest distance: a search without gradients is weak on a linear model.
      const eps = norm === 'L1' ? 0.35 : 3 * radii[norm];
      const { robust, audit } = await run({ norm, eps, version: 'custom', attacks: ['square'] });
      const distances = setting.distances(norm);
      distances.forEach((distance, row) => distance > eps * 1.001 && expect(robust[row]).toBe(true));
      expect(robust).toContain(false);
      expect(audit.largestNorm).toBeLessThanOrEqual(audit.allowedNorm);
      expect(audit.largestNorm).toBeGreaterThan(0.5 * eps);
    });
  }

  for (const attack of ['fgsm', 'pgd'] as const) {
    for (const norm of ['Linf', 'L2'] as const) {
      it(`${attack} in ${norm} fools only whom the closed form allows, and someone`, async () => {
        const { robust } = await run({ norm, eps: radii[norm], version: 'custom', attacks: [attack] });
        setting
          .distances(norm)
          .forEach((distance, row) => distance > radii[norm] * 1.001 && expect(robust[row]).toBe(true));
        expect(robust).toContain(false);
      });
    }
  }

  it('eps 0 changes nothing', async () => {
    const result = await autoAttack(setting.model, setting.images, setting.labels, {
      norm: 'Linf',
      eps: 0,
      settings: quick,
    });
    expect(result.robustAccuracy).toBe(result.cleanAccuracy);
    expect(await result.adversarial.data()).toEqual(await setting.images.data());
    result.adversarial.dispose();
  });

  it('the same seed and any batch size give the same examples; another seed gives others', async () => {
    const examples = async (options: Partial<AutoAttackOptions>): Promise<number[]> => {
      const result = await autoAttack(setting.model, setting.images, setting.labels, {
        norm: 'L2',
        eps: radii.L2,
        version: 'custom',
        attacks: ['apgd-ce', 'square'],
        settings: only(['apgd-ce', 'square'], quick),
        ...options,
      });
      const values = [...(await result.adversarial.data())];
      result.adversarial.dispose();
      return values;
    };
    const reference = await examples({ seed: 5 });
    const apart = async (options: Partial<AutoAttackOptions>): Promise<number> =>
      Math.max(...(await examples(options)).map((value, i) => Math.abs(value - reference[i]!)));
    // Kernels add in another order for other batch sizes.
    expect(await apart({ seed: 5, batchSize: 7 })).toBeLessThan(1e-6);
    expect(await apart({ seed: 5, memoryBudget: 20000 })).toBeLessThan(1e-6);
    expect(await apart({ seed: 6 })).toBeGreaterThan(1e-3);
  });

  it('leaves no tensor behind, also when it is aborted or the model throws', async () => {
    const before = tf.memory().numTensors;
    await run();
    expect(tf.memory().numTensors).toBe(before);
    const controller = new AbortController();
    await expect(
      run({ signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
    let calls = 0;
    const failing = (x: tf.Tensor): tf.Tensor => {
      if (++calls > 20) throw new Error('broken');
      return setting.model(x);
    };
    await expect(run({}, failing)).rejects.toThrow('broken');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a run that is killed and resumed ends like one that is not', async () => {
    const keep = async (
      options: Partial<AutoAttackOptions>,
    ): Promise<{ values: Float32Array; result: AutoAttackResult }> => {
      const result = await autoAttack(setting.model, setting.images, setting.labels, {
        norm: 'L2',
        eps: radii.L2,
        settings: quick,
        batchSize: 6,
        seed: 3,
        ...options,
      });
      const values = (await result.adversarial.data()) as Float32Array;
      result.adversarial.dispose();
      return { values, result };
    };
    const whole = await keep({});
    let stored: Uint8Array | undefined;
    const state: StateStore = {
      read: () => Promise.resolve(stored),
      write: (bytes) => Promise.resolve(void (stored = bytes.slice())),
    };
    // Kills the run after one batch of each attack in turn.
    for (const attack of ['apgd-ce', 'apgd-t', 'fab-t', 'square'] satisfies AttackName[]) {
      const controller = new AbortController();
      const killed = keep({
        state,
        signal: controller.signal,
        onProgress: (progress) => progress.phase === attack && controller.abort(new Error('killed')),
      });
      await killed.then(
        // The last attack may have one batch only; then there is nothing to kill.
        () => expect(attack).toBe('square'),
        (error: Error) => expect(error.message).toBe('killed'),
      );
    }
    const resumed = await keep({ state });
    expect(resumed.values).toEqual(whole.values);
    expect(resumed.result.accuracyAfter).toEqual(whole.result.accuracyAfter);
    expect(resumed.result.robust).toEqual(whole.result.robust);
    expect(resumed.result.fooledBy).toEqual(whole.result.fooledBy);
    await expect(keep({ state, seed: 4 })).rejects.toThrow(/the state belongs to another evaluation/);
  });

  it('reports progress and writes a log', async () => {
    const lines: string[] = [];
    const seen: string[] = [];
    await run({
      log: (line) => lines.push(line),
      onProgress: ({ phase, imagesDone, images }) => seen.push(`${phase} ${imagesDone}/${images}`),
    });
    expect(seen[0]).toBe('clean 0/24');
    expect(seen).toContain('apgd-ce 24/24');
    expect(lines[0]).toMatch(
      /AutoAttack standard: apgd-ce, apgd-t, fab-t, square; Linf, eps 0.004, 24 images, seed 0, backend wasm/,
    );
    expect(lines.at(-1)).toMatch(/clean 100.00 %, robust \d+\.\d\d %/);
  });

  it('attacks images of any rank when square is left out', async () => {
    const flat = tf.reshape(setting.images, [24, 100]);
    const { adversarial, robustAccuracy } = await autoAttack(setting.model, flat, setting.labels, {
      norm: 'Linf',
      eps: radii.Linf,
      version: 'custom',
      attacks: ['apgd-ce'],
    });
    expect(adversarial.shape).toEqual([24, 100]);
    expect(robustAccuracy).toBeLessThan(1);
    await expect(
      autoAttack(setting.model, flat, setting.labels, {
        norm: 'Linf',
        eps: 0.1,
        version: 'custom',
        attacks: ['square'],
      }),
    ).rejects.toThrow(/autoAttack: square needs images \[batch, height, width, channels\], got \[24, 100\]/);
    tf.dispose([flat, adversarial]);
  });

  it('refuses what it cannot mean', async () => {
    const at = (options: Partial<AutoAttackOptions>): Promise<unknown> => run(options);
    await expect(at({ eps: -1 })).rejects.toThrow(
      /eps must be a finite number of at least 0, got -1; pixels lie in \[0, 1\]: 8\/255 is written 8 \/ 255/,
    );
    await expect(at({ norm: 'L0' as Norm })).rejects.toThrow(/norm must be 'Linf', 'L2' or 'L1', got "L0"/);
    await expect(at({ version: 'plus', norm: 'L1', eps: 1 })).rejects.toThrow(/'plus' is defined for Linf and L2/);
    await expect(at({ version: 'custom' })).rejects.toThrow(/needs a list of attacks/);
    await expect(at({ attacks: ['fab'] })).rejects.toThrow(/attacks go with version 'custom'/);
    await expect(at({ version: 'custom', attacks: ['cw' as AttackName] })).rejects.toThrow(
      /attacks\[0\] must be 'fgsm', .* got "cw"/,
    );
    await expect(at({ seed: 0.5 })).rejects.toThrow(/seed must be a whole number in \[0, 4294967295\], got 0.5/);
    const bytes = tf.mul(setting.images, 255);
    await expect(autoAttack(setting.model, bytes, setting.labels, { norm: 'Linf', eps: 0.1 })).rejects.toThrow(
      /pixels must lie in \[0, 1\], got 102\.\d+ to 1\d\d\.\d+; divide by 255 .* normalisation inside the model/,
    );
    await expect(autoAttack(setting.model, setting.images, [1, 2], { norm: 'Linf', eps: 0.1 })).rejects.toThrow(
      /expected one label for each of 24 images, got 2/,
    );
    await expect(run({}, (x) => tf.reshape(x, [x.shape[0]!, 10, 10]))).rejects.toThrow(
      new RegExp(
        'autoAttack: model must return float32 logits of shape \\[1, classes\\], of two classes or ' +
          'more, for images \\[1, 10, 10, 1\\], got a float32 tensor of shape \\[1, 10, 10\\]',
      ),
    );
    await expect(run({}, 3 as never)).rejects.toThrow(
      /autoAttack: model must be a function from images to logits, .* got 3; load a model/,
    );
    bytes.dispose();
  });
});
