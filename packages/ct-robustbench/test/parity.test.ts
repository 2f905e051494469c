// 'standard' against the original's figures on the golden network. Two settings here; all of them, and more seeds:
// experiments/autoattackParity.mjs.
import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import '@curvature-tuning/wasm-gradients';
import { ctu } from '@curvature-tuning/activation';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
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
const settings = [
  { norm: 'Linf', eps: 0.05, beta: 'relu' },
  { norm: 'Linf', eps: 0.05, beta: 0.8 },
] as const;

describe('AutoAttack standard on wasm', () => {
  beforeAll(() => tf.setBackend('wasm'));

  for (const name of ['nat', 'adv'] as const) {
    it(`clean logits of aa_${name} equal PyTorch's to 1e-4`, async () => {
      const net = loadGoldenNet(tf, name);
      const { images } = loadGoldenImages(tf);
      const z = tf.tidy(() => net(images));
      const values = await z.data();
      expect(values.length).toBe(net.logits.length);
      expect(Math.max(...values.map((value, i) => Math.abs(value - net.logits[i]!)))).toBeLessThan(1e-4);
      tf.dispose([z, images]);
      net.dispose();
    });
  }

  for (const { norm, eps, beta } of settings) {
    for (const seed of [0, 1]) {
      it(
        `${norm} ${eps}, beta ${beta}, seed ${seed}: within 2 of 200 images of the original after each attack`,
        { timeout: 300_000 },
        async () => {
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
            expect(Math.abs(Math.round(200 * (share - reference.accuracy_after[attack]!))), attack).toBeLessThanOrEqual(
              2,
            );
          }
          expect(warnings).toEqual([]);
          expect(audit.discarded).toEqual([]);
          tf.dispose([adversarial, images]);
          net.dispose();
        },
      );
    }
  }
});
