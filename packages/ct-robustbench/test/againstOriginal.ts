// What 'standard' leaves of the golden network's images, against the original's figures.
import { readFileSync } from 'node:fs';
import { ctu } from '@curvature-tuning/activation';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { Norm } from '../src/index.js';
import { autoAttack } from '../src/index.js';
import { loadGoldenImages, loadGoldenNet } from '@curvature-tuning/golden-nets';

interface GoldenResult {
  norm: Norm;
  eps: number;
  seed: number;
  beta: string;
  accuracy_after: Record<string, number>;
}

const golden = JSON.parse(readFileSync(new URL('./golden/aa_results.json', import.meta.url), 'utf8')) as GoldenResult[];

/** The tests of a network with ReLUs, or with a curvature in their place. */
export function comparesWithOriginal({ norm, eps, beta }: { norm: Norm; eps: number; beta: 'relu' | number }): void {
  it.each([0, 1])(
    `${norm} ${eps}, beta ${beta}, seed %i: within 2 of 200 images of the original after each attack`,
    async (seed) => {
      const reference = golden.find((run) => run.norm === norm && run.eps === eps && run.beta === String(beta))!;
      const net = loadGoldenNet(tf, 'nat', beta === 'relu' ? tf.relu : (x) => ctu(x, beta, 0.5));
      const { images, labels } = loadGoldenImages(tf);
      const { accuracyAfter, adversarial, warnings, audit } = await autoAttack(net, images, labels, {
        norm,
        eps,
        seed,
      });
      expect(Object.keys(accuracyAfter)).toEqual(['clean', 'apgd-ce', 'apgd-t', 'fab-t', 'square']);
      for (const [attack, share] of Object.entries(accuracyAfter)) {
        expect(Math.abs(Math.round(200 * (share - reference.accuracy_after[attack]!))), attack).toBeLessThanOrEqual(2);
      }
      expect(warnings).toEqual([]);
      expect(audit.discarded).toEqual([]);
      tf.dispose([adversarial, images]);
      net.dispose();
    },
  );
}
