// APGD and FAB-T from the images themselves on the adversarially trained network. The golden runs are float64; the
// network here is float32, so signs of gradients near 0 differ and paths part slowly: decisions must be equal, losses
// and distances close.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AttackBatch, AttackContext } from '../src/attacks/attackBatch.js';
import { AttackedModel } from '../src/model/attackedModel.js';
import { ApgdRun } from '../src/attacks/apgdRun.js';
import { FabRun } from '../src/attacks/fabRun.js';
import type { LossName } from '../src/model/losses.js';
import { predictedClass, rankedClasses } from '../src/model/losses.js';
import type { Norm } from '../src/geometry/norm.js';
import { loadGoldenImages, loadGoldenNet } from '@curvature-tuning/golden-nets';
import { goldenUnit } from './goldenUnit.js';

const { labels, logits, runs } = goldenUnit().trajectories_adv_net_float64;

describe('trajectories', () => {
  let model: AttackedModel;
  let batch: AttackBatch;
  const context = (norm: Norm, eps: number): AttackContext => ({
    model,
    norm,
    eps,
    seed: 0,
    stopEarly: false,
    warn: () => {},
  });

  beforeAll(async () => {
    await tf.setBackend('wasm');
    model = new AttackedModel(loadGoldenNet(tf, 'adv'), [28, 28, 1]);
    const { images } = loadGoldenImages(tf, labels.length);
    batch = {
      images: (await images.data()) as Float32Array,
      labels: Int32Array.from(labels),
      ids: Int32Array.from(labels.keys()),
      count: labels.length,
    };
  });

  it('begin at the golden logits, to 1e-4', async () => {
    const { data } = await model.logits(batch.images, batch.count);
    expect(Math.max(...data.map((value, i) => Math.abs(value - logits.data[i]!)))).toBeLessThan(1e-4);
  });

  for (const norm of ['Linf', 'L2'] as const) {
    for (const loss of ['ce', 'dlr', 'dlr-targeted'] as const satisfies LossName[]) {
      it(`APGD ${norm} ${loss}: the same images are fooled, best losses to 0.02, ‖δ‖₁ to 5 %`, async () => {
        const golden = runs[`${norm}_${loss}`]!;
        const run = new ApgdRun(context(norm, golden.eps), batch, {
          loss,
          targets: golden.y_target && Int32Array.from(golden.y_target),
          iterations: golden.n_iter,
          scheduleIterations: golden.n_iter,
          eps: golden.eps,
          eotIterations: 1,
          rho: 0.75,
          start: batch.images,
          continues: false,
        });
        const { fooled } = await run.finish(false);
        const { data, classes } = await model.logits(batch.images, batch.count);
        // The golden `acc` starts from the clean prediction: image 0 is misclassified as it is.
        const acc = Array.from(fooled, (flag, row) =>
          flag === 1 || predictedClass(data, row * classes, classes) !== labels[row] ? 0 : 1,
        );
        expect(acc).toEqual(golden.acc);
        golden.loss_best.forEach((value, row) =>
          expect(Math.abs(run.bestLoss[row]! - value), `loss of image ${row}`).toBeLessThan(
            0.02 * Math.max(1, Math.abs(value)),
          ),
        );
        golden.x_best_l1_of_delta.forEach((value, row) => {
          // DLR ends at 1, where many points are equally good.
          if (loss === 'dlr' && golden.loss_best[row]! > 0.999) return;
          let sum = 0;
          for (let i = row * 784; i < (row + 1) * 784; i++) sum += Math.abs(run.best[i]! - batch.images[i]!);
          expect(Math.abs(sum - value), `‖δ‖₁ of image ${row}`).toBeLessThan(0.05 * Math.max(1, value));
        });
      });
    }

    it(`FAB-T ${norm}: the same classes are reached, ‖δ‖ to 1 %`, async () => {
      const golden = runs[`${norm}_fab-t_target2`]!;
      const { data, classes } = await model.logits(batch.images, batch.count);
      const correct = labels.map((label, row) => (predictedClass(data, row * classes, classes) === label ? 1 : 0));
      expect(correct).toEqual(golden.pred_correct_before);
      const targets = Int32Array.from(labels, (_, row) => rankedClasses(data, row * classes, classes)[1]!);
      // FAB attacks what is classified correctly.
      const rows = correct.flatMap((flag, row) => (flag === 1 ? [row] : []));
      const part: AttackBatch = {
        images: Float32Array.from(rows.flatMap((row) => [...batch.images.subarray(row * 784, (row + 1) * 784)])),
        labels: Int32Array.from(rows, (row) => labels[row]!),
        ids: Int32Array.from(rows),
        count: rows.length,
      };
      const run = new FabRun(
        context(norm, 0.3),
        part,
        Int32Array.from(rows, (row) => targets[row]!),
        classes,
      );
      const { adversarial } = await run.finish(golden.n_iter);
      const after = await model.logits(adversarial, rows.length);
      rows.forEach((row, i) => {
        expect(predictedClass(after.data, i * classes, classes), `class of image ${row}`).toBe(golden.pred_adv[row]);
        expect(Math.abs(run.norms[i]! / golden.norm_of_delta[row]! - 1), `norm of image ${row}`).toBeLessThan(0.01);
      });
    });
  }
});
