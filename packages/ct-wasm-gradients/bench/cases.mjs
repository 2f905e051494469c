// The gradients that tfjs lacks on wasm, of a layer in the middle of a network.
import '@curvature-tuning/wasm-gradients';

export const backends = ['wasm'];

export function cases({ tf }) {
  const x = tf.randomNormal([8, 28, 28, 32], 0, 1, 'float32', 1);
  const kernel = tf.randomNormal([3, 3, 32, 32], 0, 1, 'float32', 2);
  const depthwise = tf.randomNormal([3, 3, 32, 1], 0, 1, 'float32', 3);
  const ofConvolution = tf.grads((x, kernel) => tf.conv2d(x, kernel, 1, 'same'));
  const ofDepthwise = tf.grads((x, kernel) => tf.depthwiseConv2d(x, kernel, 1, 'same'));
  const ofPool = tf.grad((x) => tf.maxPool(x, 2, 2, 'valid'));
  const read = (tensors) => tensors.map((one) => one.dataSync());
  return {
    'conv2d 3 x 3, 32 to 32': () => tf.tidy(() => read(ofConvolution([x, kernel]))),
    'depthwiseConv2d 3 x 3': () => tf.tidy(() => read(ofDepthwise([x, depthwise]))),
    maxPool: () => tf.tidy(() => read([ofPool(x)])),
  };
}
