// The golden networks are PyTorch's. What attacks leave of their images: parity.long.ts and paritySteered.long.ts.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadGoldenImages, loadGoldenNet } from '@curvature-tuning/golden-nets';

describe('the golden networks on wasm', () => {
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
});
