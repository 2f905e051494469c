// LoRA in a network, and merged into it.
import '@curvature-tuning/activation/wasm';
import '@curvature-tuning/wasm-gradients';
import { applyLora, mergeLora, unmergeLora } from '@curvature-tuning/lora-baseline';
import { loadPretrained } from '@curvature-tuning/models';

export const backends = ['wasm'];

export async function cases({ tf }) {
  const { model } = applyLora(await loadPretrained('resnet14.mnist'), { rank: 2 });
  const images = tf.randomUniform([16, 28, 28, 1], 0, 1, 'float32', 1);
  return {
    'applied, 16 images': () => tf.tidy(() => model.predict(images).dataSync()),
    'mergeLora and unmergeLora': () => {
      mergeLora(model);
      unmergeLora(model);
    },
  };
}
