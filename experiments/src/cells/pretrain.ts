/**
 * The cell `pretrain`: a network from scratch by the reference's recipe; it goes on from its last epoch.
 */
import { count, filledText, seed } from '@curvature-tuning/checks';
import { useBackend } from '@curvature-tuning/cli/cells';
import { accuracy } from '@curvature-tuning/layers';
import { modelFingerprint } from '@curvature-tuning/layers/model';
import type { CellKind } from '@curvature-tuning/sweep';
import { read } from './check.js';
import { loadTwin } from './data.js';
import { fitFromScratch } from './fitFromScratch.js';
import { architecture } from './networks.js';

/** Losses by epoch, accuracies, and what the weights hash to. */
export const pretrain: CellKind = {
  version: 1,
  cost: ({ epochs }) => 2 + 4 * Number(epochs),
  run: async (spec, { onProgress, scratch }) => {
    const entries = { architecture: filledText, data: filledText, seed, epochs: count, batchSize: count };
    const { architecture: of, data, seed: drawn, epochs, batchSize } = read('pretrain', entries, spec);
    await useBackend('wasm');
    const loaded = await loadTwin(data, { seed: drawn });
    const model = architecture(of, drawn);
    const recipe = { epochs, batchSize, seed: drawn };
    const losses = await fitFromScratch(model, loaded.train, recipe, { folder: await scratch(), onProgress });
    return {
      losses,
      validationAccuracy: await accuracy(model, loaded.validation),
      testAccuracy: await accuracy(model, loaded.test),
      parameters: model.countParams(),
      fingerprint: await modelFingerprint(model),
    };
  },
};
